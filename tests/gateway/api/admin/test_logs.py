"""The log over the admin API: page by page through renamed files, as it is written, and clean."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from miavo_gateway.observe.log_file import lines_after, page_before
from tests.conftest import RunningGateway

SECRET = "sk-live-0123456789abcdefghij"


def get(gateway: RunningGateway, **query: object) -> dict[str, Any]:
    return gateway.admin("GET", f"logs?{urlencode(query)}")


def written(path: Path, numbers: range, level: str = "info") -> None:
    with path.open("a") as file:
        for number in numbers:
            line = {"time": "2026-01-01", "level": level, "message": f"line {number}", "n": number}
            file.write(json.dumps(line, separators=(",", ":")) + "\n")


def numbers(log: Path, limit: int, *, level: str = "info") -> list[list[int]]:
    """The numbers of the lines, page by page."""
    pages, before = [], None
    while True:
        page = page_before(log, before, limit=limit, level=level, secrets=())
        pages.append([line.fields["n"] for line in page.lines])
        before = page.before
        if before is None:
            return pages


def test_pages_go_back_through_the_files_the_log_was_before(tmp_path: Path) -> None:
    log = tmp_path / "gateway.log"
    written(log, range(5_000))  # several blocks of a file
    log.rename(tmp_path / "gateway.log.1")
    written(log, range(5_000, 5_007))
    pages = numbers(log, 400)
    assert [number for page in pages for number in page] == list(range(5_006, -1, -1))
    assert {len(page) for page in pages[:-1]} == {400}
    assert numbers(tmp_path / "none.log", 10) == [[]]


def test_a_page_continues_though_the_log_is_renamed_meanwhile(tmp_path: Path) -> None:
    log = tmp_path / "gateway.log"
    written(log, range(10))
    first = page_before(log, None, limit=4, level="info", secrets=())
    log.rename(tmp_path / "gateway.log.1")
    written(log, range(10, 12))
    second = page_before(log, first.before, limit=4, level="info", secrets=())
    assert [line.fields["n"] for line in second.lines] == [5, 4, 3, 2]
    lines, end = lines_after(log, first.end, level="info", secrets=())
    assert [line.fields["n"] for line in lines] == [10, 11]
    assert lines_after(log, end, level="info", secrets=())[0] == []
    # Half a line is left for the next look.
    with log.open("a") as file:
        file.write('{"level":"info","n":12')
    assert lines_after(log, end, level="info", secrets=()) == ([], end)


def test_less_severe_lines_are_left_out(tmp_path: Path) -> None:
    log = tmp_path / "gateway.log"
    written(log, range(5))
    written(log, range(5, 7), "error")
    written(log, range(7, 9), "warning")
    assert numbers(log, 100, level="warning") == [[8, 7, 6, 5]]
    assert numbers(log, 100, level="error") == [[6, 5]]
    log.open("a").write("no JSON at all\n")
    page = page_before(log, None, limit=1, level="error", secrets=())
    assert [line.message for line in page.lines] == ["no JSON at all"]


@pytest.mark.parametrize("text", ["", "x", "1-", "zz-1", "1-1-1", "-", "1" * 50])
def test_a_place_that_no_page_gave_is_refused(shared_gateway: RunningGateway, text: str) -> None:
    answer = httpx.get(
        f"{shared_gateway.url}/admin/v1/logs",
        params={"before": text},
        headers={"authorization": f"Bearer {shared_gateway.admin_token}"},
    )
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "before")


def test_the_log_of_a_gateway_is_told_live_and_never_with_a_secret(
    gateway: RunningGateway,
) -> None:
    gateway.admin("POST", "credentials", {"provider": "openai", "secret": SECRET})
    page = get(gateway)
    assert any("opened its books" in line["message"] for line in page["data"])
    headers = {"authorization": f"Bearer {gateway.admin_token}"}
    query = {"after": page["end"], "level": "warning"}
    with httpx.stream(
        "GET", f"{gateway.url}/admin/v1/logs/live", params=query, headers=headers, timeout=20
    ) as answer:
        lines = answer.iter_lines()
        assert next(lines) == ": listening"
        logging.getLogger("miavo").info("not severe enough")
        try:
            raise RuntimeError(f"it said {SECRET}")
        except RuntimeError:
            logging.getLogger("miavo").exception("the key %s is wrong", SECRET)
        told = next(line for line in lines if line.startswith("data: "))
    line = json.loads(told.removeprefix("data: "))
    assert (line["level"], line["message"]) == ("error", "the key [redacted] is wrong")
    assert line["exception"].startswith("Traceback")
    assert "\n" in line["exception"]
    assert SECRET not in told
    assert SECRET not in json.dumps(get(gateway, level="debug"))


def test_who_was_cut_off_goes_on_behind_the_last_line_that_came(
    gateway: RunningGateway,
) -> None:
    headers = {"authorization": f"Bearer {gateway.admin_token}"}
    live = f"{gateway.url}/admin/v1/logs/live?level=warning"
    log = logging.getLogger("miavo")

    def told(lines: Iterator[str]) -> tuple[str, str]:
        found = {}
        while "data" not in found:
            name, _, value = next(lines).partition(": ")
            found[name] = value
        return found["id"], json.loads(found["data"])["message"]

    with httpx.stream("GET", live, headers=headers, timeout=20) as answer:
        lines = answer.iter_lines()
        assert next(lines) == ": listening"
        for number in range(3):
            log.warning("warning %s", number)
            log.info("between")
        place, message = told(lines)
        assert message == "warning 0"
    with httpx.stream("GET", f"{live}&after={place}", headers=headers, timeout=20) as answer:
        lines = answer.iter_lines()
        assert [told(lines)[1] for _ in range(2)] == ["warning 1", "warning 2"]


def test_a_follower_of_the_log_does_not_hold_up_the_stop(gateway: RunningGateway) -> None:
    headers = {"authorization": f"Bearer {gateway.admin_token}"}
    with httpx.stream(
        "GET", f"{gateway.url}/admin/v1/logs/live", headers=headers, timeout=20
    ) as answer:
        lines = answer.iter_lines()
        assert next(lines) == ": listening"
        gateway.embedded.stop()
        assert all(not line or line.startswith(("event", "data", ":")) for line in lines)


def test_what_was_refused_leaves_its_code_in_the_log(shared_gateway: RunningGateway) -> None:
    headers = {"authorization": f"Bearer {shared_gateway.key()}"}
    with httpx.Client(base_url=shared_gateway.url, headers=headers, timeout=30) as client:
        answers = [
            client.post("/v1/chat/completions", json={"model": "no-such-slug", "messages": []}),
            client.post("/v1/chat/completions", content=b"{"),
            client.get("/v1/models/no-such-slug"),
        ]
    codes = {each.headers["x-request-id"]: each.json()["error"]["code"] for each in answers}
    logged: dict[str, str] = {}
    deadline = time.monotonic() + 10  # lines are written some at a time
    while len(logged) < len(codes) and time.monotonic() < deadline:
        for line in get(shared_gateway, limit=200)["data"]:
            if line["fields"].get("request_id") in codes:
                logged[line["fields"]["request_id"]] = line["fields"].get("error_code")
    assert logged == codes
