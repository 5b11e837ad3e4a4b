"""The description is whole, valid, and true of what a real gateway answers."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from miavo_gateway.api.app import create_app
from miavo_gateway.api.openapi.document import describe, methods_of, path_of
from miavo_gateway.gateway import Gateway
from miavo_gateway.home import Home
from miavo_gateway.settings import load_settings
from tests.conftest import RunningGateway

HELLO = {"model": "local-echo", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture(scope="module")
def document(shared_gateway: RunningGateway) -> dict[str, Any]:
    answer = httpx.get(f"{shared_gateway.url}/openapi.json", timeout=30)  # without any key
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()
    return found


def test_every_route_of_the_application_is_described(tmp_path: Any) -> None:
    home = Home(tmp_path / "home")
    home.create()
    app = create_app(Gateway.build(home, load_settings(home)))
    rules = list(app.url_map.iter_rules())
    there = {(method.lower(), path_of(rule)) for rule in rules for method in methods_of(rule)}
    paths = describe(rules, app.view_functions)["paths"]
    described = {(method, path) for path, methods in paths.items() for method in methods}
    assert described == there
    for path, methods in paths.items():
        for method, operation in methods.items():
            assert operation["summary"], f"{method} {path} says nothing of itself"


def test_the_document_is_valid_openapi_and_names_each_operation_once(
    document: dict[str, Any],
) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1")
    operations = [each for methods in document["paths"].values() for each in methods.values()]
    ids = [each["operationId"] for each in operations]
    assert len(set(ids)) == len(ids)


def test_who_may_call_what_is_said(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            if path.startswith("/admin/"):
                assert operation["security"] == [{"admin": []}]
            elif path.startswith("/v1/"):
                assert {"key": []} in operation["security"]
            if any(operation["security"]):
                assert "401" in operation["responses"]


def test_errors_are_described_with_their_stable_codes(document: dict[str, Any]) -> None:
    chat = document["paths"]["/v1/chat/completions"]["post"]["responses"]
    assert {"400", "401", "402", "403", "413", "429", "500", "501", "502", "503"} < set(chat)
    refused = document["components"]["responses"]["BudgetExhausted"]
    assert refused["description"].startswith("`budget_exhausted`")
    fields = document["components"]["schemas"]["ErrorDetail"]["properties"]
    assert set(fields) == {"message", "type", "code", "param"}


def checked(document: dict[str, Any], method: str, path: str, answer: httpx.Response) -> None:
    """The answer is what the description says of this operation and status."""
    response = document["paths"][path][method]["responses"][str(answer.status_code)]
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    schema = response["content"]["application/json"]["schema"]
    whole = {**schema, "components": document["components"]}
    Draft202012Validator(whole).validate(answer.json())
    for name in response["headers"]:
        assert name in answer.headers or name.startswith(("retry-", "x-should")), name


def test_what_a_gateway_answers_is_what_is_described(
    gateway: RunningGateway, document: dict[str, Any]
) -> None:
    key = {"authorization": f"Bearer {gateway.key()}"}
    admin = {"authorization": f"Bearer {gateway.admin_token}"}
    with httpx.Client(base_url=gateway.url, timeout=30) as http:
        asked = http.post("/v1/chat/completions", json=HELLO, headers=key)
        checked(document, "post", "/v1/chat/completions", asked)
        for body in ({"model": "local-echo"}, {**HELLO, "model": "claude-opus-4-6"}):
            refused = http.post("/v1/chat/completions", json=body, headers=key)
            assert refused.status_code in (400, 503)
            checked(document, "post", "/v1/chat/completions", refused)
        made = {
            "accounts": {"name": "Acme"},
            "keys": {"name": "described", "account": "Acme", "allow": ["local-echo"]},
            "credit": {"amount_usd": "1.50"},
            "credentials": {"provider": "openai", "secret": "sk-0123456789abcdefgh"},
        }
        ids = {
            "slug": "gpt-image-2",
            "request_id": asked.headers["x-request-id"],
            "account": "Acme",
        }
        video = {"model": "local-storyboard", "prompt": "A lamp.", "duration_seconds": 1}
        begun = http.post("/v1/videos/generations", json=video, headers=key)
        checked(document, "post", "/v1/videos/generations", begun)
        ids["task_id"] = begun.json()["id"]
        for name, body in made.items():
            answer = http.post(f"/admin/v1/{name}", json=body, headers=admin)
            assert answer.status_code == 201, answer.text
            checked(document, "post", f"/admin/v1/{name}", answer)
            ids |= {"keys": {"key_id": answer.json().get("id")}}.get(name, {})
        told = 0
        for path, methods in document["paths"].items():
            operation = methods.get("get")
            if operation is None or "200" not in operation["responses"]:
                continue
            if "application/json" not in operation["responses"]["200"]["content"]:
                continue
            headers = key if operation["security"] == [{"key": []}] else admin
            address = path.format(**ids)
            answer = http.get(address, headers=headers)
            assert answer.status_code == 200, answer.text
            checked(document, "get", path, answer)
            told += 1
            if operation["security"]:
                checked(document, "get", path, http.get(address))
        assert told >= 18
        hidden = http.get("/admin/v1/catalogue?hidden=perhaps", headers=admin)
        checked(document, "get", "/admin/v1/catalogue", hidden)


def test_a_gateway_that_starts_does_not_put_the_description_together() -> None:
    code = (
        "import sys, miavo_gateway.api.app; "
        "loaded = [m for m in sys.modules if m.startswith('miavo_gateway.api.openapi.')]; "
        "print(loaded, 'psutil' in sys.modules, 'tomlkit' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[] False False"
