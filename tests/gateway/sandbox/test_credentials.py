"""Simulated credentials in a gateway's pool."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Callable, Iterator
from pathlib import Path

import openai
import pytest
from click.testing import CliRunner

from miavo_gateway.home import Home
from miavo_gateway.server import EmbeddedGateway
from miavo_tui.cli.command_line import command_line
from tests.conftest import RunningGateway

SLUG = "gpt-5.4-mini"
ASKED = [{"role": "user", "content": "Hello [[long 50]]"}]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., RunningGateway]]:
    """Starts the gateway of one home, after stopping the one before."""
    running: list[EmbeddedGateway] = []

    def start(*, sandbox: bool = False) -> RunningGateway:
        if running:
            running.pop().stop()
        embedded = EmbeddedGateway(Home(tmp_path / "home"), port=0, sandbox=sandbox)
        running.append(embedded)
        return RunningGateway(tmp_path / "home", embedded, embedded.start())

    yield start
    for embedded in running:
        embedded.stop()


def client_of(gateway: RunningGateway) -> openai.OpenAI:
    gateway.admin("POST", "credit", {"amount_usd": "5"})
    return openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=gateway.key(), max_retries=0)


def pool(gateway: RunningGateway) -> dict[str, dict]:
    return {f"{c['provider']}/{c['label']}": c for c in gateway.admin("GET", "credentials")["data"]}


def simulate(gateway: RunningGateway, label: str, *faults: object, **terms: object) -> str:
    body = {"provider": "openai", "label": label, "sandbox": {"faults": faults, **terms}}
    return gateway.admin("POST", "credentials", body)["id"]


def refusal(gateway: RunningGateway, method: str, path: str, body: object = None) -> dict:
    with pytest.raises(urllib.error.HTTPError) as caught:
        gateway.admin(method, path, body)
    assert caught.value.code == 400
    return json.load(caught.value)["error"]


def test_the_flag_stands_in_for_providers_without_a_credential_and_for_this_run_only(
    start: Callable[..., RunningGateway],
) -> None:
    first = start()
    real = {"provider": "openai", "secret": "sk-real", "base_url": "http://127.0.0.1:9/v1"}
    first.admin("POST", "credentials", real)
    second = start(sandbox=True)
    assert "openai/sandbox" not in pool(second)
    assert pool(second)["zhipu/sandbox"]["passing"] is True
    error = refusal(second, "DELETE", "credentials/cred_sandbox_zhipu")
    assert "--sandbox" in error["message"]
    assert list(pool(start())) == ["openai/default"]


def test_an_answer_that_was_made_up_never_stands_in_for_a_real_one(
    start: Callable[..., RunningGateway],
) -> None:
    gateway = start()
    simulate(gateway, "play")
    real = {"provider": "openai", "secret": "sk-real", "base_url": "http://127.0.0.1:9/v1"}
    added = gateway.admin("POST", "credentials", real)["id"]
    with client_of(gateway) as client:
        with pytest.raises(openai.InternalServerError, match="cannot be reached"):
            client.chat.completions.create(model=SLUG, messages=ASKED)
        gateway.admin("POST", f"credentials/{added}/disable")
        reply = client.chat.completions.create(model=SLUG, messages=ASKED)
    assert "Simulated" in (reply.choices[0].message.content or "")


def test_a_stored_one_is_there_again_after_a_restart_and_keeps_no_secret(
    start: Callable[..., RunningGateway], tmp_path: Path
) -> None:
    first = start()
    simulate(first, "play", "429:every100", latency_ms=1)
    assert not (tmp_path / "home" / "secrets.json").exists()
    second = start()
    again = pool(second)["openai/play"]
    assert again["sandbox"]["latency_ms"] == 1
    assert again["sandbox"]["faults"][0]["every"] == 100
    with client_of(second) as client:
        assert client.chat.completions.create(model=SLUG, messages=ASKED).choices
    assert second.admin("POST", f"credentials/{again['id']}/test")["ok"] is True
    second.admin("DELETE", f"credentials/{again['id']}")
    assert pool(second) == {}


def test_one_that_fails_is_followed_by_another(start: Callable[..., RunningGateway]) -> None:
    gateway = start()
    simulate(gateway, "bad", "500")
    simulate(gateway, "good")
    with client_of(gateway) as client:
        for _ in range(3):
            assert client.chat.completions.create(model=SLUG, messages=ASKED).choices
    assert pool(gateway)["openai/good"]["counts"]["ok"] == 3
    assert pool(gateway)["openai/bad"]["counts"]["failed"] >= 1


@pytest.mark.parametrize("kind", ["cut", "malformed", "error-event"])
def test_a_stream_that_breaks_off_is_billed_as_far_as_it_came(
    start: Callable[..., RunningGateway], kind: str
) -> None:
    gateway = start()
    # Slowly, so that what comes before the fault does not come together with it.
    simulate(gateway, "frail", {"kind": kind, "after": 10}, rate=400)
    with client_of(gateway) as client:
        answer = client.chat.completions.with_raw_response.create(
            model=SLUG, messages=ASKED, stream=True
        )
        request_id = answer.headers["x-request-id"]
        with pytest.raises(openai.APIError):
            list(answer.parse())
    row = gateway.admin("GET", f"usage/{request_id}")
    assert row["state"] == "truncated"
    assert 0 < row["output_tokens"] < 50


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"provider": "openai"}, "either a secret or a sandbox"),
        ({"provider": "openai", "secret": "s", "sandbox": {}}, "either a secret or a sandbox"),
        ({"provider": "openai", "sandbox": {}, "base_url": "http://x.org"}, "base_url"),
        ({"provider": "openai", "sandbox": {"faults": ["meteor"]}}, "sandbox.faults"),
        ({"provider": "local", "sandbox": {}}, "takes a credential"),
    ],
)
def test_what_cannot_be_simulated_is_refused(
    shared_gateway: RunningGateway, body: dict, named: str
) -> None:
    assert named in refusal(shared_gateway, "POST", "credentials", body)["message"]


def test_the_command_adds_a_simulated_credential(tmp_path: Path) -> None:
    home = ["--home", str(tmp_path / "home")]
    add = ["upstream", "add", "openai", "--sandbox", "--rate", "50", "--fault", "429:0.2"]
    runner = CliRunner()
    added = runner.invoke(command_line, [*add, *home])
    assert "Added the simulated credential 'sandbox' for openai" in added.output
    listed = runner.invoke(command_line, ["upstream", "list", "--json", *home])
    [row] = json.loads(listed.output)
    assert (row["label"], row["simulated"]) == ("sandbox", True)
    for wrong in (["--fault", "meteor"], ["--stdin"]):
        assert runner.invoke(command_line, [*add, *wrong, *home]).exit_code != 0
