"""The app on a real gateway, driven by Pilot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from textual.pilot import Pilot

from miavo_tui.app import MiavoApp
from miavo_tui.screens.chat import ChatScreen
from miavo_tui.widgets.chat_pane import ChatPane
from miavo_tui.widgets.reply import ReplyView
from tests.conftest import RunningGateway
from tests.tui.running import Attached, ready


@dataclass
class ChatApp:
    """The app with Chat in front."""

    app: MiavoApp
    pilot: Pilot[None]

    @property
    def screen(self) -> ChatScreen:
        assert isinstance(self.app.screen, ChatScreen)
        return self.app.screen

    @property
    def pane(self) -> ChatPane:
        return self.screen.pane

    @property
    def replies(self) -> list[ReplyView]:
        return list(self.pane.query(ReplyView))

    async def until(self, condition: Callable[[], object], seconds: float = 30) -> None:
        """Waits for what is about to happen; fails when it does not."""
        async with asyncio.timeout(seconds):
            while not condition():
                await self.pilot.pause(0.01)

    async def write(self, text: str) -> None:
        """Puts text into the composer as a paste does."""
        self.pane.composer.put(text)
        await self.pilot.pause()

    async def send(self, text: str) -> None:
        """Writes, presses Enter and waits for the reply to end."""
        before = self.replies[-1].reply.id if self.replies else None
        await self.write(text)
        await self.pilot.press("enter")
        await self.until(lambda: self.replies and self.replies[-1].reply.id != before)
        await self.replied()

    async def begin_long(self) -> None:
        """Asks for a reply that takes minutes, and waits for the beginning of it."""
        await self.write(LONG)
        await self.pilot.press("enter")
        await self.until(lambda: self.replies and self.replies[-1].body.source)

    async def replied(self) -> None:
        """Waits for the reply under way and for what is shown under it."""
        await self.until(lambda: not self.pane.busy)
        last = self.replies[-1].reply
        if last.failure is None:
            await self.until(lambda: self.replies[-1].reply.stats is not None)
        await self.pilot.pause()


LONG = "[[long 5000]]"
"""What the slow model answers for minutes: time enough to press keys, however quick the machine."""


@pytest.fixture
def slow_model(gateway: RunningGateway) -> str:
    """A simulated model that gives twenty tokens a second, and credit to ask it."""
    slow = {"provider": "openai", "label": "slow", "sandbox": {"rate": 20}}
    gateway.admin("POST", "credentials", slow)
    gateway.admin("POST", "credit", {"amount_usd": "1"})
    return "gpt-5.4-mini"


OpenChat = Callable[..., AbstractAsyncContextManager[ChatApp]]


@pytest.fixture
def open_chat() -> OpenChat:
    """Runs the app on a gateway's home; `model` is chosen, unless it is empty."""

    @asynccontextmanager
    async def run(
        gateway: RunningGateway,
        *,
        model: str = "local-echo",
        home: Path | None = None,
        size: tuple[int, int] = (80, 24),
    ) -> AsyncIterator[ChatApp]:
        app = MiavoApp(Attached(gateway, home or gateway.home))
        async with app.run_test(size=size) as pilot:
            chat = ChatApp(app, pilot)
            app.show_screen("chat")
            await chat.until(lambda: isinstance(app.screen, ChatScreen) and app.screen.is_mounted)
            await ready(pilot, app)
            await chat.until(lambda: chat.pane.opened)
            if model:
                chat.screen.use_model(model)
            yield chat

    return run
