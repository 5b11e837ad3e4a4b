"""Leaving the app while its own gateway is at work."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

import httpx

from miavo_tui.app import MiavoApp
from miavo_tui.screens.confirm import ConfirmDialog
from miavo_tui.start import Connection
from tests.conftest import RunningGateway
from tests.tui.running import Attached, ready, until


class OfThisProcess(Attached):
    """As a gateway that the app has started itself."""

    def connect(self) -> Connection:
        found = super().connect()
        return Connection(found.url, found.admin_token, embedded=True)


def slow_request(gateway: RunningGateway) -> threading.Thread:
    """A request that stays in flight until its gateway stops."""
    gateway.admin(
        "POST", "credentials", {"provider": "anthropic", "sandbox": {"latency_ms": 60_000}}
    )
    gateway.admin("POST", "credit", {"amount_usd": "1"})
    gateway.key()

    def call() -> None:
        with contextlib.suppress(httpx.HTTPError):
            gateway.ask(model="claude-opus-4-7")

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    return thread


async def test_requests_in_flight_are_asked_about_and_staying_is_the_default(
    start_gateway: Callable[[Path], RunningGateway], tmp_path: Path
) -> None:
    gateway = start_gateway(tmp_path / "gateway")
    app = MiavoApp(OfThisProcess(gateway, tmp_path / "app"))
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await asyncio.to_thread(slow_request, gateway)
        await until(
            pilot, lambda: gateway.admin("GET", "gateway")["requests_in_flight"] == 1, "the request"
        )
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog), "the question")
        assert "1 request is in flight" in str(app.screen.query_one("#confirm-question").render())
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, ConfirmDialog), "the screen")
        assert app.is_running
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog), "the question again")
        # Twice is meant.
        await pilot.press("ctrl+q")
        await until(pilot, lambda: not app.is_running, "the end")


async def test_a_gateway_that_runs_on_is_left_without_a_question(
    shared_gateway: RunningGateway, tmp_path: Path
) -> None:
    app = MiavoApp(Attached(shared_gateway, tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot, app)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: not app.is_running, "the end")
