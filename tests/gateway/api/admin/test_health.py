"""Health and the operator's catalogue, of real gateways."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import RunningGateway
from tests.postgres import PrivatePostgres


def test_health_tells_of_the_database_the_providers_and_the_memory(
    gateway: RunningGateway,
) -> None:
    gateway.admin("POST", "credentials", {"provider": "openai", "secret": "sk-0123456789abcdefgh"})
    health = gateway.admin("GET", "health")
    assert health["status"] == "ok"
    assert health["database"]["kind"] == "sqlite"
    assert health["database"]["reachable"]
    assert 0 <= health["database"]["latency_ms"] < 2_000
    assert health["memory"]["resident_bytes"] > 10_000_000
    assert (health["requests_in_flight"], health["writer"]["waiting"]) == (0, 0)
    assert health["uptime_seconds"] > 0
    providers = {one["id"]: one for one in health["providers"]}
    assert providers["openai"]["reachable"]
    assert (providers["openai"]["credentials"], providers["openai"]["credentials_usable"]) == (1, 1)
    assert not providers["anthropic"]["reachable"]
    assert "Anthropic" in providers["anthropic"]["problem"]
    assert providers["local"]["models_reachable"] < providers["local"]["models"] == 9
    assert sum(one["models"] for one in health["providers"]) == 93


def test_a_database_that_is_gone_is_told_and_not_waited_for(
    tmp_path: Path,
    postgres_url: str,
    postgres: PrivatePostgres,
    monkeypatch: pytest.MonkeyPatch,
    start_gateway: Callable[[Path], RunningGateway],
) -> None:
    monkeypatch.setenv("MIAVO_DATABASE_URL", postgres_url)
    gateway = start_gateway(tmp_path / "home")
    assert gateway.admin("GET", "health")["database"]["kind"] == "postgresql"
    postgres.stop()
    try:
        health = gateway.admin("GET", "health")
    finally:
        postgres.start()
    assert health["status"] == "degraded"
    assert health["database"]["problem"] == "the database does not answer"
    assert gateway.admin("GET", "health")["status"] == "ok"


def test_the_catalogue_marks_what_the_configuration_changed(
    tmp_path: Path, start_gateway: Callable[[Path], RunningGateway]
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text(
        '[models."veo-3.1"]\nhidden = true\nname = "Gone"\n'
        '[models."gpt-5.4"]\nname = "Mine"\n'
        '[models."mine-1"]\nprovider = "openai"\nkind = "chat"\nname = "M"\nupstream = "m-1"\n'
    )
    gateway = start_gateway(tmp_path / "home")
    shown = {one["id"]: one for one in gateway.admin("GET", "catalogue")["data"]}
    assert "veo-3.1" not in shown
    assert (shown["gpt-5.4"]["overridden"], shown["gpt-5.4"]["added"]) == (["name"], False)
    assert (shown["mine-1"]["upstream_id"], shown["mine-1"]["added"]) == ("m-1", True)
    assert (shown["local-echo"]["overridden"], shown["local-echo"]["hidden"]) == ([], False)
    everything = gateway.admin("GET", "catalogue?hidden=true")["data"]
    assert len(everything) == len(shown) + 1
    [gone] = [one for one in everything if one["hidden"]]
    assert (gone["id"], gone["name"], gone["reachable"]) == ("veo-3.1", "Gone", False)
    assert "config.toml" in gone["unreachable_reason"]
