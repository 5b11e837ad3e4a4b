"""Editing credentials over the admin API."""

from __future__ import annotations

import json
from urllib.error import HTTPError

import pytest

from tests.conftest import RunningGateway

SECRET = "sk-proj-0123456789abcdef"


def added(gateway: RunningGateway, **fields: object) -> dict:
    return gateway.admin("POST", "credentials", {"provider": "openai", "secret": SECRET, **fields})


def refusal(gateway: RunningGateway, path: str, body: object, method: str = "PATCH") -> dict:
    with pytest.raises(HTTPError) as refused:
        gateway.admin(method, path, body)
    error = json.load(refused.value)["error"]
    assert SECRET not in json.dumps(error)
    return {**error, "status": refused.value.code}


def test_what_is_named_is_changed_and_the_rest_stays(gateway: RunningGateway) -> None:
    before = added(gateway, label="one", base_url="https://one.example/v1", weight=2)
    path = f"credentials/{before['id']}"
    gateway.admin("PATCH", path, {"weight": 5})
    gateway.admin("PATCH", path, {"label": "two"})
    [now] = gateway.admin("GET", "credentials")["data"]
    assert now == before | {"weight": 5, "label": "two"}
    assert gateway.admin("PATCH", path, {"base_url": None})["base_url"] is None
    assert gateway.admin("PATCH", path, {})["label"] == "two"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"label": "taken"}, "label"),
        ({"label": "environment"}, "label"),
        ({"label": None}, "label"),
        ({"weight": 0}, "weight"),
        ({"weight": None}, "weight"),
        ({"base_url": "ftp://example.com"}, "base_url"),
        ({"base_url": "https://u:p@example.com"}, "base_url"),
        ({"secret": "sk-another"}, "secret"),
        ({"sandbox": {"rate": 5}}, "sandbox"),
    ],
)
def test_what_cannot_be_changed_so_is_refused_by_its_field(
    gateway: RunningGateway, body: object, param: str
) -> None:
    one = added(gateway, label="one")
    added(gateway, label="taken")
    error = refusal(gateway, f"credentials/{one['id']}", body)
    assert (error["status"], error["param"]) == (400, param)
    assert one in gateway.admin("GET", "credentials")["data"]


def test_an_unknown_credential_is_a_404(gateway: RunningGateway) -> None:
    assert refusal(gateway, "credentials/cred_x", {"weight": 2})["status"] == 404


@pytest.mark.parametrize(
    ("provider", "secret", "says"),
    [
        ("bedrock", '{"access_key_id": "AKIAEXAMPLE"}', "secret_access_key"),
        ("vertex", '{"type": "service_account"}', "private_key"),
    ],
)
def test_a_secret_that_its_provider_could_not_use_is_refused_when_it_is_added(
    gateway: RunningGateway, provider: str, secret: str, says: str
) -> None:
    body = {"provider": provider, "secret": secret}
    error = refusal(gateway, "credentials", body, "POST")
    assert (error["status"], error["param"]) == (400, "secret")
    assert says in error["message"]
    assert "AKIAEXAMPLE" not in error["message"]
