"""The conversation in view, wherever it can be kept."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from miavo_tui.conversations.records import (
    Attachment,
    Conversation,
    Desk,
    Reply,
    ToolResult,
    Turn,
)
from miavo_tui.conversations.settings import ChatSettings
from miavo_tui.conversations.store import ConversationStore, StoreUnavailable

__all__ = ["OpenConversation"]

T = TypeVar("T")


class OpenConversation:
    """One conversation at a time, in the store, or in memory once the store has failed.

    No call fails for want of the file: whoever is talking goes on talking, and is told once that
    nothing is kept.

    Attributes:
        id: the conversation's; None until its first prompt.
        settings: how it is talked with.
    """

    def __init__(
        self,
        store: ConversationStore,
        *,
        on_screen: Callable[[], tuple[Turn, ...]],
        unkept: Callable[[str], None],
    ) -> None:
        self.id: str | None = None
        self.settings = ChatSettings()
        self._store = store
        self._broken: ConversationStore | None = None
        self._changing = asyncio.Lock()
        self._on_screen = on_screen
        self._unkept = unkept

    @classmethod
    async def open(
        cls,
        home: Path,
        *,
        on_screen: Callable[[], tuple[Turn, ...]],
        unkept: Callable[[str], None],
    ) -> OpenConversation:
        """Opens the store in `home`, or one in memory when that cannot be.

        Args:
            home: where `app.db` is.
            on_screen: the turns in view, which a store in memory starts with.
            unkept: told, in a sentence for a person, why nothing is kept from now on.
        """
        try:
            store = await ConversationStore.open(home)
        except StoreUnavailable as error:
            unkept(error.message)
            store = await ConversationStore.open_in_memory()
        return cls(store, on_screen=on_screen, unkept=unkept)

    @property
    def store(self) -> ConversationStore:
        """Where the conversation is now."""
        return self._store

    async def take_desk(self) -> Desk:
        """What the app that ended last left; its conversation becomes the open one."""
        desk = await self._try(lambda store: store.take_desk())
        self._take(desk.conversation)
        if desk.conversation is None:
            self.settings = desk.settings
        return desk

    async def open_another(self, conversation_id: str) -> Conversation | None:
        """Turns to another conversation; None if it is gone."""
        found = await self._try(lambda store: store.conversation(conversation_id))
        if found is not None:
            self._take(found)
        return found

    async def begin(
        self,
        prompt: str,
        model: str,
        *,
        beside: Sequence[str] = (),
        attachments: Sequence[Attachment] = (),
        results: Sequence[ToolResult] = (),
        instead_of: Turn | None = None,
    ) -> Turn:
        """Writes a prompt down; the first one starts the conversation.

        Args:
            prompt: as it will be sent.
            model: the slug asked.
            beside: further slugs asked side by side with it.
            attachments: what goes with the prompt.
            results: what tools came back with.
            instead_of: the turn that this one is another version of.
        """
        turn = await self._try(
            lambda store: store.add_turn(
                self.id,
                prompt,
                model,
                beside=beside,
                attachments=attachments,
                results=results,
                settings=self.settings,
                instead_of=instead_of,
            )
        )
        self.id = turn.conversation_id
        return turn

    async def again(self, turn: Turn, model: str, beside: Sequence[str] = ()) -> Turn:
        """Writes further replies to a prompt down."""
        return await self._try(lambda store: store.add_replies(turn, model, beside))

    async def leave(self, draft: str, attachments: Sequence[Attachment] = ()) -> None:
        """Turns to a new conversation; the present one stays in the store."""
        self._take(None)
        await self.keep_draft(draft, attachments)

    async def keep_draft(self, draft: str, attachments: Sequence[Attachment] = ()) -> None:
        """Remembers what is typed and attached, and which conversation it belongs to."""
        await self._try(lambda store: store.keep_desk(self.id, draft, attachments, self.settings))

    async def set_models(self, model: str, models: Sequence[str] = ()) -> None:
        """Remembers who answers next: one model, or several side by side."""
        conversation_id = self.id
        if conversation_id is not None:
            await self._try(lambda store: store.set_models(conversation_id, model, models))

    async def set_settings(self, settings: ChatSettings) -> None:
        """Talks otherwise from the next prompt on."""
        self.settings = settings
        conversation_id = self.id
        if conversation_id is not None:
            await self._try(lambda store: store.set_settings(conversation_id, settings))

    async def do(self, call: Callable[[ConversationStore], Awaitable[T]]) -> T:
        """Anything else that the store can do, wherever it is now."""
        return await self._try(call)

    async def set_stats(self, reply: Reply) -> None:
        """Writes down what a reply used and cost."""
        stats = reply.stats
        if stats is not None:
            await self._try(lambda store: store.set_stats(reply.id, stats))

    def _take(self, conversation: Conversation | None) -> None:
        self.id = conversation.id if conversation is not None else None
        self.settings = conversation.settings if conversation is not None else ChatSettings()

    async def tail(self, limit: int, before: int | None = None) -> tuple[tuple[Turn, ...], int]:
        """The last turns, or the last before one, and how many lie before those.

        Args:
            limit: how many turns at most.
            before: the id of a turn.
        """
        conversation_id = self.id
        if conversation_id is None:
            return (), 0
        turns = await self._try(
            lambda store: store.turns(conversation_id, limit=limit, before=before)
        )
        if not turns:
            return (), 0
        return turns, turns[0].depth

    async def close(self) -> None:
        """Closes the store."""
        await self._store.close()
        if self._broken is not None:
            await self._broken.close()

    def failed(self, error: sqlite3.Error) -> None:
        """Told by whoever writes into the store that it failed."""
        self._unkept(f"A reply could not be saved ({error}). It is complete on the screen.")

    async def _try(self, call: Callable[[ConversationStore], Awaitable[T]]) -> T:
        store = self._store
        try:
            return await call(store)
        except sqlite3.Error as error:
            if not store.kept:
                raise
            # Several calls may fail at once; the first of them makes the change for all.
            async with self._changing:
                if self._store is store:
                    self._unkept(f"app.db failed ({error}). Start Miavo again to go on with it.")
                    self._broken = store
                    self._store = await ConversationStore.open_in_memory(self._on_screen())
            return await call(self._store)
