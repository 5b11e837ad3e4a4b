"""A conversation on the screen: opened, left, branched, read back into the past."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual import getters, on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from miavo_tui.conversations.open_conversation import OpenConversation
from miavo_tui.conversations.records import Reply, Turn
from miavo_tui.conversations.settings import ChatSettings
from miavo_tui.conversations.store import ConversationStore
from miavo_tui.widgets.attachment_bar import AttachmentBar
from miavo_tui.widgets.chat_welcome import ChatWelcome
from miavo_tui.widgets.composer import Composer
from miavo_tui.widgets.reply import ReplyView
from miavo_tui.widgets.transcript import MOST_MOUNTED, PAGE, Transcript

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["ConversationPane"]


class ConversationPane(Vertical):
    """One of the conversations, and where the next prompt is written.

    Attributes:
        model: the slug that answers the next prompt.
        beside: further slugs that answer it, side by side.
        welcome: what is shown before the first prompt.
        transcript: the turns.
        attached: what goes with the next prompt.
        composer: where the next prompt is written.
    """

    if TYPE_CHECKING:
        app = getters.app(MiavoApp)

    def __init__(self) -> None:
        super().__init__()
        self.model = ""
        self.beside: tuple[str, ...] = ()
        # Held and not looked up: they are needed before the inner containers have composed.
        self.welcome = ChatWelcome()
        self.transcript = Transcript()
        self.attached = AttachmentBar()
        self.composer = Composer()
        self._news = Static(id="chat-news", markup=False)
        self._talk: OpenConversation | None = None
        self._talk_opened = asyncio.Event()
        self._reading_back = asyncio.Lock()

    @dataclass
    class Changed(Message):
        """A reply began or ended, or another conversation is shown."""

    @dataclass
    class ModelRestored(Message):
        """The conversation taken up again had been with this model, or with several."""

        slug: str
        slugs: tuple[str, ...]

    @dataclass
    class Unkept(Message):
        """Nothing is written down from now on."""

        why: str

    def compose(self) -> ComposeResult:
        """The turns, or what stands for them while there are none; the composer."""
        with Vertical(id="chat-body"):
            yield self.welcome
            yield self.transcript
            yield self._news
        with Vertical(id="chat-composer"):
            yield self.attached
            yield self.composer

    @property
    def opened(self) -> bool:
        """Whether the conversation has been read from the store."""
        return self._talk_opened.is_set()

    @property
    def last_reply(self) -> str | None:
        """The text of the last reply; None while nothing has been said."""
        views = self.query(ReplyView)
        return views.last().body.source if views else None

    @property
    def conversation_id(self) -> str | None:
        """The open conversation's; None until its first prompt, and until the store is open."""
        return self._talk.id if self._talk is not None else None

    @property
    def settings(self) -> ChatSettings:
        """How the open conversation is talked with."""
        return self._talk.settings if self._talk is not None else ChatSettings()

    async def talk(self) -> OpenConversation:
        """The open conversation, once the store has been read."""
        await self._talk_opened.wait()
        assert self._talk is not None
        return self._talk

    def start_anew(self) -> None:
        """Leaves this conversation for an empty one; a running reply is stopped.

        What was typed while the reply ran was meant to follow it: it is put aside.
        """
        if self.busy and self.composer.text:
            self.composer.put("")
            self.notify("Your draft is put aside: ctrl+z brings it back.", timeout=4)
        self._turn_over(None)

    def open_conversation(self, conversation_id: str, turn_id: int | None = None) -> None:
        """Shows another conversation; a running reply is stopped.

        Args:
            conversation_id: which one.
            turn_id: a turn to go to; else the end.
        """
        self._turn_over(conversation_id, turn_id)

    @work(exclusive=True, group="conversation")
    async def _turn_over(self, conversation_id: str | None, turn_id: int | None = None) -> None:
        if conversation_id is None:
            await self.leave_conversation()
            return
        await self._end_replies()
        talk = await self.talk()
        if turn_id is not None:
            await talk.do(lambda store: store.bring_into_view(turn_id))
        found = await talk.open_another(conversation_id)
        if found is None:
            self.notify("This conversation is gone.", severity="warning")
            return
        await talk.keep_draft(self.composer.text, self.attached.attachments)
        self.post_message(self.ModelRestored(found.model, found.models))
        await self._show_path(turn_id)
        self.composer.focus()

    async def leave_conversation(self) -> None:
        """Shows an empty conversation; a running reply is stopped."""
        await self._end_replies()
        talk = await self.talk()
        await talk.leave(self.composer.text, self.attached.attachments)
        await self._show_path()
        self.composer.focus()

    @work(exclusive=True, group="conversation")
    async def show_version(self, turn: Turn, by: int) -> None:
        """Shows another version of a prompt, and what followed it."""
        if self.busy:
            self._tell_busy()
            return
        talk = await self.talk()
        if not await talk.do(lambda store: store.turn_to_version(turn, by)):
            return
        await self._show_path()
        for view in self.transcript.turn_views:
            if view.turn.depth == turn.depth:
                view.stops[0].focus()

    @work(exclusive=True, group="conversation")
    async def show_reply(self, reply: Reply, by: int) -> None:
        """Shows the reply that was given before or after one, to the same prompt."""
        talk = await self.talk()
        view = self.transcript.view_of(reply.turn_id)
        other = await talk.do(lambda store: store.turn_to_reply(reply, by))
        if view is not None and other is not None:
            await view.replace_reply(other)
            self._show_keys()

    @work(exclusive=True, group="conversation")
    async def branch(self, turn: Turn, *, before: bool) -> None:
        """Goes on in a conversation of its own.

        Args:
            turn: the turn branched from.
            before: whether its prompt is left out, to be written anew.
        """
        if self.busy:
            self._tell_busy()
            return
        talk = await self.talk()
        parent = turn.parent_id if before else turn.id
        if parent is None:
            self.start_anew()
        else:
            branched = await talk.do(lambda store: store.shelf.branch(parent))
            self.open_conversation(branched.id)
            self.notify("A conversation of its own: the other one stays as it was.", timeout=4)
        if before:
            self.composer.put(turn.prompt)
            self.attached.put(turn.attachments)

    @work(exclusive=True, group="conversation")
    async def choose(self, reply: Reply) -> None:
        """Goes on with one of the models asked side by side."""
        if self.busy:
            self._tell_busy()
            return
        talk = await self.talk()
        view = self.transcript.view_of(reply.turn_id)
        if view is None:
            return
        turn = view.turn
        await talk.do(lambda store: store.choose_lane(turn, reply.lane))
        for each in self.transcript.turn_views:
            if each.turn.lane is None and any(lane.lane == reply.lane for lane in each.turn.lanes):
                each.turn = await talk.do(partial(_turn, each.turn.id))
                each.choose(reply.lane)
        self.post_message(self.ModelRestored(reply.model, ()))
        self._show_keys()
        self.composer.focus()

    @on(Transcript.EarlierWanted)
    @work(group="conversation")
    async def _earlier_wanted(self) -> None:
        talk = await self.talk()
        # Asked for twice, two pages come, one after the other.
        async with self._reading_back:
            views = self.transcript.turn_views
            if views and self.transcript.earlier.count:
                turns, earlier = await talk.tail(PAGE, before=views[0].turn.id)
                await self.transcript.prepend(turns, earlier, trim=not self.busy)

    @on(Transcript.LatestWanted)
    @work(exclusive=True, group="conversation")
    async def _latest_wanted(self) -> None:
        await self.to_latest()

    async def to_latest(self) -> None:
        """Shows the end of the conversation again, if it has been let go of."""
        if self.transcript.later.count:
            await self._show_path()

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
            self.post_message(self.ModelRestored(desk.conversation.model, desk.conversation.models))
        if desk.draft and not self.composer.text:
            self.composer.put(desk.draft)
        if desk.attachments and not self.attached.attachments:
            self.attached.put(desk.attachments)
        await self._show_path()
        self._talk_opened.set()
        self._show_keys()

    async def _show_path(self, turn_id: int | None = None) -> None:
        """Shows the path in view, at its end or at a turn of it."""
        assert self._talk is not None
        talk, count = self._talk, PAGE
        if turn_id is not None:
            tail, _ = await talk.tail(1)
            sought = await talk.do(lambda store: store.turn(turn_id))
            if tail and tail[-1].depth - sought.depth < MOST_MOUNTED:
                count = max(PAGE, tail[-1].depth - sought.depth + 2)
        await self.transcript.show(*await talk.tail(count))
        views = self.transcript.turn_views
        if views:
            self.composer.last_prompt = views[-1].turn.prompt
            for reply_view in views[-1].reply_views:
                if reply_view.reply.stats is None:
                    # The app ended before it could ask.
                    self._fetch_stats(reply_view, reply_view.reply)
        self._show_welcome()
        if turn_id is not None and (view := self.transcript.view_of(turn_id)) is not None:
            self.transcript.release_anchor()
            self.call_after_refresh(self.transcript.scroll_to_widget, view, animate=False, top=True)

    def _tell_busy(self) -> None:
        self.notify(
            self.app.with_keys("A reply is under way: <chat.stop> stops it.", self), timeout=3
        )

    def _tell_unkept(self, why: str) -> None:
        self.post_message(self.Unkept(why))

    def _show_welcome(self) -> None:
        empty = not self.transcript.turn_views
        self.welcome.display = empty
        self.transcript.display = not empty
        self._show_keys()

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
        if event.news:
            key = self.app.key_of("chat.to-end", self)
            self._news.update(Content.assemble("↓ new below · ", (key, "bold $primary")))
        self._news.display = event.news

    # What a conversation needs of whoever talks in it.

    @property
    def busy(self) -> bool:
        """Whether a reply is under way."""
        raise NotImplementedError

    async def _end_replies(self) -> None:
        """Stops what is under way and waits until it is written down."""
        raise NotImplementedError

    def _fetch_stats(self, view: ReplyView, reply: Reply) -> object:
        """Asks what a reply used and cost."""
        raise NotImplementedError

    def _show_keys(self) -> None:
        """Shows what can be done now."""
        raise NotImplementedError


async def _turn(turn_id: int, store: ConversationStore) -> Turn:
    return await store.turn(turn_id)
