"""One reply in the transcript: arriving, arrived, or why it did not."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from miavo_tui.conversations.records import Reply, ReplyState
from miavo_tui.plain_text import printable_line
from miavo_tui.widgets.chat_calls import CallsView
from miavo_tui.widgets.chat_markdown import ModelMarkdown
from miavo_tui.widgets.chat_sound import SoundLine
from miavo_tui.widgets.chat_stats import ending_text, stats_text
from miavo_tui.widgets.chat_thought import ThoughtView
from miavo_tui.widgets.chat_trouble import headline, next_step

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["ReplyView"]

FRAME_S = 1 / 25
"""Between two updates of a growing reply."""
BREATHER = 2
"""Pauses at least this many times as long as the last update took: a long block is parsed anew
with each piece and a long transcript laid out anew, and typing must stay quick beside it."""
UNSEEN_PAUSE_S = 0.5
"""Between two updates while the reader looks elsewhere."""
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class ReplyView(Vertical, can_focus=True):
    """A reply with the model's name above and what it used below.

    While `live` it is fed by an exchange: it takes pieces at any rate and shows them at its own.
    """

    if TYPE_CHECKING:
        app = getters.app(MiavoApp)

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy_reply", "copy this", id="chat.copy-this", tooltip="Copy this reply"),
        Binding(
            "enter",
            "choose",
            "go on with this",
            id="chat.choose",
            tooltip="Go on with this one of those side by side",
        ),
        Binding("p", "play", "play", id="chat.play", tooltip="Play what the model said"),
        Binding("w", "save_sound", "save", id="chat.save-sound", tooltip="Save what it said"),
        Binding(
            "t", "thought", "thoughts", id="chat.thoughts", tooltip="Show or hide its thoughts"
        ),
        Binding(
            "b",
            "branch",
            "branch",
            id="chat.branch",
            tooltip="Go on from here in a conversation of its own",
        ),
        Binding(
            "left_square_bracket",
            "turn_to(-1)",
            "reply before",
            key_display="[",
            id="chat.reply-before",
            tooltip="The reply given before this one",
        ),
        Binding(
            "right_square_bracket",
            "turn_to(1)",
            "next reply",
            key_display="]",
            id="chat.next-reply",
            tooltip="The reply given after this one",
        ),
        Binding("left", "beside(-1)", "left", show=False, id="chat.left", tooltip="The left one"),
        Binding(
            "right", "beside(1)", "right", show=False, id="chat.right", tooltip="The right one"
        ),
    ]

    @dataclass
    class CopyRequested(Message):
        """The reader wants this reply in the clipboard."""

        text: str

    @dataclass
    class Wanted(Message):
        """The reader wants something done with this reply."""

        action: str
        """`choose`, `play`, `save`, `branch`, `before` or `after`."""
        reply: Reply

    @dataclass
    class Grew(Message):
        """More of a live reply has been shown."""

    def __init__(
        self,
        reply: Reply,
        *,
        live: bool = False,
        one_of_several: bool = False,
        chosen: bool = False,
    ) -> None:
        """Makes the view.

        Args:
            reply: what it shows.
            live: whether an exchange feeds it.
            one_of_several: whether other models were asked side by side with it.
            chosen: whether it is the one of them that is gone on with.
        """
        super().__init__(classes="-live" if live else None)
        self.reply = reply
        self.unseen = False
        self._live = live
        self._several = one_of_several
        self._chosen = chosen
        self._hint = ""
        self._thoughts = [reply.reasoning]
        self._answering = bool(reply.text)
        self._pending: list[str] = []
        self._flushing: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()
        self._loading: str | None = None
        self._began = monotonic()
        self._ended = self._began
        self._timer: Timer | None = None
        # Held, not looked up: a clock or a reply may still want them when they are taken away.
        self.name_line = Static(self._title(), classes="reply--model")
        self.thought = ThoughtView(reply.reasoning)
        self.body = ModelMarkdown(reply.text)
        self.calls = CallsView(reply.calls)
        self.sound = SoundLine(reply.audio)
        self.trouble = Static(classes="reply--trouble", markup=False)
        self.status = Static(classes="reply--status", markup=False)

    def compose(self) -> ComposeResult:
        """The name, the thoughts, the text, what it calls and says, the trouble, the status."""
        yield self.name_line
        yield self.thought
        yield self.body
        yield self.calls
        yield self.sound
        yield self.trouble
        yield self.status

    def on_mount(self) -> None:
        """Shows the reply as it stands and starts the clock of a live one."""
        self._show()
        if self._live:
            self._timer = self.set_interval(0.1, self._tick)

    def model_loading(self, what: str) -> None:
        """The model is being loaded; the reply follows."""
        self._loading = printable_line(what)

    def grew(self, text: str, reasoning: str) -> None:
        """Takes the next piece; returns at once."""
        self._loading = None
        self._thoughts.append(reasoning)
        if text:
            self._answering = True
            self._pending.append(text)
            if self._flushing is None and self._whole:
                self._flushing = asyncio.create_task(self._flush(), name="reply view")

    async def end(self, reply: Reply) -> None:
        """Shows the reply as it ended."""
        self._ended = monotonic()
        # What is pending is shown at once, whatever pause the pace had in mind.
        self._hurry.set()
        if self._flushing is not None:
            await self._flushing
        if self._timer is not None:
            self._timer.stop()
        self._live = False
        if not self._whole:
            return
        self.remove_class("-live")
        self.show(reply)
        if reply.failure is not None and reply.failure.retry_after is not None:
            self._timer = self.set_interval(1.0, self._count_down)

    @property
    def _whole(self) -> bool:
        """Whether it can show anything: where it is taken away, its parts go before it does."""
        return self.is_attached and not self._pruning

    async def on_unmount(self) -> None:
        """Lets an update that has begun come to its end."""
        self._pending.clear()
        self._hurry.set()

    def show(self, reply: Reply) -> None:
        """Shows another state of the same reply, such as its stats once they are known."""
        self.reply = reply
        if self._whole:
            self._show()

    def set_chosen(self, chosen: bool) -> None:
        """Marks it as the one that is gone on with, or not."""
        self._chosen = chosen
        self.name_line.update(self._title())

    def say_how_to_answer(self, hint: str) -> None:
        """Says how its calls are answered, while they can be; empty when they cannot."""
        if self._whole and hint != self._hint:
            self._hint = hint
            self.calls.show(self.reply.calls, hint=hint)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers what there is to do with this reply."""
        reply = self.reply
        match action:
            case "play" | "save_sound":
                return reply.audio is not None
            case "choose":
                return self._several and not self._chosen and not self._live
            case "beside":
                return self._several
            case "branch":
                return not self._live
            case "thought":
                return bool(self.thought.thought)
            case "turn_to":
                (by,) = parameters
                assert isinstance(by, int)
                return not self._live and 1 <= reply.number + by <= reply.of
        return True

    def action_choose(self) -> None:
        """Goes on with this one."""
        self.post_message(self.Wanted("choose", self.reply))

    def action_play(self) -> None:
        """Asks for it to be heard."""
        self.post_message(self.Wanted("play", self.reply))

    def action_save_sound(self) -> None:
        """Asks for a file of it."""
        self.post_message(self.Wanted("save", self.reply))

    def action_branch(self) -> None:
        """Asks for a conversation of its own."""
        self.post_message(self.Wanted("branch", self.reply))

    def action_turn_to(self, by: int) -> None:
        """Asks for another reply to the same prompt."""
        self.post_message(self.Wanted("before" if by < 0 else "after", self.reply))

    def action_thought(self) -> None:
        """Folds or unfolds the thoughts."""
        self.thought.open = not self.thought.open

    def action_beside(self, by: int) -> None:
        """Goes to the reply beside it."""
        lanes = list(self.parent.children) if self.parent else []
        place = lanes.index(self) + by
        if 0 <= place < len(lanes) and isinstance(lanes[place], ReplyView):
            lanes[place].focus()

    def _title(self) -> Content:
        mark = ("◆ ", "$text-accent") if self._chosen else ("", "")
        return Content.assemble(mark, self.reply.model)

    def action_copy_reply(self) -> None:
        """Asks for the reply to be copied."""
        self.post_message(self.CopyRequested(self.body.source))

    async def _flush(self) -> None:
        try:
            while self._pending and self._whole:
                began = monotonic()
                piece = "".join(self._pending)
                self._pending.clear()
                self.body.display = True
                await self.body.append(piece)
                self.post_message(self.Grew())
                await self._painted()
                pause = UNSEEN_PAUSE_S if self.unseen else FRAME_S
                await self._pause(max(pause, (monotonic() - began) * BREATHER))
        finally:
            self._flushing = None

    async def _painted(self) -> None:
        """Waits for the screen to be laid out and painted, the larger part of an update's cost."""
        painted = asyncio.Event()
        if self.call_after_refresh(painted.set):
            with suppress(TimeoutError):
                await asyncio.wait_for(painted.wait(), UNSEEN_PAUSE_S)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), seconds)

    def _tick(self) -> None:
        elapsed = monotonic() - self._began
        spinner = SPINNER[int(elapsed * 10) % len(SPINNER)]
        if self._loading is not None:
            words = f"loading {self._loading}… {elapsed:.0f} s"
        elif self._answering:
            words = f"{elapsed:.0f} s"
        elif any(self._thoughts):
            words = f"thinking… {elapsed:.0f} s"
        else:
            words = f"waiting… {elapsed:.0f} s"
        # Always one line: laying the whole transcript out ten times a second would be felt.
        self.status.update(
            Content(f"{spinner} {words} · {self.app.key_of('chat.stop', self)} stops"), layout=False
        )
        self.thought.thought = "".join(self._thoughts)

    def _count_down(self) -> None:
        self._show_trouble()
        failure = self.reply.failure
        waited = monotonic() - self._ended
        if self._timer is not None and (failure is None or waited > (failure.retry_after or 0)):
            self._timer.stop()

    def _show(self) -> None:
        reply = self.reply
        self.body.display = bool(reply.text)
        if not self._live:
            self.thought.thought = reply.reasoning
        self.calls.show(reply.calls, hint=self._hint)
        self.sound.show(reply.audio)
        self._show_trouble()
        if self._live:
            self._tick()
            return
        failed_outright = reply.failure is not None and not reply.text
        parts = [
            "" if failed_outright else ending_text(reply),
            "" if reply.stats is None or failed_outright else stats_text(reply.stats),
            "" if reply.of < 2 else f"reply {reply.number} of {reply.of}",
        ]
        status = " · ".join(part for part in parts if part)
        self.status.update(Content(status))
        self.status.display = bool(status)
        cut = reply.finish_reason not in (None, "stop", "tool_calls")
        ended_early = reply.state in (ReplyState.INTERRUPTED, ReplyState.FAILED)
        self.status.set_class(cut or ended_early, "-warning")

    def _show_trouble(self) -> None:
        failure = self.reply.failure
        self.trouble.display = failure is not None
        if failure is None:
            return
        field = f" (field: {failure.param})" if failure.param else ""
        answered = bool(self.reply.text) or self._several
        step = next_step(failure, monotonic() - self._ended, answered=answered)
        step = self.app.with_keys(step, self)
        self.trouble.update(
            Content.assemble(
                (f"✖ {headline(failure)}", "bold $text-error"),
                "\n",
                f"{failure.message}{field}",
                "\n",
                (step, "$text-muted"),
            )
        )
