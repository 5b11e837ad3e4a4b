"""Live events and the access log of a real gateway."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from miavo_gateway.observe.access_line import AccessLine
from tests.conftest import RunningGateway

SAID = "a phrase that belongs to nobody else"


class Reader:
    """Reads server-sent events of one connection."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines = lines
        assert next(lines) == ": listening"

    def next(self) -> tuple[str, dict]:
        name = ""
        for line in self.lines:
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            if line.startswith("data: "):
                return name, json.loads(line.removeprefix("data: "))
        raise AssertionError("the stream ended")

    def until(self, name: str) -> list[tuple[str, dict]]:
        seen = [self.next()]
        while seen[-1][0] != name:
            seen.append(self.next())
        return seen


@pytest.mark.parametrize("stream", [False, True])
def test_a_request_is_told_from_its_start_to_its_end(gateway: RunningGateway, stream: bool) -> None:
    key = gateway.key()
    headers = {"authorization": f"Bearer {gateway.admin_token}"}
    with httpx.stream(
        "GET", f"{gateway.url}/admin/v1/events", headers=headers, timeout=20
    ) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        reader = Reader(answer.iter_lines())
        asked = gateway.ask(SAID, stream=stream)
        seen = [one for one in reader.until("request.ended") if one[0].startswith("request.")]
    assert [name for name, _ in seen] == [
        "request.started",
        "request.first_token",
        "request.ended",
    ]
    request_id = asked.headers["x-request-id"]
    assert {data["request_id"] for _, data in seen} == {request_id}
    row = gateway.admin("GET", f"usage/{request_id}")
    assert seen[2][1] == row
    assert seen[1][1]["first_token_ms"] == row["first_token_ms"]
    assert (seen[0][1]["state"], seen[0][1]["id"]) == ("open", row["id"])
    assert SAID not in json.dumps(seen)
    assert key not in json.dumps(seen)


def test_an_open_event_stream_does_not_hold_up_the_stop(gateway: RunningGateway) -> None:
    headers = {"authorization": f"Bearer {gateway.admin_token}"}
    with httpx.stream(
        "GET", f"{gateway.url}/admin/v1/events", headers=headers, timeout=20
    ) as answer:
        lines = answer.iter_lines()
        Reader(lines)
        began = time.monotonic()
        gateway.embedded.stop()
        assert time.monotonic() - began < 2.0
        assert [line for line in lines if line] == [], "the stream was ended, not cut"


def test_events_need_the_admin_token(shared_gateway: RunningGateway) -> None:
    answer = httpx.get(
        f"{shared_gateway.url}/admin/v1/events",
        headers={"authorization": f"Bearer {shared_gateway.key()}"},
    )
    assert answer.status_code == 401


def test_the_log_has_one_line_a_request_without_what_was_said(gateway: RunningGateway) -> None:
    plain = gateway.ask(SAID)
    streamed = gateway.ask(SAID, stream=True)
    unknown = gateway.ask(SAID, model="no-such-model")
    pasted = httpx.get(f"{gateway.url}/v1/models/{gateway.key()}?key={gateway.key()}")
    gateway.embedded.stop()
    text = (gateway.home / "logs" / "gateway.log").read_text()
    lines = {
        one["request_id"]: one for one in map(json.loads, text.splitlines()) if "method" in one
    }
    for answer in (plain, streamed):
        line = lines[answer.headers["x-request-id"]]
        assert line["level"] == "info"
        assert (line["method"], line["path"], line["status"]) == (
            "POST",
            "/v1/chat/completions",
            200,
        )
        assert line["slug"] == "local-echo"
        assert line["key_id"].startswith("key_")
        assert line["state"] == "completed"
        assert line["output_tokens"] > 0
        assert line["prompt_tokens"] > 0
        assert line["cost_nano"] == 0
        assert line["duration_ms"] > 0
    assert lines[unknown.headers["x-request-id"]]["status"] == 400
    assert lines[pasted.headers["x-request-id"]]["path"] == "/v1/models/sk-…"
    assert text.count(plain.headers["x-request-id"]) == 1
    assert gateway.key() not in text
    assert gateway.admin_token not in text
    assert SAID not in text


def test_an_access_line_has_no_field_for_text() -> None:
    line = AccessLine("req_1", "POST", "/v1/chat/completions")
    for name in AccessLine.__slots__:
        if getattr(line, name) is None and name != "headers":
            setattr(line, name, 1)
    assert set(json.loads(line.written())) == {
        "time",
        "level",
        "message",
        "request_id",
        "method",
        "path",
        "status",
        "duration_ms",
        "key_id",
        "slug",
        "state",
        "error_code",
        "prompt_tokens",
        "output_tokens",
        "cost_nano",
        "simulated",
    }


def test_other_log_lines_keep_their_form(gateway: RunningGateway, tmp_path: Path) -> None:
    gateway.ask(SAID)
    gateway.embedded.stop()
    text = (gateway.home / "logs" / "gateway.log").read_text()
    opened = next(line for line in text.splitlines() if "opened its books" in line)
    assert set(json.loads(opened)) == {"time", "level", "message"}
