"""`GET /metrics` as Prometheus' own parser reads it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import RunningGateway

PRICED = '[models."local-echo"]\nprices = { input = "5.00", output = "25.00" }\n'
SECRET = "sk-an-upstream-secret-to-be-found-nowhere"


class Page:
    """The samples of one scrape."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float | None:
        return self._samples.get((name, frozenset(labels.items())))


def scrape(gateway: RunningGateway, **headers: str) -> Page:
    answer = httpx.get(f"{gateway.url}/metrics", headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text
    return Page(answer.text)


def test_requests_tokens_cost_and_latency_are_those_of_the_usage_rows(
    tmp_path: Path, start_gateway: Callable[[Path], RunningGateway]
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text(PRICED)
    gateway = start_gateway(tmp_path / "home")
    key = gateway.key()
    assert gateway.ask(secret=key, max_tokens=20).status_code == 402
    gateway.admin("POST", "credit", {"amount_usd": "1.00"})
    answers = [
        gateway.ask(secret=key, max_tokens=20, stream=stream) for stream in (False, True, False)
    ]
    gateway.admin("POST", "credentials", {"provider": "openai", "secret": SECRET, "label": "one"})
    rows = [gateway.admin("GET", f"usage/{a.headers['x-request-id']}") for a in answers]
    page = scrape(gateway)

    echo = {"slug": "local-echo"}
    one = {**echo, "provider": "local"}
    assert page.value("miavo_requests_total", **one, status="200", state="completed") == 3
    assert page.value("miavo_requests_total", **one, status="402", state="refused") == 1
    output = sum(row["output_tokens"] for row in rows)
    assert page.value("miavo_tokens_total", **echo, bucket="output") == output
    cost = sum(row["cost_nano"] for row in rows)
    assert cost > 0
    assert page.value("miavo_cost_dollars_total", **echo) == pytest.approx(cost / 1e9)
    for name, field in (
        ("miavo_request_duration_seconds", "duration_ms"),
        ("miavo_first_token_seconds", "first_token_ms"),
    ):
        took = sum(row[field] for row in rows) / 1_000
        assert page.value(f"{name}_sum", **echo) == pytest.approx(took)
        assert page.value(f"{name}_count", **echo) == 3
        assert page.value(f"{name}_bucket", **echo, le="+Inf") == 3
    payer = {"account": "default"}
    assert page.value("miavo_credit_nano_dollars", **payer) == 1_000_000_000 - cost
    assert page.value("miavo_held_nano_dollars", **payer) == 0
    for at_rest in ("holds_open", "requests_in_flight"):
        assert page.value(f"miavo_{at_rest}") == 0, at_rest
    assert page.value("miavo_writer_queue_length") == 0
    assert page.value("miavo_engine_state", **echo, state="ready") == 1
    pooled = {"provider": "openai", "label": "one"}
    assert page.value("miavo_credential_state", **pooled, state="ok") == 1
    assert page.value("miavo_credential_state", **pooled, state="out") == 0
    assert SECRET not in page.text
    assert key not in page.text


def test_two_gateways_in_one_process_count_apart(
    tmp_path: Path, start_gateway: Callable[[Path], RunningGateway]
) -> None:
    busy, idle = start_gateway(tmp_path / "busy"), start_gateway(tmp_path / "idle")
    assert busy.ask(max_tokens=20).status_code == 200
    labels = {"slug": "local-echo", "provider": "local", "status": "200", "state": "completed"}
    assert scrape(busy).value("miavo_requests_total", **labels) == 1
    assert scrape(idle).value("miavo_requests_total", **labels) is None


def test_a_scraper_that_asks_for_openmetrics_gets_it(shared_gateway: RunningGateway) -> None:
    asked = {"accept": "application/openmetrics-text; version=1.0.0"}
    answer = httpx.get(f"{shared_gateway.url}/metrics", headers=asked, timeout=30)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    names = {family.name for family in parse_openmetrics(answer.text)}
    assert {"miavo_requests", "miavo_request_duration_seconds", "miavo_holds_open"} <= names


def test_a_name_that_is_not_this_machine_needs_the_admin_token(
    shared_gateway: RunningGateway,
) -> None:
    url = f"{shared_gateway.url}/metrics"
    elsewhere = {"host": "gateway.example.org"}
    assert httpx.get(url, headers=elsewhere).status_code == 401
    key = {"authorization": f"Bearer {shared_gateway.key()}"}
    assert httpx.get(url, headers=elsewhere | key).status_code == 401
    token = {"authorization": f"Bearer {shared_gateway.admin_token}"}
    assert httpx.get(url, headers=elsewhere | token).status_code == 200
    assert httpx.get(url).status_code == 200


def test_a_listener_on_every_address_needs_the_admin_token(
    tmp_path: Path,
    start_gateway: Callable[[Path], RunningGateway],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MIAVO_HOST", "0.0.0.0")
    gateway = start_gateway(tmp_path / "open")
    assert httpx.get(f"{gateway.url}/metrics").status_code == 401


def test_addresses_that_do_not_exist_make_no_labels(shared_gateway: RunningGateway) -> None:
    for number in range(3):
        httpx.get(f"{shared_gateway.url}/scan/{number}")
    page = scrape(shared_gateway)
    assert page.value("miavo_http_answers_total", route="none", status="404") == 3
    assert "/scan" not in page.text


def test_the_way_to_listening_does_not_import_prometheus() -> None:
    code = (
        "import sys, miavo_gateway.server, miavo_gateway.api.app, miavo_gateway.gateway; "
        "sys.exit('prometheus_client' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
