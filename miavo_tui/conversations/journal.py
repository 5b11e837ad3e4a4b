"""Writes a reply down while it grows."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable

from miavo_tui.conversations.store import ConversationStore

__all__ = ["ReplyJournal"]

PAUSE_S = 0.25
"""Between two writes: what a killed app can lose."""


class ReplyJournal:
    """Appends a reply's text to its row, a quarter of a second apart at the closest.

    Adding never waits, neither for the disk nor for the pause. A write that fails ends the journal
    and is told once; the reply itself goes on.
    """

    def __init__(
        self, store: ConversationStore, reply_id: int, failed: Callable[[sqlite3.Error], None]
    ) -> None:
        self._store = store
        self._reply_id = reply_id
        self._failed = failed
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    def add(self, text: str = "", reasoning: str = "") -> None:
        """Takes the next piece."""
        if self._closed:
            return
        self._text.append(text)
        self._reasoning.append(reasoning)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._save(), name="reply journal")

    async def close(self) -> None:
        """Ends the writing; the whole reply is about to be written in its place."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _save(self) -> None:
        while self._text:
            text, reasoning = "".join(self._text), "".join(self._reasoning)
            self._text.clear()
            self._reasoning.clear()
            try:
                await self._store.grow(self._reply_id, text, reasoning)
            except sqlite3.Error as error:
                self._closed = True
                self._failed(error)
                return
            await asyncio.sleep(PAUSE_S)
