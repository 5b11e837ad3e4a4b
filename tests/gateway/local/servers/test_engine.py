"""Servers on this machine, behind a whole gateway and OpenAI's own client."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.conftest import RunningGateway
from tests.gateway.providers.openai_shaped.asking import NAMED, WEATHER, chunk, sse

USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
REPLY = [
    chunk({"role": "assistant", "content": ""}),
    chunk({"reasoning": "Hm."}),
    chunk({"content": "Hé"}),
    chunk({"tool_calls": [{"index": 0, "function": {"name": "weather", "arguments": "{}"}}]}),
    chunk({}, "stop"),
    {**chunk({}), "choices": [], "usage": USAGE},
]


class Imitation(ThreadingHTTPServer):
    """Answers as such a server does, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.pages: dict[str, Any] = {"/v1/models": {"object": "list", "data": [{"id": "tiny"}]}}
        self.status = 200
        self.error: Any = None
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Imitation

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path)
        self._send(404 if page is None else 200, "application/json", json.dumps(page).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append({**json.loads(body), "authorized": self.headers["authorization"]})
        if self.server.error is not None:
            error = json.dumps(self.server.error).encode()
            self._send(self.server.status, "application/json", error)
        else:
            self._send(200, "text/event-stream", sse(*REPLY))

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def imitation() -> Iterator[Imitation]:
    server = Imitation()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


Reach = Callable[[str], openai.OpenAI]


@pytest.fixture
def reach(
    tmp_path: Path, imitation: Imitation, start_gateway: Callable[[Path], RunningGateway]
) -> Reach:
    """A client of a gateway whose slug forwards to the imitation."""

    def client(slug: str) -> openai.OpenAI:
        home = tmp_path / "home"
        home.mkdir()
        base_url = f"http://{imitation.address}/v1"
        config = f'[models."{slug}"]\ntraits = {{ base_url = "{base_url}" }}\n'
        (home / "config.toml").write_text(config)
        gateway = start_gateway(home)
        return openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=gateway.key(), max_retries=0)

    return client


SLUGS = ["local-ollama", "local-llama-cpp", "local-vllm", "local-lm-studio"]
ASKED: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi"}]}


@pytest.mark.parametrize("slug", SLUGS)
def test_a_server_is_asked_with_its_model_and_answers_in_openais_words(
    slug: str, reach: Reach, imitation: Imitation
) -> None:
    client = reach(slug)
    plain = client.chat.completions.create(model=slug, **ASKED)
    message = plain.choices[0].message
    assert (message.content, message.reasoning_content) == ("Hé", "Hm.")
    assert plain.choices[0].finish_reason == "tool_calls"
    assert (message.tool_calls or [])[0].id.startswith("call_")
    assert plain.usage is not None
    assert plain.usage.total_tokens == 5
    chunks = list(client.chat.completions.create(model=slug, stream=True, **ASKED))
    assert len({each.id for each in chunks}) == 1
    assert chunks[0].id != plain.id
    assert {each["model"] for each in imitation.asked} == {"tiny"}
    assert {each["authorized"] for each in imitation.asked} == {None}


@pytest.mark.parametrize(
    ("slug", "pages", "expected"),
    [
        ("local-ollama", {"/api/ps": {"models": [{"model": "loaded:1b"}]}}, "loaded:1b"),
        ("local-ollama", {"/api/ps": {"models": []}}, "tiny"),
        (
            "local-lm-studio",
            {"/api/v0/models": {"data": [{"id": "on", "type": "llm", "state": "loaded"}]}},
            "on",
        ),
    ],
)
def test_a_model_that_is_loaded_is_called(
    slug: str, pages: dict[str, Any], expected: str, reach: Reach, imitation: Imitation
) -> None:
    imitation.pages |= pages
    reach(slug).chat.completions.create(model=slug, **ASKED)
    assert imitation.asked[0]["model"] == expected


def test_what_a_server_would_ignore_is_refused_here(reach: Reach, imitation: Imitation) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        reach("local-ollama").chat.completions.create(
            model="local-ollama", tools=[WEATHER], tool_choice=NAMED, **ASKED
        )
    assert refused.value.param == "tool_choice"
    assert not imitation.asked


def test_a_function_that_is_named_goes_alone_where_names_are_not_taken(
    reach: Reach, imitation: Imitation
) -> None:
    other = {"type": "function", "function": {"name": "other"}}
    reach("local-lm-studio").chat.completions.create(
        model="local-lm-studio",
        tools=[other, WEATHER],
        tool_choice=NAMED,
        response_format={"type": "json_object"},
        **ASKED,
    )
    body = imitation.asked[0]
    assert [tool["function"]["name"] for tool in body["tools"]] == ["weather"]
    assert body["tool_choice"] == "required"
    assert body["response_format"]["type"] == "json_schema"


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (400, {"error": {"message": "does not support tools"}}, openai.BadRequestError),
        (500, {"error": "out of memory"}, openai.InternalServerError),
    ],
)
def test_a_servers_own_error_reaches_the_caller(
    status: int, error: Any, expected: type[Exception], reach: Reach, imitation: Imitation
) -> None:
    imitation.status, imitation.error = status, error
    with pytest.raises(expected, match=r"llama\.cpp answered"):
        reach("local-llama-cpp").chat.completions.create(model="local-llama-cpp", **ASKED)


@pytest.mark.parametrize(
    ("page", "words"),
    [(None, "another program"), ({"object": "list", "data": []}, "has no model")],
)
def test_a_server_without_models_is_no_upstream_and_says_why(
    page: Any, words: str, reach: Reach, imitation: Imitation
) -> None:
    imitation.pages["/v1/models"] = page
    with pytest.raises(openai.InternalServerError, match=words) as refused:
        reach("local-vllm").chat.completions.create(model="local-vllm", **ASKED)
    assert refused.value.status_code == 503
    assert refused.value.code == "no_upstream"


def test_without_a_server_the_answer_names_the_program_and_the_port(
    reach: Reach, imitation: Imitation
) -> None:
    client = reach("local-ollama")
    imitation.server_close()
    with pytest.raises(openai.InternalServerError, match="Ollama does not listen on") as refused:
        client.chat.completions.create(model="local-ollama", **ASKED)
    assert refused.value.code == "no_upstream"
    assert str(imitation.server_port) in refused.value.message
