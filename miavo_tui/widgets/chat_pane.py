"""The conversation on the screen: what was said, what is being written, and what runs between."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING

from textual import getters, on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static, TextArea

from miavo_tui.client import GatewayClient, GatewayUnreachable
from miavo_tui.conversations.exchange import Exchange, fetch_stats
from miavo_tui.conversations.open_conversation import OpenConversation
from miavo_tui.conversations.records import Reply, Turn
from miavo_tui.link import Phase
from miavo_tui.widgets.chat_trouble import returns_prompt
from miavo_tui.widgets.chat_welcome import ChatWelcome
from miavo_tui.widgets.composer import Composer
from miavo_tui.widgets.reply import ReplyView
from miavo_tui.widgets.transcript import PAGE, Transcript

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["ChatPane"]

DRAFT_PAUSE_S = 0.3
"""After the last key before a draft is written down."""
GATEWAY_POLL_S = 0.05
GATEWAY_PATIENCE_S = 20.0
"""How long a prompt sent before the gateway is up waits for it."""


class ChatPane(Vertical):
    """One conversation and the composer below it.

    Attributes:
        model: the slug that answers the next prompt.
        welcome: what is shown before the first prompt.
        transcript: the turns.
        composer: where the next prompt is written.
    """

    if TYPE_CHECKING:
        app = getters.app(MiavoApp)

    @dataclass
    class Changed(Message):
        """A reply began or ended, or another conversation is shown."""

    @dataclass
    class ModelRestored(Message):
        """The conversation taken up again had been with this model."""

        slug: str

    @dataclass
    class Unkept(Message):
        """Nothing is written down from now on."""

        why: str

    def __init__(self) -> None:
        super().__init__()
        self.model = ""
        # Held and not looked up: they are needed before the inner containers have composed.
        self.welcome = ChatWelcome()
        self.transcript = Transcript()
        self.composer = Composer()
        self._news = Static(
            Content.assemble("↓ new below · ", ("end", "bold $primary")), id="chat-news"
        )
        self._talk: OpenConversation | None = None
        self._talk_opened = asyncio.Event()
        self._exchange: Exchange | None = None
        self._replying: asyncio.Task[None] | None = None
        self._leaving = False
        self._turning = False
        """Whether the reply under way is stopped for a new conversation."""
        self._draft = ""
        self._draft_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """The turns, or what stands for them while there are none; the composer."""
        with Vertical(id="chat-body"):
            yield self.welcome
            yield self.transcript
            yield self._news
        with Vertical(id="chat-composer"):
            yield self.composer

    def on_mount(self) -> None:
        """Opens the store while the composer can already be typed into."""
        self.welcome.display = False
        self._show_keys()
        self.call_after_refresh(self._open)

    async def on_unmount(self) -> None:
        """Ends a running reply and writes everything down before the app is gone."""
        self._leaving = True
        if self._exchange is not None:
            self._exchange.interrupt()
        if self._replying is not None:
            await asyncio.wait({self._replying})
        if self._talk is not None:
            await self._talk.keep_draft(self._draft)
            await self._talk.close()

    @property
    def opened(self) -> bool:
        """Whether the conversation has been read from the store."""
        return self._talk_opened.is_set()

    @property
    def busy(self) -> bool:
        """Whether a reply is under way."""
        return self._replying is not None and not self._replying.done()

    @property
    def last_reply(self) -> str | None:
        """The text of the last reply; None while nothing has been said."""
        views = self.query(ReplyView)
        return views.last().body.source if views else None

    def stop(self) -> None:
        """Hangs up; what has arrived of the reply is kept."""
        if self._exchange is not None:
            self._exchange.stop()

    def regenerate(self) -> None:
        """Asks for another reply to the last prompt."""
        turn = self.transcript.turn_views[-1].turn
        if self.composer.text == turn.prompt:
            # It had come back to be changed; sent as it was, it is no draft.
            self.composer.put("")
        self._start(self._ask_again(turn))

    def start_anew(self) -> None:
        """Leaves this conversation for an empty one; a running reply is stopped.

        What was typed while the reply ran was meant to follow it: it is put aside.
        """
        if self.busy and self.composer.text:
            self.composer.put("")
            self.notify("Your draft is put aside: ctrl+z brings it back.", timeout=4)
        self.stop()
        self._turn_over()

    @work(exclusive=True, group="conversation")
    async def _turn_over(self) -> None:
        self._turning = True
        try:
            if self._replying is not None:
                await asyncio.wait({self._replying})
        finally:
            self._turning = False
        await (await self._opened()).leave(self.composer.text)
        await self.transcript.show((), 0)
        self._show_welcome()
        self.composer.focus()

    def use_model(self, slug: str) -> None:
        """Lets `slug` answer from the next prompt on."""
        self.model = slug
        self._keep_model(slug)

    @on(Composer.Submitted)
    def _submitted(self, event: Composer.Submitted) -> None:
        self._send(event.text)

    @on(ChatWelcome.Picked)
    def _example_picked(self, event: ChatWelcome.Picked) -> None:
        self.composer.focus()
        self._send(event.prompt)

    @on(TextArea.Changed, "#composer")
    def _typed(self) -> None:
        self._draft = self.composer.text
        if self._draft_timer is not None:
            self._draft_timer.stop()
        self._draft_timer = self.set_timer(DRAFT_PAUSE_S, self._keep_draft)

    @on(Composer.UpFromEmpty)
    def _up_from_empty(self) -> None:
        if self.welcome.display:
            self.welcome.focus_examples()

    @on(Composer.ScrollRequested)
    def _scroll(self, event: Composer.ScrollRequested) -> None:
        match event.action:
            case "page_up":
                self.transcript.scroll_page_up()
            case "page_down":
                self.transcript.scroll_page_down()
            case "home":
                self.transcript.scroll_home()
            case _:
                self.transcript.jump_to_end()

    @on(Transcript.NewsBelow)
    def _news_below(self, event: Transcript.NewsBelow) -> None:
        self._news.display = event.news

    @on(Transcript.EarlierWanted)
    @work(exclusive=True, group="conversation")
    async def _earlier_wanted(self, event: Transcript.EarlierWanted) -> None:
        talk = await self._opened()
        await self.transcript.prepend(*await talk.tail(PAGE, before=event.before))

    @work
    async def _open(self) -> None:
        talk = await OpenConversation.open(
            self.app.start.home,
            on_screen=lambda: tuple(view.turn for view in self.transcript.turn_views),
            unkept=self._tell_unkept,
        )
        self._talk = talk
        desk = await talk.take_desk()
        if desk.conversation is not None:
            self.post_message(self.ModelRestored(desk.conversation.model))
        if desk.draft and not self.composer.text:
            self.composer.put(desk.draft)
        await self.transcript.show(*await talk.tail(PAGE))
        if views := self.transcript.turn_views:
            last = views[-1]
            self.composer.last_prompt = last.turn.prompt
            if last.turn.reply.stats is None:
                # The app ended before it could ask.
                self._fetch_stats(last.turn, last.reply_view, last.turn.reply)
        self._show_welcome()
        self._talk_opened.set()

    async def _opened(self) -> OpenConversation:
        await self._talk_opened.wait()
        assert self._talk is not None
        return self._talk

    def _send(self, prompt: str) -> None:
        if self.busy:
            self.notify("A reply is under way: Esc stops it.", timeout=3)
            return
        if self.composer.text.strip() == prompt:
            # At once, for the next words may be typed before the prompt is on disk; until then
            # the draft kept there still holds it.
            self.composer.put("")
        self._start(self._ask(prompt))

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

    async def _ask(self, prompt: str) -> None:
        talk = await self._opened()
        turn = await talk.begin(prompt, self.model)
        self.composer.last_prompt = prompt
        self.welcome.display, self.transcript.display = False, True
        await self._reply(turn, await self.transcript.add(turn))

    async def _ask_again(self, turn: Turn) -> None:
        talk = await self._opened()
        turn = await talk.again(turn, self.model)
        await self._reply(turn, await self.transcript.replace_reply(turn))

    async def _reply(self, turn: Turn, view: ReplyView) -> None:
        talk = await self._opened()
        self._exchange = Exchange(
            connect=self._connected,
            store=talk.store,
            turn=turn,
            listener=view,
            renew_key=self.app.renew_key,
            store_failed=talk.failed,
        )
        reply = await self._exchange.run()
        self._exchange = None
        if self._leaving:
            return
        await self._show_ended(turn, view, reply)
        if reply.failure is not None and reply.failure.status is None:
            self.app.look_at_link()
        if reply.failure is None or reply.text:
            self._fetch_stats(turn, view, reply)

    async def _show_ended(self, turn: Turn, view: ReplyView, reply: Reply) -> None:
        await view.end(reply)
        self._update_turn(turn, reply)
        failure = reply.failure
        if failure is None or reply.text or not returns_prompt(failure) or self._turning:
            return
        if not self.composer.text:
            self.composer.put(turn.prompt)

    @work
    async def _fetch_stats(self, turn: Turn, view: ReplyView, reply: Reply) -> None:
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
        self._update_turn(turn, reply)
        await (await self._opened()).set_stats(reply)

    def _update_turn(self, turn: Turn, reply: Reply) -> None:
        for view in self.transcript.turn_views:
            if view.turn.reply.id == reply.id:
                view.turn = replace(turn, reply=reply)

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

    @work(exclusive=True, group="draft")
    async def _keep_draft(self) -> None:
        await (await self._opened()).keep_draft(self._draft)

    @work(exclusive=True, group="model")
    async def _keep_model(self, slug: str) -> None:
        await (await self._opened()).set_model(slug)

    def _tell_unkept(self, why: str) -> None:
        self.post_message(self.Unkept(why))

    def _show_welcome(self) -> None:
        empty = not self.transcript.turn_views
        self.welcome.display = empty
        self.transcript.display = not empty
        self._show_keys()

    def _show_keys(self) -> None:
        self.composer.border_subtitle = (
            "esc stops the reply" if self.busy else "enter sends · ctrl+j new line"
        )
        self.post_message(self.Changed())
