"""The conversation on the screen: what was said, what is being written, and what runs between."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
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
from miavo_tui.conversations.attachments import AttachmentProblem, are_files, load
from miavo_tui.conversations.exchange import Exchange, fetch_stats
from miavo_tui.conversations.open_conversation import OpenConversation
from miavo_tui.conversations.records import (
    Attachment,
    Reply,
    ReplyState,
    ToolCall,
    ToolResult,
    Turn,
)
from miavo_tui.conversations.settings import ChatSettings
from miavo_tui.conversations.store import ConversationStore
from miavo_tui.link import Phase
from miavo_tui.model_card import ModelCard
from miavo_tui.plain_text import storable
from miavo_tui.widgets.attachment_bar import AttachmentBar, refusal_of_attachments
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
MOST_SHOWN = 200
"""Turns mounted at the most to reach one that was searched for."""
GATEWAY_POLL_S = 0.05
GATEWAY_PATIENCE_S = 20.0
"""How long a prompt sent before the gateway is up waits for it."""


class ChatPane(Vertical):
    """One conversation and the composer below it.

    Attributes:
        model: the slug that answers the next prompt.
        beside: further slugs that answer it, side by side.
        editing: the turn whose prompt is being written anew.
        welcome: what is shown before the first prompt.
        transcript: the turns.
        attached: what goes with the next prompt.
        composer: where the next prompt is written.
    """

    if TYPE_CHECKING:
        app = getters.app(MiavoApp)

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

    def __init__(self) -> None:
        super().__init__()
        self.model = ""
        self.beside: tuple[str, ...] = ()
        # Held and not looked up: they are needed before the inner containers have composed.
        self.welcome = ChatWelcome()
        self.transcript = Transcript()
        self.attached = AttachmentBar()
        self.composer = Composer()
        self.editing: Turn | None = None
        self._news = Static(
            Content.assemble("↓ new below · ", ("end", "bold $primary")), id="chat-news"
        )
        self._talk: OpenConversation | None = None
        self._talk_opened = asyncio.Event()
        self._exchanges: dict[int, Exchange] = {}
        self._replying: asyncio.Task[None] | None = None
        self._leaving = False
        self._turning = False
        """Whether the reply under way is stopped for another conversation."""
        self._draft = ""
        self._draft_timer: Timer | None = None
        self._put_aside = ""
        """What was typed before a prompt was taken up to be edited."""

    def compose(self) -> ComposeResult:
        """The turns, or what stands for them while there are none; the composer."""
        with Vertical(id="chat-body"):
            yield self.welcome
            yield self.transcript
            yield self._news
        with Vertical(id="chat-composer"):
            yield self.attached
            yield self.composer

    def on_mount(self) -> None:
        """Opens the store while the composer can already be typed into."""
        self.welcome.display = False
        self._show_keys()
        self.call_after_refresh(self._open)

    async def on_unmount(self) -> None:
        """Ends running replies and writes everything down before the app is gone."""
        self._leaving = True
        for exchange in self._exchanges.values():
            exchange.interrupt()
        if self._replying is not None:
            await asyncio.wait({self._replying})
        if self._talk is not None:
            await self._talk.keep_draft(self._draft, self.attached.attachments)
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

    @property
    def conversation_id(self) -> str | None:
        """The open conversation's; None until its first prompt, and until the store is open."""
        return self._talk.id if self._talk is not None else None

    @property
    def settings(self) -> ChatSettings:
        """How the open conversation is talked with."""
        return self._talk.settings if self._talk is not None else ChatSettings()

    @property
    def waiting_calls(self) -> tuple[ToolCall, ...]:
        """The calls of the last reply that the model waits for."""
        views = self.transcript.turn_views
        if self.busy or not views:
            return ()
        turn = views[-1].turn
        # Of models asked side by side one has to be chosen first.
        ready = turn.lane is not None and turn.reply.state is ReplyState.COMPLETED
        return turn.reply.calls if ready else ()

    async def talk(self) -> OpenConversation:
        """The open conversation, once the store has been read."""
        await self._talk_opened.wait()
        assert self._talk is not None
        return self._talk

    def stop(self) -> None:
        """Hangs up; what has arrived of the replies is kept."""
        for exchange in self._exchanges.values():
            exchange.stop()

    def regenerate(self) -> None:
        """Asks for another reply to the last prompt."""
        turn = self.transcript.turn_views[-1].turn
        if self.composer.text == turn.prompt:
            # It had come back to be changed; sent as it was, it is no draft.
            self.composer.put("")
            self.attached.put(())
        if refusal := self._refusal(turn.attachments):
            self.notify(refusal, severity="warning", timeout=6, markup=False)
            return
        self._start(self._ask_again(turn))

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

    async def _end_replies(self) -> None:
        self.end_editing()
        self.stop()
        self._turning = True
        try:
            if self._replying is not None:
                await asyncio.wait({self._replying})
        finally:
            self._turning = False

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

    def edit(self, turn: Turn) -> None:
        """Takes a prompt up to be changed and sent again, beside what it was."""
        if self.busy:
            self._tell_busy()
            return
        if self.editing is None:
            self._put_aside = self.composer.text
        self.editing = turn
        self.composer.put(turn.prompt)
        self.attached.put(turn.attachments)
        self.composer.focus()
        self._show_keys()

    def end_editing(self) -> None:
        """Leaves the prompt as it was; what was typed before is back."""
        if self.editing is not None:
            self.editing = None
            self.attached.put(())
            self.composer.put(self._put_aside)
            self._show_keys()

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

    def use_models(self, slugs: Sequence[str]) -> None:
        """Lets one model, or several side by side, answer from the next prompt on."""
        self.model, self.beside = slugs[0], tuple(slugs[1:])
        self._check_attachments()
        self._keep_models(self.model, self.beside)

    def answer_calls(self, results: Sequence[ToolResult]) -> None:
        """Sends what the calls of the last reply came back with."""
        self._start(self._ask("", results=results))

    async def attach(self, paths: Sequence[Path]) -> None:
        """Attaches files; says what is wrong with those that cannot be."""
        talk = await self.talk()
        for path in paths:
            try:
                file = await asyncio.to_thread(load, path)
            except AttachmentProblem as problem:
                self.notify(str(problem), severity="warning", timeout=6, markup=False)
                continue
            data = file.data
            sha = await talk.do(partial(_put_blob, data))
            attachment = Attachment(sha, storable(file.name), file.mime, len(data))
            if attachment not in self.attached.attachments:
                self.attached.put((*self.attached.attachments, attachment))

    @on(Composer.Submitted)
    def _submitted(self, event: Composer.Submitted) -> None:
        if event.text or self.attached.attachments:
            self._send(event.text)

    @on(Composer.FilesPasted)
    @work
    async def _files_pasted(self, event: Composer.FilesPasted) -> None:
        if await asyncio.to_thread(are_files, event.paths):
            await self.attach(event.paths)
        else:
            self.composer.insert(event.text)

    @on(AttachmentBar.Changed)
    def _attachments_changed(self) -> None:
        self._check_attachments()
        self._typed()

    @on(ChatWelcome.Picked)
    def _example_picked(self, event: ChatWelcome.Picked) -> None:
        self.composer.focus()
        self._send(event.prompt)

    @on(TextArea.Changed, "#composer")
    def _typed(self) -> None:
        # A prompt that is being edited is kept as it was: only what was typed before is a draft.
        self._draft = self.composer.text if self.editing is None else self._put_aside
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
        talk = await self.talk()
        await self.transcript.prepend(*await talk.tail(PAGE, before=event.before))

    @on(Transcript.LeftBelow)
    def _left_below(self) -> None:
        self.composer.focus()

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
            if tail and tail[-1].depth - sought.depth < MOST_SHOWN:
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

    def _send(self, prompt: str) -> None:
        if self.busy:
            self._tell_busy()
            return
        attachments = self.attached.attachments
        if refusal := self._refusal(attachments):
            self.notify(refusal, severity="warning", timeout=6, markup=False)
            return
        instead_of, self.editing = self.editing, None
        if instead_of is not None or self.composer.text.strip() == prompt:
            # At once, for the next words may be typed before the prompt is on disk; until then
            # the draft kept there still holds it.
            self.composer.put(self._put_aside if instead_of is not None else "")
        self._put_aside = ""
        self.attached.put(())
        self._start(self._ask(prompt, attachments=attachments, instead_of=instead_of))

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
        if instead_of is None:
            views = await self.transcript.add(turn)
        else:
            # What followed the other version is left behind.
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
        card = self._card(asked.model)
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

    @work(exclusive=True, group="draft")
    async def _keep_draft(self) -> None:
        attachments = self.attached.attachments if self.editing is None else ()
        await (await self.talk()).keep_draft(self._draft, attachments)

    @work(exclusive=True, group="model")
    async def _keep_models(self, model: str, beside: tuple[str, ...]) -> None:
        await (await self.talk()).set_models(model, (model, *beside) if beside else ())

    def _card(self, slug: str) -> ModelCard | None:
        return next((card for card in self.app.models if card.slug == slug), None)

    def _refusal(self, attachments: Sequence[Attachment]) -> str | None:
        """Why the models that would answer cannot take the attachments."""
        cards = [card for slug in (self.model, *self.beside) if (card := self._card(slug))]
        return refusal_of_attachments(attachments, cards)

    def _check_attachments(self) -> None:
        self.attached.warn(self._refusal(self.attached.attachments))

    def _tell_busy(self) -> None:
        self.notify("A reply is under way: Esc stops it.", timeout=3)

    def _tell_unkept(self, why: str) -> None:
        self.post_message(self.Unkept(why))

    def _show_welcome(self) -> None:
        empty = not self.transcript.turn_views
        self.welcome.display = empty
        self.transcript.display = not empty
        self._show_keys()

    def _show_keys(self) -> None:
        editing = self.editing is not None
        self.composer.border_title = "editing: sent beside what it was" if editing else ""
        if self.busy:
            self.composer.border_subtitle = "esc stops the reply"
        elif editing:
            self.composer.border_subtitle = "enter sends · esc leaves it as it was"
        else:
            self.composer.border_subtitle = "enter sends · ctrl+j new line"
        waiting = self.waiting_calls
        for reply_view in self.transcript.query(ReplyView):
            if reply_view.reply.calls:
                reply_view.wait_for_results(reply_view.reply.calls == waiting)
        self.post_message(self.Changed())


async def _turn(turn_id: int, store: ConversationStore) -> Turn:
    return await store.turn(turn_id)


async def _put_blob(data: bytes, store: ConversationStore) -> str:
    return await store.put_blob(data)
