"""What comes live finds its place among the rows that are held, and nowhere else."""

from __future__ import annotations

import json
from typing import Any

from miavo_tui.requests.browser import UsageBrowser
from miavo_tui.requests.window import PAGE, UsageWindow
from miavo_tui.sse import Event
from miavo_tui.usage_query import UsageQuery
from miavo_tui.usage_records import UsageExtent, UsageRow


def told(number: int, state: str = "completed", **more: object) -> dict[str, Any]:
    counts = ("prompt", "cached", "cache_write", "output", "reasoning", "audio_input")
    return {
        "id": number,
        "request_id": f"req_{number}",
        "key_id": "key_1",
        "key_name": "k",
        "slug": "local-echo",
        "answered_by": None,
        "provider": "local",
        "endpoint": "/v1/chat/completions",
        "stream": True,
        "state": state,
        "status": None if state == "open" else 200,
        "error_code": None,
        "error_message": None,
        "finish_reason": None,
        "started_at": "2026-11-27T00:00:00+00:00",
        "duration_ms": None,
        "first_token_ms": None,
        **{f"{name}_tokens": 0 for name in (*counts, "audio_output")},
        "characters": 0,
        "images": 0,
        "seconds": 0.0,
        "cost_usd": None,
        "cost_nano": None,
        "simulated": False,
        "attempts": [],
        **more,
    }


def row(number: int, state: str = "completed") -> UsageRow:
    return UsageRow.from_json(told(number, state))


def event(name: str, data: dict[str, Any]) -> Event:
    return Event(json.dumps(data), f"request.{name}")


def browser_with(*numbers: int, states: tuple[str, ...] = ()) -> UsageBrowser:
    browser = UsageBrowser()
    browser.query = UsageQuery(states=states)
    browser.window.show([row(each) for each in numbers], at_newest=True, at_oldest=True)
    browser._known_newest = browser.window.newest
    return browser


def held(browser: UsageBrowser) -> list[tuple[int, str]]:
    return [(each.id, each.state) for each in browser.window.rows]


def test_a_request_is_seen_to_wait_to_stream_and_to_end() -> None:
    browser = browser_with(1)
    browser.take(event("started", told(2, "open")))
    assert browser.settle(following=True)
    assert held(browser) == [(2, "open"), (1, "completed")]
    browser.take(event("first_token", {"request_id": "req_2", "first_token_ms": 5.0}))
    assert browser.settle(following=True)
    assert browser.window.rows[0].first_token_ms == 5.0
    browser.take(event("ended", told(2)))
    assert browser.settle(following=True)
    assert held(browser) == [(2, "completed"), (1, "completed")]
    assert not browser.settle(following=True)


def test_a_list_that_does_not_follow_counts_and_keeps_what_it_shows() -> None:
    browser = browser_with(1)
    shown = browser.window.rows
    for number in (2, 3):
        browser.take(event("started", told(number, "open")))
        browser.take(event("ended", told(number)))
    browser.settle(following=False)
    browser.take(event("ended", told(3)))
    browser.settle(following=False)
    assert (browser.coming, browser.window.rows) == (2, shown)


def test_a_request_that_only_its_end_lets_pass_the_filter_comes_in_its_place() -> None:
    browser = browser_with(9, 5, states=("failed",))
    for number in (10, 11, 12):
        browser.take(event("started", told(number, "open")))
    browser.settle(following=True)
    browser.take(event("ended", told(12, "failed")))
    browser.settle(following=True)
    browser.take(event("ended", told(10, "failed")))
    browser.take(event("ended", told(11)))
    browser.settle(following=True)
    assert [number for number, _ in held(browser)] == [12, 10, 9, 5]


def test_a_request_that_no_longer_passes_goes() -> None:
    browser = browser_with(states=("open",))
    browser.take(event("started", told(1, "open")))
    browser.settle(following=True)
    assert held(browser) == [(1, "open")]
    browser.take(event("ended", told(1)))
    browser.settle(following=True)
    assert held(browser) == []


def test_what_was_lost_is_told_and_what_cannot_be_read_is_passed_over() -> None:
    browser = browser_with(1)
    assert not browser.take(Event('{"count": 3}', "lost"))
    assert browser.take(Event("no JSON", "request.ended"))
    assert browser.take(Event('{"id": "a text"}', "request.ended"))
    assert not browser.settle(following=True)


def test_a_window_never_holds_more_than_three_pages_and_never_a_gap() -> None:
    window = UsageWindow()
    newest = 10 * PAGE
    window.show([row(n) for n in range(newest, newest - PAGE, -1)], at_newest=True, at_oldest=False)
    for page in range(1, 6):
        first = newest - page * PAGE
        window.add_older([row(n) for n in range(first, first - PAGE, -1)], last=False)
        numbers = [each.id for each in window.rows]
        assert numbers == list(range(numbers[0], numbers[0] - len(numbers), -1))
        assert len(numbers) <= 3 * PAGE
    assert not window.at_newest
    top = window.newest
    window.add_newer([row(n) for n in range(top + PAGE, top, -1)], last=False)
    assert (window.newest, window.at_oldest) == (top + PAGE, False)
    assert window.index_of(top) == PAGE
    assert window.index_of(top + PAGE + 1) is None


def test_what_is_counted_while_it_comes_is_counted_once() -> None:
    browser = browser_with(3, 2, 1)
    browser.take_count(UsageExtent(3, 1, 3))
    # The gateway counts 4 and 5 before the app has read that they began.
    browser.take(event("started", told(4, "open")))
    browser.take(event("started", told(5, "open")))
    browser.take_count(UsageExtent(5, 1, 5))
    browser.settle(following=True)
    assert (browser.extent.count, browser.extent.newest) == (5, 5)
    # 6 and 7 are read while an older count is still on its way, which has 6 alone.
    browser.take(event("started", told(6, "open")))
    browser.take(event("started", told(7, "open")))
    browser.settle(following=True)
    browser.take_count(UsageExtent(6, 1, 6))
    assert browser.extent == UsageExtent(7, 1, 7)
