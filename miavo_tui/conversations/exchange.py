"""One reply on its way: asked of the gateway, shown as it comes, written down as it grows."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

from miavo_tui.client import (
    AudioPiece,
    Finished,
    GatewayClient,
    GatewayRefused,
    GatewayUnreachable,
    LoadingNotice,
    ReasoningDelta,
    TextDelta,
    ToolCallPiece,
    UsageRow,
)
from miavo_tui.conversations.attachments import sound_or_image
from miavo_tui.conversations.gathered_calls import GatheredCalls
from miavo_tui.conversations.journal import ReplyJournal
from miavo_tui.conversations.records import (
    Failure,
    Reply,
    ReplyAudio,
    ReplyState,
    ReplyStats,
    Turn,
)
from miavo_tui.conversations.request import request_body
from miavo_tui.conversations.settings import ChatSettings
from miavo_tui.conversations.store import ConversationStore
from miavo_tui.plain_text import storable

__all__ = ["Exchange", "ReplyListener", "fetch_stats"]

USAGE_PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""Waits for a usage row to be settled: the gateway takes a moment to notice a hang-up."""


class ReplyListener(Protocol):
    """Whoever shows the reply. Called on the event loop; must not block."""

    def model_loading(self, what: str) -> None:
        """The model is being loaded."""

    def grew(self, text: str, reasoning: str) -> None:
        """The next piece, free of control characters."""


class Exchange:
    """Runs one reply from the request to its end.

    The reply's row must exist already; it is written as it grows and once more as it ended, in
    every outcome, also when the task that runs it is cancelled.
    """

    def __init__(
        self,
        *,
        connect: Callable[[], Awaitable[GatewayClient]],
        store: ConversationStore,
        turn: Turn,
        reply: Reply,
        settings: ChatSettings,
        kind: str = "chat",
        listener: ReplyListener,
        renew_key: Callable[[], Awaitable[None]],
        store_failed: Callable[[sqlite3.Error], None],
    ) -> None:
        """Prepares the exchange; `run` starts it.

        Args:
            connect: waits for the gateway; raises `GatewayUnreachable` when none will come.
            store: which holds the turn.
            turn: whose prompt is sent.
            reply: the reply of the turn that is asked for.
            settings: how the conversation is talked with.
            kind: of the model, as the catalogue has it.
            listener: shows what arrives.
            renew_key: gets the app another key when the gateway refuses the one it has.
            store_failed: told when the reply cannot be written down.
        """
        self._connect = connect
        self._store = store
        self._turn = turn
        self._reply = reply
        self._settings = settings
        self._kind = kind
        self._listener = listener
        self._renew_key = renew_key
        self._store_failed = store_failed
        self._journal = ReplyJournal(store, reply.id, store_failed)
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._calls = GatheredCalls()
        self._audio: list[bytes] = []
        self._request_id: str | None = None
        self._finish_reason: str | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ended_as: ReplyState | None = None

    def stop(self) -> None:
        """Hangs up at the reader's wish. What has arrived is kept."""
        self._end_as(ReplyState.STOPPED)

    def interrupt(self) -> None:
        """Hangs up because the app ends. What has arrived is kept."""
        self._end_as(ReplyState.INTERRUPTED)

    def _end_as(self, state: ReplyState) -> None:
        if self._ended_as is None:
            self._ended_as = state
            if self._reading is not None:
                self._reading.cancel()

    async def run(self) -> Reply:
        """Asks, reads to the end and writes the outcome down.

        Returns:
            The reply as it ended, without its stats.
        """
        failure: Failure | None = None
        state = ReplyState.COMPLETED
        cancelled: asyncio.CancelledError | None = None
        if self._ended_as is None:
            self._reading = asyncio.create_task(self._read(), name="reply stream")
            try:
                await self._reading
            except asyncio.CancelledError as error:
                if self._ended_as is None:
                    # Nobody asked for it: the task that runs this is being taken down.
                    self._ended_as = ReplyState.INTERRUPTED
                    self._reading.cancel()
                    cancelled = error
            except GatewayRefused as error:
                state, failure = ReplyState.FAILED, _refusal(error)
                self._request_id = self._request_id or error.request_id
            except GatewayUnreachable as error:
                state, failure = self._lost(error)
            except sqlite3.Error as error:
                message = f"The conversation so far cannot be read ({error})."
                state, failure = ReplyState.FAILED, Failure("store_failed", message)
        reply = replace(
            self._reply,
            state=self._ended_as or state,
            text="".join(self._text),
            reasoning="".join(self._reasoning),
            finish_reason=self._finish_reason,
            request_id=self._request_id,
            failure=failure,
            calls=self._calls.whole(),
        )
        await self._journal.close()
        try:
            if self._audio:
                reply = replace(reply, audio=await self._keep_audio())
            await self._store.end(reply)
        except sqlite3.Error as error:
            self._store_failed(error)
        if cancelled is not None:
            raise cancelled
        return reply

    async def _read(self) -> None:
        body = await request_body(
            self._store, self._turn, self._settings, lane=self._reply.lane, kind=self._kind
        )
        client = await self._connect()
        try:
            await self._read_once(client, body)
        except GatewayRefused as error:
            # A revoked key is replaced once; a second refusal is the gateway's last word.
            if error.status != 401 or self._text or self._audio:
                raise
            await self._renew_key()
            await self._read_once(client, body)

    async def _read_once(self, client: GatewayClient, body: dict[str, object]) -> None:
        async with client.chat(body) as stream:
            self._request_id = stream.request_id
            async for part in stream:
                match part:
                    case TextDelta(text):
                        self._take(text=storable(text))
                    case ReasoningDelta(text):
                        self._take(reasoning=storable(text))
                    case LoadingNotice(what):
                        self._listener.model_loading(what)
                    case Finished(reason):
                        self._finish_reason = reason
                    case ToolCallPiece():
                        self._calls.take(part)
                    case AudioPiece(data):
                        self._audio.append(data)

    def _take(self, text: str = "", reasoning: str = "") -> None:
        self._text.append(text)
        self._reasoning.append(reasoning)
        self._journal.add(text, reasoning)
        self._listener.grew(text, reasoning)

    async def _keep_audio(self) -> ReplyAudio:
        data = b"".join(self._audio)
        sha = await self._store.put_blob(data)
        return ReplyAudio(sha, sound_or_image(data) or "audio/wav", len(data))

    def _lost(self, error: GatewayUnreachable) -> tuple[ReplyState, Failure]:
        if error.cut:
            failure = Failure("cut", "The connection to the gateway broke off before the end.")
            return ReplyState.INTERRUPTED, failure
        return ReplyState.FAILED, Failure("unreachable", str(error))


async def fetch_stats(client: GatewayClient, request_id: str) -> ReplyStats | None:
    """What a request used and cost; None when the gateway does not say within seconds."""
    for pause in (*USAGE_PAUSES_S, None):
        try:
            row = await client.usage.row(request_id)
        except GatewayUnreachable:
            return None
        except GatewayRefused as error:
            if error.status != 404:
                return None
        else:
            if row.state != "open":
                return _stats(row)
        if pause is not None:
            await asyncio.sleep(pause)
    return None


def _stats(row: UsageRow) -> ReplyStats:
    return ReplyStats(
        prompt_tokens=row.prompt_tokens,
        output_tokens=row.output_tokens,
        first_token_ms=row.first_token_ms,
        duration_ms=row.duration_ms,
        cost_nano=row.cost_nano,
    )


def _refusal(error: GatewayRefused) -> Failure:
    return Failure(error.code, error.message, error.param, error.status, error.retry_after)
