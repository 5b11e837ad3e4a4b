"""The Usage screen on a real gateway: live, found, opened, charted, saved."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select, Static

from miavo_tui.app import MiavoApp
from miavo_tui.screens.request import RequestDialog
from miavo_tui.screens.usage import UsageScreen
from miavo_tui.screens.usage_export import ExportForm
from miavo_tui.widgets.filter_line import FilterLine
from miavo_tui.widgets.time_chart import TimeChart
from tests.benchmarks.seed_usage import seed
from tests.conftest import RunningGateway
from tests.tui.running import Attached, ready, until

Opened = Callable[[Pilot[None], MiavoApp], Awaitable[UsageScreen]]


async def opened(pilot: Pilot[None], app: MiavoApp) -> UsageScreen:
    await ready(pilot, app)
    await pilot.press("6")
    await until(pilot, lambda: isinstance(app.screen, UsageScreen), "the screen")
    screen = app.screen
    assert isinstance(screen, UsageScreen)
    await until(pilot, lambda: screen.browser.counted and screen._live, "the first page, live")
    return screen


async def ask(gateway: RunningGateway, model: str = "local-echo") -> httpx.Response:
    return await asyncio.to_thread(gateway.ask, "hello you", model=model, key="my editor")


def first_row(screen: UsageScreen) -> str:
    """The first row as it is drawn; empty while there is none."""
    listing = screen.requests
    return listing.render_line(1).text if listing.size.height > 1 else ""


async def test_requests_appear_as_they_are_made_and_open_with_all_that_is_known(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    await asyncio.to_thread(gateway.key, "my editor")
    app = MiavoApp(Attached(gateway, tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, app)
        assert screen._nothing.display, "it says how requests come about"
        answer = await ask(gateway)
        await until(pilot, lambda: "● done" in first_row(screen), "the request, done")
        assert "local-echo" in first_row(screen)
        failed = await ask(gateway, "claude-opus-4-6")
        await until(pilot, lambda: "✖ failed 503" in first_row(screen), "the failure, on top")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RequestDialog), "the details")
        dialog = app.screen
        assert isinstance(dialog, RequestDialog)
        facts = str(dialog.query_one("#request-facts", Static).content)
        assert failed.headers["x-request-id"] in facts
        assert "no_upstream" in facts
        assert "Add or mend a credential in Pool" in facts
        await pilot.press("right")
        await pilot.pause()
        facts = str(dialog.query_one("#request-facts", Static).content)
        assert answer.headers["x-request-id"] in facts
        assert "my editor" in facts
        await pilot.press("escape")
        assert screen.requests.cursor == 1


async def test_a_held_list_stays_as_it_is_and_counts_what_comes(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    await ask(gateway)
    app = MiavoApp(Attached(gateway, tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, app)
        await pilot.press("space")
        await ask(gateway)
        await until(pilot, lambda: screen.browser.coming == 1, "the request, counted")
        assert len(screen.requests.rows) == 1
        assert "1 new" in str(screen._bar.render())
        await pilot.press("space")
        await until(pilot, lambda: len(screen.requests.rows) == 2, "the request, shown")


async def test_a_filter_narrows_the_list_and_tells_what_it_cannot_read(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    await ask(gateway)
    await ask(gateway, "claude-opus-4-6")
    app = MiavoApp(Attached(gateway, tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, app)
        note = screen.query_one(FilterLine).note
        await pilot.press("e")
        await until(pilot, lambda: len(screen.requests.rows) == 1, "the failure alone")
        await ask(gateway)
        await ask(gateway, "claude-opus-4-6")
        await until(pilot, lambda: len(screen.requests.rows) == 2, "the new failure alone")
        await pilot.press("e", "slash", *"model:nope")
        await until(pilot, lambda: "no model matches" in str(note.content), "what is wrong")
        screen._line.field.value = 'key:"my editor" state:completed'
        await until(pilot, lambda: [r.state for r in screen.requests.rows] == ["completed"] * 2, "")
        assert not str(note.content)
        screen._line.field.value = "nothing has these words"
        await until(pilot, lambda: screen._nothing.display, "an empty state")
        assert "No request passes the filter" in str(screen._nothing.content)
        await pilot.press("enter", "x")
        await until(pilot, lambda: len(screen.requests.rows) == 4, "everything again")
    assert MiavoApp(Attached(gateway, tmp_path)).state.usage_filter == ""


async def test_far_rows_are_reached_and_few_are_held(
    start_gateway: Callable[[Path], RunningGateway], tmp_path: Path
) -> None:
    await asyncio.to_thread(seed, tmp_path / "home", 3_000, 20)
    gateway = await asyncio.to_thread(start_gateway, tmp_path / "home")
    app = MiavoApp(Attached(gateway, tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, app)
        listing, window = screen.requests, screen.browser.window
        assert (listing.rows[0].id, screen.browser.extent.count) == (3_000, 3_000)
        # However quickly the keys come, each of them counts.
        for _ in range(30):
            listing.action_move_page(1)
        reached = 3_000 - 30 * (listing.size.height - 2)
        await until(
            pilot,
            lambda: listing.highlighted is not None and listing.highlighted.id == reached,
            "thirty pages down",
        )
        assert len(window.rows) <= 600
        await pilot.press("end")
        await until(pilot, lambda: listing.rows[-1].id == 1, "the oldest")
        assert listing.highlighted == listing.rows[-1]
        for _ in range(10):
            await pilot.press("pageup")
        await until(pilot, lambda: len(listing.rows) > 200, "newer rows above")
        await pilot.press("home")
        await until(pilot, lambda: listing.rows[0].id == 3_000, "the newest")
        assert (listing.cursor, listing.top) == (0, 0)
        # Half-way down the edge is half-way through the rows.
        await pilot.click(listing, offset=(listing.size.width - 1, 1 + listing.size.height // 2))
        await until(
            pilot,
            lambda: listing.highlighted is not None and 1_300 < listing.highlighted.id < 1_700,
            "the middle",
        )


async def test_charts_sum_up_what_the_filter_lets_pass(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    for _ in range(3):
        await ask(gateway)
    await ask(gateway, "claude-opus-4-6")
    app = MiavoApp(Attached(gateway, tmp_path))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, app)
        await pilot.press("v")
        requests = screen.query_one("#chart-requests", TimeChart)
        duration = screen.query_one("#chart-duration", TimeChart)
        await until(pilot, lambda: duration.data is not None, "the latencies")
        assert requests.data is not None
        assert requests.data.summary == "4"
        assert sum(value or 0 for value in requests.data.values[0]) == 4
        assert "25%" in screen.query_one("#chart-errors", TimeChart).render_line(0).text
        assert duration.data is not None
        p50, p95, p99 = ([v for v in each if v is not None] for each in duration.data.values)
        assert all(a <= b <= c for a, b, c in zip(p50, p95, p99, strict=True))
        await pilot.press("e")
        await until(
            pilot, lambda: requests.data is not None and requests.data.summary == "1", "the error"
        )
        await pilot.press("escape")
        assert not screen.shows_charts


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
async def test_the_requests_that_pass_are_saved_to_a_file(
    suffix: str, start_gateway: Callable[[Path], RunningGateway], tmp_path: Path
) -> None:
    await asyncio.to_thread(seed, tmp_path / "home", 1_200, 20)
    gateway = await asyncio.to_thread(start_gateway, tmp_path / "home")
    app = MiavoApp(Attached(gateway, tmp_path))
    target = tmp_path / f"usage{suffix}"
    target.write_text("an older file")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, app)
        screen._line.field.value = "state:completed"
        await until(pilot, lambda: bool(screen.browser.query.states), "the filter")
        await until(pilot, lambda: screen.browser.counted, "the count")
        count = screen.browser.extent.count
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, ExportForm), "the form")
        form = app.screen
        form.query_one("#export-path", Input).value = str(tmp_path / f"nowhere/usage{suffix}")
        form.query_one("#export-kind", Select).value = suffix
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "no folder" in text_of(form), "what is wrong with the place")
        form.query_one("#export-path", Input).value = str(target)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Save once more" in text_of(form), "a question")
        assert target.read_text() == "an older file"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is screen, "the end of it")
    rows = read_rows(target)
    assert len(rows) == count < 1_200
    assert {row["state"] for row in rows} == {"completed"}
    assert len({row["request_id"] for row in rows}) == count
    assert not await asyncio.to_thread(lambda: list(tmp_path.glob(".*.part")))


def text_of(form: object) -> str:
    assert isinstance(form, ExportForm)
    return " ".join(str(each.content) for each in form.query(Static))


def read_rows(path: Path) -> list[dict[str, object]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(path)
    assert str(table.schema.field("cost_nano").type) == "int64"
    return table.to_pylist()
