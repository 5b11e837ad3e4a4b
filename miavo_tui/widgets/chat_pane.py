"""The conversation on the screen: what was said, what is being written, and what runs between."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from textual import on, work
from textual.timer import Timer
from textual.widgets import TextArea

from miavo_tui.conversations.attachments import AttachmentProblem, are_files, load
from miavo_tui.conversations.records import (
    Attachment,
    ReplyState,
    ToolCall,
    ToolResult,
    Turn,
)
from miavo_tui.conversations.store import ConversationStore
from miavo_tui.plain_text import storable
from miavo_tui.widgets.asking_pane import AskingPane
from miavo_tui.widgets.attachment_bar import AttachmentBar, refusal_of_attachments
from miavo_tui.widgets.chat_welcome import ChatWelcome
from miavo_tui.widgets.composer import Composer
from miavo_tui.widgets.transcript import Transcript

__all__ = ["ChatPane"]

DRAFT_PAUSE_S = 0.3
"""After the last key before a draft is written down."""


class ChatPane(AskingPane):
    """One conversation and the talk in it.

    Attributes:
        editing: the turn whose prompt is being written anew.
    """

    def __init__(self) -> None:
        super().__init__()
        self.editing: Turn | None = None
        self._draft = ""
        self._draft_timer: Timer | None = None
        self._put_aside = ""
        """What was typed before a prompt was taken up to be edited."""

    def on_mount(self) -> None:
        """Opens the store while the composer can already be typed into."""
        self.welcome.display = False
        self._show_keys()
        self.call_after_refresh(self._open)

    async def on_unmount(self) -> None:
        """Ends running replies and writes everything down before the app is gone."""
        await self._interrupt_replies()
        if self._talk is not None:
            await self._talk.keep_draft(self._draft, self.attached.attachments)
            await self._talk.close()

    @property
    def waiting_calls(self) -> tuple[ToolCall, ...]:
        """The calls of the last reply that the model waits for."""
        views = self.transcript.turn_views
        if self.busy or not views or self.transcript.later.count:
            return ()
        turn = views[-1].turn
        # Of models asked side by side one has to be chosen first.
        ready = turn.lane is not None and turn.reply.state is ReplyState.COMPLETED
        return turn.reply.calls if ready else ()

    @work(exclusive=True, group="conversation")
    async def regenerate(self) -> None:
        """Asks for another reply to the last prompt."""
        await self.to_latest()
        turn = self.transcript.turn_views[-1].turn
        if self.composer.text == turn.prompt:
            # It had come back to be changed; sent as it was, it is no draft.
            self.composer.put("")
            self.attached.put(())
        if refusal := self._refusal(turn.attachments):
            self.notify(refusal, severity="warning", timeout=6, markup=False)
            return
        self._start(self._ask_again(turn))

    async def _end_replies(self) -> None:
        self.end_editing()
        await super()._end_replies()

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

    @on(Transcript.LeftBelow)
    def _left_below(self) -> None:
        self.composer.focus()

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

    @work(exclusive=True, group="draft")
    async def _keep_draft(self) -> None:
        attachments = self.attached.attachments if self.editing is None else ()
        await (await self.talk()).keep_draft(self._draft, attachments)

    @work(exclusive=True, group="model")
    async def _keep_models(self, model: str, beside: tuple[str, ...]) -> None:
        await (await self.talk()).set_models(model, (model, *beside) if beside else ())

    def _refusal(self, attachments: Sequence[Attachment]) -> str | None:
        """Why the models that would answer cannot take the attachments."""
        cards = [card for slug in (self.model, *self.beside) if (card := self.app.model(slug))]
        refusal = refusal_of_attachments(attachments, cards)
        return None if refusal is None else self.app.with_keys(refusal, self)

    def _check_attachments(self) -> None:
        self.attached.warn(self._refusal(self.attached.attachments))

    def _show_keys(self) -> None:
        editing = self.editing is not None
        self.composer.border_title = "editing: sent beside what it was" if editing else ""
        if self.busy:
            keys = "<chat.stop> stops the reply"
        elif editing:
            keys = "enter sends · <chat.leave-edit> leaves it as it was"
        else:
            keys = "enter sends · <chat.newline> new line"
        self.composer.border_subtitle = self.app.with_keys(keys, self.composer)
        waiting, views = self.waiting_calls, self.transcript.turn_views
        undecided = not self.busy and bool(views) and views[-1].turn.lane is None
        for view in views:
            for reply_view in view.reply_views:
                if not (calls := reply_view.reply.calls):
                    continue
                hint = ""
                if calls == waiting:
                    hint = self.app.with_keys("<chat.tools> answers; the model waits", self)
                elif undecided and view is views[-1]:
                    hint = self.app.with_keys(
                        "<chat.choose> goes on with this one, whose calls can then be answered",
                        reply_view,
                    )
                reply_view.say_how_to_answer(hint)
        self.post_message(self.Changed())


async def _put_blob(data: bytes, store: ConversationStore) -> str:
    return await store.put_blob(data)
