"""Settings over the admin API: where they come from, and changing them while the gateway runs."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError

import httpx
import pytest

from miavo_gateway.api.admin.settings import masked_url
from tests.conftest import RunningGateway
from tests.postgres import PASSWORD

CONFIG = """\
# What I changed, and why.
max_body_bytes = 2048  # small

[models."gpt-5.4"]
name = "Mine"  # all mine

[fallbacks]
# Echo never fails.
"claude-opus-4-6" = ["local-echo"]  # keep
"""


@pytest.fixture
def configured(tmp_path: Path, start_gateway: Callable[[Path], RunningGateway]) -> RunningGateway:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text(CONFIG)
    return start_gateway(tmp_path / "home")


def settings(gateway: RunningGateway) -> dict[str, dict]:
    return {one["name"]: one for one in gateway.admin("GET", "settings")["data"]}


def refusal(gateway: RunningGateway, body: object) -> dict:
    with pytest.raises(HTTPError) as refused:
        gateway.admin("PATCH", "settings", body)
    assert refused.value.code == 400
    return json.load(refused.value)["error"]


def test_each_setting_says_where_it_comes_from(configured: RunningGateway) -> None:
    found = settings(configured)
    assert {name: found[name]["origin"] for name in ("port", "secrets", "fallbacks", "host")} == {
        "port": "flag",
        "secrets": "variable",
        "fallbacks": "config.toml",
        "host": "default",
    }
    assert found["max_body_bytes"]["value"] == 2048
    assert found["max_body_bytes"]["default"] == 64 * 1024 * 1024
    assert found["log_level"]["variable"] == "MIAVO_LOG_LEVEL"


def test_a_change_holds_at_once_is_written_and_leaves_the_rest_of_the_file(
    configured: RunningGateway, start_gateway: Callable[[Path], RunningGateway]
) -> None:
    fallbacks = {"claude-opus-4-6": ["local-echo"], "gpt-5.4": ["gpt-5.5", "local-echo"]}
    configured.admin("PATCH", "settings", {"log_level": "debug", "fallbacks": fallbacks})
    written = (configured.home / "config.toml").read_text()
    for line in CONFIG.splitlines():
        assert line in written
    said = tomllib.loads(written)
    assert (said["log_level"], said["fallbacks"]) == ("debug", fallbacks)
    [model] = [
        one for one in configured.admin("GET", "catalogue")["data"] if one["id"] == "gpt-5.4"
    ]
    assert model["fallbacks"] == ["gpt-5.5", "local-echo"]
    assert settings(configured)["log_level"]["origin"] == "config.toml"
    configured.embedded.stop()
    again = settings(start_gateway(configured.home))
    assert (again["log_level"]["value"], again["fallbacks"]["value"]) == ("debug", fallbacks)


def test_null_goes_back_to_the_default(configured: RunningGateway) -> None:
    configured.admin("PATCH", "settings", {"fallbacks": None, "max_body_bytes": None})
    said = tomllib.loads((configured.home / "config.toml").read_text())
    assert set(said) == {"models"}
    found = settings(configured)
    assert (found["fallbacks"]["value"], found["fallbacks"]["origin"]) == ({}, "default")


def test_a_new_limit_on_bodies_holds_from_the_next_request(configured: RunningGateway) -> None:
    headers = {"authorization": f"Bearer {configured.key()}"}
    body = {"model": "local-echo", "messages": [{"role": "user", "content": "x" * 3_000}]}

    def ask() -> int:
        url = f"{configured.url}/v1/chat/completions"
        return httpx.post(url, json=body, headers=headers, timeout=30).status_code

    assert ask() == 413
    configured.admin("PATCH", "settings", {"max_body_bytes": 100_000})
    assert ask() == 200


@pytest.mark.parametrize(
    ("body", "param", "says"),
    [
        ({"fallbacks": {"claude-opus-4.6": ["local-echo"]}}, "fallbacks", "claude-opus-4-6"),
        ({"fallbacks": {"gpt-5.4": ["gpt-5.4"]}}, "fallbacks", "circle"),
        ({"log_level": "loud"}, "log_level", "debug"),
        ({"port": 80}, "port", "not known"),
        ({"max_body_bytes": 3}, "max_body_bytes", "1,024"),
    ],
)
def test_what_cannot_be_a_setting_changes_nothing(
    configured: RunningGateway, body: object, param: str, says: str
) -> None:
    error = refusal(configured, body)
    assert error["param"] == param
    assert says in error["message"]
    assert (configured.home / "config.toml").read_text() == CONFIG


def test_what_a_variable_sets_is_not_changed_behind_its_back(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    start_gateway: Callable[[Path], RunningGateway],
) -> None:
    monkeypatch.setenv("MIAVO_LOG_LEVEL", "warning")
    gateway = start_gateway(tmp_path / "home")
    error = refusal(gateway, {"log_level": "debug"})
    assert error["param"] == "log_level"
    assert "MIAVO_LOG_LEVEL" in error["message"]
    assert not (gateway.home / "config.toml").exists()


def test_a_file_that_was_broken_meanwhile_is_left_as_it_is(configured: RunningGateway) -> None:
    path = configured.home / "config.toml"
    path.write_text("log_level = ")
    assert "Nothing was changed" in refusal(configured, {"log_level": "debug"})["message"]
    assert path.read_text() == "log_level = "
    assert settings(configured)["log_level"]["value"] == "info"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"postgresql://u:{PASSWORD}@host:5432/db", "postgresql://u:***@host:5432/db"),
        (f"postgresql://u:a@{PASSWORD}@host/db", "postgresql://u:***@host/db"),
        (f"postgresql://u:a/{PASSWORD}?x@host/db", "postgresql://u:***@host/db"),
        (f"postgresql://host/db?user=u&password={PASSWORD}", "postgresql://host/db"),
        (f"redis://:{PASSWORD}@host/0", "redis://:***@host/0"),
        ("postgresql://u@host/db", "postgresql://u@host/db"),
        ("sqlite+aiosqlite:////home/a@b/miavo.db", "sqlite+aiosqlite:////home/a@b/miavo.db"),
        (PASSWORD, "…"),
    ],
)
def test_no_password_of_an_address_is_shown(url: str, shown: str) -> None:
    assert masked_url(url) == shown
