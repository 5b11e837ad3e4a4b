"""What is wrong with a request is said in OpenAI's shape, with the right code and field."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import RunningGateway

CHAT = "/v1/chat/completions"
HELLO = {"model": "local-echo", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture(scope="module")
def http(shared_gateway: RunningGateway) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {shared_gateway.key()}"}
    with httpx.Client(base_url=shared_gateway.url, headers=headers, timeout=30) as client:
        yield client


def error_of(answer: httpx.Response) -> dict:
    """The error, after checking what every error answer has."""
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"].startswith("req_")
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"message", "type", "code", "param"}
    return body["error"]


@pytest.mark.parametrize(
    ("authorization", "says"),
    [
        (None, "Authorization"),
        ("", "Authorization"),
        ("Bearer", "Authorization"),
        ("Basic c2stbWFhcy14", "Authorization"),
        ("Bearer sk-maas-wrong", "not known"),
        ("Bearer sk-proj-of-somebody-else", "not known"),
    ],
)
def test_without_a_valid_key_every_public_endpoint_answers_401(
    shared_gateway: RunningGateway, authorization: str | None, says: str
) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    with httpx.Client(base_url=shared_gateway.url, headers=headers) as client:
        for answer in (
            client.get("/v1/models"),
            client.get("/v1/models/local-echo"),
            client.post(CHAT, json=HELLO),
        ):
            assert answer.status_code == 401
            assert error_of(answer)["code"] == "authentication_error"
            assert says in error_of(answer)["message"]
            assert "wrong" not in answer.text
            assert "somebody-else" not in answer.text
            assert answer.headers["x-should-retry"] == "false"
            assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_revoked_key_is_refused_on_the_very_next_request(gateway: RunningGateway) -> None:
    made = gateway.admin("POST", "keys", {"name": "short-lived"})
    headers = {"authorization": f"Bearer {made['key']}"}
    assert httpx.get(f"{gateway.url}/v1/models", headers=headers).status_code == 200
    gateway.admin("DELETE", f"keys/{made['id']}")
    refused = httpx.get(f"{gateway.url}/v1/models", headers=headers)
    assert refused.status_code == 401
    assert "revoked" in error_of(refused)["message"]


@pytest.mark.parametrize(
    ("body", "param", "says"),
    [
        (b"", None, "empty"),
        (b"{", None, "not valid JSON"),
        (b"[]", None, "object"),
        (b'{"model": "local-echo"}', "messages", "required"),
        (b'{"messages": []}', "model", "required"),
        (b'{"model": "local-echo", "messages": []}', "messages", "at least 1"),
        (b'{"model": 3, "messages": [{"role":"user","content":"x"}]}', "model", "string"),
        (b'{"model": "local-echo", "messages": "x"}', "messages", "list"),
        (
            b'{"model": "local-echo", "messages": [{"role":"robot","content":"x"}]}',
            "messages[0]",
            "role",
        ),
        (
            b'{"model": "local-echo", "messages": [{"role":"user"}]}',
            "messages[0].content",
            "required",
        ),
        (
            b'{"model": "local-echo", "messages": [{"role":"user","content":3}]}',
            "messages[0].content",
            "string",
        ),
        (
            b'{"model":"local-echo","messages":[{"role":"user","content":'
            b'[{"type":"text","text":5}]}]}',
            "messages[0].content[0].text",
            "string",
        ),
        (
            b'{"model":"local-echo","messages":[{"role":"user","content":'
            b'[{"type":"image_url","image_url":{}}]}]}',
            "messages[0].content[0].image_url.url",
            "required",
        ),
        (
            b'{"model":"local-echo","messages":[{"role":"user","content":"x"}],"temperature":3}',
            "temperature",
            "at most 2",
        ),
        (
            b'{"model":"local-echo","messages":[{"role":"user","content":"x"}],"stream":"yes"}',
            "stream",
            "boolean",
        ),
        (
            b'{"model":"local-echo","messages":[{"role":"user","content":"x"}],"max_tokens":0}',
            "max_tokens",
            "at least 1",
        ),
        (
            b'{"model":"local-echo","messages":[{"role":"user","content":"x"}],'
            b'"response_format":{"type":"json_schema","json_schema":{}}}',
            "response_format.json_schema.name",
            "required",
        ),
        (
            b'{"model":"local-echo","messages":[{"role":"user","content":"x"}],'
            b'"tools":[{"type":"function","function":{}}]}',
            "tools[0].function.name",
            "required",
        ),
    ],
)
def test_a_malformed_body_is_a_400_that_names_the_field(
    http: httpx.Client, body: bytes, param: str | None, says: str
) -> None:
    answer = http.post(CHAT, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    error = error_of(answer)
    assert error["code"] == "invalid_request"
    assert error["param"] == param
    assert says in error["message"]
    if param:
        assert param in error["message"]
    assert answer.headers["x-should-retry"] == "false"


def test_an_unknown_slug_is_a_400_that_suggests_the_nearest(http: httpx.Client) -> None:
    answer = http.post(CHAT, json={**HELLO, "model": "claude-opus-4.6"})
    assert answer.status_code == 400
    assert error_of(answer)["param"] == "model"
    assert "claude-opus-4-6" in error_of(answer)["message"]


@pytest.mark.parametrize(
    ("slug", "status", "code", "says"),
    [
        ("claude-opus-4-7", 503, "no_upstream", "Anthropic"),
        ("gpt-image-2", 501, "not_implemented", "preview"),
        ("veo-3.1", 400, "invalid_request", "/v1/videos/generations"),
        ("whisper-1", 400, "invalid_request", "input_audio"),
        ("gpt-realtime", 503, "no_upstream", "OpenAI"),
        ("tts-1", 503, "no_upstream", "OpenAI"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_cannot_be_answered_says_so_and_leaves_a_row(
    shared_gateway: RunningGateway,
    http: httpx.Client,
    slug: str,
    status: int,
    code: str,
    says: str,
    *,
    stream: bool,
) -> None:
    answer = http.post(CHAT, json={**HELLO, "model": slug, "stream": stream})
    assert answer.status_code == status
    assert error_of(answer)["code"] == code
    assert says in error_of(answer)["message"]
    row = shared_gateway.admin("GET", f"usage/{answer.headers['x-request-id']}")
    assert (row["state"], row["status"], row["error_code"]) == ("failed", status, code)
    assert row["output_tokens"] == 0


def test_a_body_over_the_limit_is_a_413(
    gateway: RunningGateway,
) -> None:
    headers = {"authorization": f"Bearer {gateway.key()}"}
    answer = httpx.post(
        f"{gateway.url}{CHAT}", content=b" " * (64 * 1024 * 1024 + 1), headers=headers, timeout=60
    )
    assert answer.status_code == 413
    assert error_of(answer)["code"] == "invalid_request"
    assert "67,108,864" in error_of(answer)["message"]


@pytest.mark.parametrize("path", [CHAT, "/v1/videos/generations"])
def test_a_body_that_does_not_come_to_its_end_is_a_400(
    tmp_path: Path,
    start_gateway: Callable[[Path], RunningGateway],
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    for module in ("app", "chat"):
        monkeypatch.setattr(f"miavo_gateway.api.{module}.BODY_SECONDS", 0.1)
    gateway = start_gateway(tmp_path / "home")
    url = httpx.URL(gateway.url)
    head = f"POST {path} HTTP/1.1\r\nHost: {url.host}\r\nAuthorization: Bearer {gateway.key()}\r\n"
    with socket.create_connection((url.host, url.port or 0), timeout=20) as connection:
        connection.sendall(f'{head}Content-Length: 99\r\n\r\n{{"model":'.encode())
        answer = b"".join(iter(lambda: connection.recv(65_536), b"")).decode()
    assert answer.startswith("HTTP/1.1 400 ")
    assert "The body did not arrive in time." in answer


def test_wrong_methods_and_paths_are_answered_in_the_same_shape(http: httpx.Client) -> None:
    wrong_method = http.get(CHAT)
    assert wrong_method.status_code == 405
    assert wrong_method.headers["allow"] == "POST"
    assert error_of(wrong_method)["code"] == "invalid_request"
    for path in ("/v1/nothing", "/", "/v1/models/no-such-model"):
        nowhere = http.get(path)
        assert nowhere.status_code == 404
        assert error_of(nowhere)["code"] == "not_found"


@pytest.mark.parametrize("path", ["gateway", "catalogue", "keys", "usage", "usage/x"])
def test_the_admin_api_takes_the_admin_token_only(
    shared_gateway: RunningGateway, http: httpx.Client, path: str
) -> None:
    answer = http.get(f"/admin/v1/{path}")
    assert answer.status_code == 401
    assert error_of(answer)["code"] == "authentication_error"
    assert shared_gateway.key() not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=x", "limit=501", "before=-1", "before=0", "before=٣"),
        *("before=9223372036854775808", "before=99999999999999999999", f"before={'9' * 5_000}"),
    ],
)
def test_a_bad_page_is_refused_by_its_parameter(shared_gateway: RunningGateway, query: str) -> None:
    answer = httpx.get(
        f"{shared_gateway.url}/admin/v1/usage?{query}",
        headers={"authorization": f"Bearer {shared_gateway.admin_token}"},
    )
    assert answer.status_code == 400
    assert error_of(answer)["param"] == query.partition("=")[0]
    assert answer.headers["x-should-retry"] == "false"


def test_the_greatest_row_is_a_page_like_any_other(shared_gateway: RunningGateway) -> None:
    assert "data" in shared_gateway.admin("GET", f"usage?before={2**63 - 1}")
    assert "data" in shared_gateway.admin("GET", f"ledger?before={2**63 - 1}")


def test_what_no_retry_can_mend_says_so_also_on_the_admin_api(
    shared_gateway: RunningGateway,
) -> None:
    admin = {"authorization": f"Bearer {shared_gateway.admin_token}"}
    with httpx.Client(base_url=shared_gateway.url) as client:
        for answer, status in (
            (client.get("/admin/v1/keys"), 401),
            (client.get("/admin/v1/nothing", headers=admin), 404),
            (client.get("/admin/v1/keys/key_x", headers=admin), 404),
            (client.delete("/admin/v1/keys", headers=admin), 405),
            (client.post("/admin/v1/keys", headers=admin, content=b"{"), 400),
            (client.get("/v1/nothing"), 404),
            (client.delete("/v1/models"), 405),
        ):
            assert answer.status_code == status
            assert error_of(answer)["message"]
            assert answer.headers["x-should-retry"] == "false"


def test_no_secret_reaches_the_log_or_the_database(gateway: RunningGateway) -> None:
    key = gateway.key()
    headers = {"authorization": f"Bearer {key}"}
    prompt = "a prompt that nobody else may read"
    said = {**HELLO, "messages": [{"role": "user", "content": prompt}]}
    assert httpx.post(f"{gateway.url}{CHAT}", json=said, headers=headers).status_code == 200
    httpx.post(f"{gateway.url}{CHAT}", content=b"{", headers=headers)
    gateway.embedded.stop()
    for path in gateway.home.rglob("*"):
        if path.is_file() and path.name != "admin-token":
            content = path.read_bytes()
            assert key.encode() not in content, path
            assert prompt.encode() not in content, path
            assert (gateway.home / "admin-token").read_bytes() not in content, path
