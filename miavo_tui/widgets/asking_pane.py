"""The part of a conversation on the screen that asks models: their replies come and end here."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from time import monotonic

from textual import work

from miavo_tui.client import GatewayClient, GatewayUnreachable
from miavo_tui.conversations.exchange import Exchange, fetch_stats
from miavo_tui.conversations.records import Attachment, Reply, ToolResult, Turn
from miavo_tui.link import Phase
from miavo_tui.widgets.chat_trouble import returns_prompt
from miavo_tui.widgets.conversation_pane import ConversationPane
from miavo_tui.widgets.reply import ReplyView
from miavo_tui.widgets.transcript import PAGE

__all__ = ["AskingPane"]

GATEWAY_POLL_S = 0.05
GATEWAY_PATIENCE_S = 20.0
"""How long a prompt sent before the gateway is up waits for it."""


class AskingPane(ConversationPane):
    """A conversation whose models answer, one or several side by side."""

    def __init__(self) -> None:
        """Nothing is asked yet."""
        super().__init__()
        self._exchanges: dict[int, Exchange] = {}
        self._replying: asyncio.Task[None] | None = None
        self._leaving = False
        self._turning = False
        """Whether the reply under way is stopped for another conversation."""

    @abstractmethod
    def _show_keys(self) -> None:
        """Shows what keys do now: a reply has begun or ended."""

    @property
    def busy(self) -> bool:
        """Whether a reply is under way."""
        return self._replying is not None and not self._replying.done()

    def stop(self) -> None:
        """Hangs up; what has arrived of the replies is kept."""
        for exchange in self._exchanges.values():
            exchange.stop()

    async def _end_replies(self) -> None:
        self.stop()
        self._turning = True
        try:
            if self._replying is not None:
                await asyncio.wait({self._replying})
        finally:
            self._turning = False

    async def _interrupt_replies(self) -> None:
        """Ends what is under way for good: the app is closing."""
        self._leaving = True
        for exchange in self._exchanges.values():
            exchange.interrupt()
        if self._replying is not None:
            await asyncio.wait({self._replying})

    def _start(self, asking: Coroutine[None, None, None]) -> None:
        # A task of its own and not a worker: workers are cancelled while the app closes, and the
        # reply must then still be written down.
        self._replying = asyncio.create_task(asking, name="chat reply")
        self._watch_reply(self._replying)

    @work
    async def _watch_reply(self, replying: asyncio.Task[None]) -> None:
        self._show_keys()
        try:
            await asyncio.shield(replying)
        finally:
            self._show_keys()

    async def _ask(
        self,
        prompt: str,
        *,
        attachments: Sequence[Attachment] = (),
        results: Sequence[ToolResult] = (),
        instead_of: Turn | None = None,
    ) -> None:
        talk = await self.talk()
        turn = await talk.begin(
            prompt,
            self.model,
            beside=self.beside,
            attachments=attachments,
            results=results,
            instead_of=instead_of,
        )
        if prompt:
            self.composer.last_prompt = prompt
        self.welcome.display, self.transcript.display = False, True
        if instead_of is None and not self.transcript.later.count:
            views = await self.transcript.add(turn)
        else:
            # What followed the other version is left behind, or the end was out of sight.
            views = await self.transcript.show(*await talk.tail(PAGE), live=True)
        await self._reply(turn, views)

    async def _ask_again(self, turn: Turn) -> None:
        talk = await self.talk()
        turn = await talk.again(turn, self.model, self.beside)
        await self._reply(turn, await self.transcript.ask_again(turn))

    async def _reply(self, turn: Turn, views: Sequence[ReplyView]) -> None:
        await asyncio.gather(*(self._reply_in_lane(turn, view) for view in views))

    async def _reply_in_lane(self, turn: Turn, view: ReplyView) -> None:
        talk = await self.talk()
        asked = view.reply
        card = self.app.model(asked.model)
        exchange = self._exchanges[asked.id] = Exchange(
            connect=self._connected,
            store=talk.store,
            turn=turn,
            reply=asked,
            settings=talk.settings,
            kind=card.kind if card is not None else "chat",
            listener=view,
            renew_key=self.app.renew_key,
            store_failed=talk.failed,
        )
        if self._turning or self._leaving:
            exchange.stop()
        try:
            reply = await exchange.run()
        finally:
            self._exchanges.pop(asked.id, None)
        if self._leaving:
            return
        await self._show_ended(turn, view, reply)
        if reply.failure is not None and reply.failure.status is None:
            self.app.look_at_link()
        if reply.failure is None or reply.text:
            self._fetch_stats(view, reply)

    async def _show_ended(self, turn: Turn, view: ReplyView, reply: Reply) -> None:
        await view.end(reply)
        self._update_turn(reply)
        failure = reply.failure
        if failure is None or reply.text or not returns_prompt(failure) or self._turning:
            return
        if not self.composer.text and not turn.beside:
            self.composer.put(turn.prompt)
            self.attached.put(turn.attachments)

    @work
    async def _fetch_stats(self, view: ReplyView, reply: Reply) -> None:
        if reply.request_id is None:
            return
        try:
            client = await self._connected()
        except GatewayUnreachable:
            return
        stats = await fetch_stats(client, reply.request_id)
        if stats is None:
            return
        reply = replace(reply, stats=stats)
        view.show(reply)
        self._update_turn(reply)
        await (await self.talk()).set_stats(reply)

    def _update_turn(self, reply: Reply) -> None:
        for view in self.transcript.turn_views:
            if any(each.id == reply.id for each in view.turn.lanes):
                view.having(reply)

    async def _connected(self) -> GatewayClient:
        """The client, once the gateway is up and the app has its key."""
        deadline = monotonic() + GATEWAY_PATIENCE_S
        while monotonic() < deadline:
            client, link = self.app.client, self.app.link
            if client is not None and client.api_key is not None:
                return client
            if link.phase is Phase.FAILED:
                raise GatewayUnreachable(link.detail or "The gateway did not start.")
            await asyncio.sleep(GATEWAY_POLL_S)
        raise GatewayUnreachable("The gateway did not answer in time.")
