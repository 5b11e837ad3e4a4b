"""The turns of a conversation, the last of them mounted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message

from miavo_tui.conversations.records import Turn
from miavo_tui.widgets.chat_turn import TurnView
from miavo_tui.widgets.earlier_line import EarlierLine, LaterLine
from miavo_tui.widgets.reply import ReplyView

__all__ = ["MOST_MOUNTED", "PAGE", "Transcript"]

PAGE = 25
"""Turns mounted to begin with, and fetched at a time. Each frame of a streaming reply lays out all
that is mounted, so this decides how smoothly a reply runs in a long conversation."""
MOST_MOUNTED = 50
"""Turns mounted at the most, however far back the reader goes: each takes about a megabyte."""
SLACK = 10
"""Turns more than a page that may gather at the end before the oldest are let go."""


class Transcript(VerticalScroll, can_focus=False):
    """Scrolls with a growing reply until the reader scrolls away from the end.

    However long the conversation, only its tail is mounted, and what the reader asks for before
    it, up to a bound: far back in the past the latest turns are let go of until they are asked for.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "down", show=False, id="chat.down", tooltip="Scroll down"),
        Binding("k", "scroll_up", "up", show=False, id="chat.up", tooltip="Scroll up"),
        Binding("G", "scroll_end", "to the end", show=False, id="chat.end", tooltip="To the end"),
        Binding(
            "J,ctrl+down",
            "message(1)",
            "next message",
            show=False,
            id="chat.next-message",
            tooltip="To the next prompt or reply",
        ),
        Binding(
            "K,ctrl+up",
            "message(-1)",
            "message before",
            show=False,
            id="chat.message-before",
            tooltip="To the prompt or reply before",
        ),
    ]

    class EarlierWanted(Message):
        """The turns before the oldest one mounted are asked for."""

    @dataclass
    class LatestWanted(Message):
        """The latest turns, which were let go of, are asked for."""

    @dataclass
    class NewsBelow(Message):
        """Whether something has arrived below what the reader looks at."""

        news: bool

    @dataclass
    class LeftBelow(Message):
        """The reader goes down from the last message."""

    def __init__(self) -> None:
        super().__init__()
        # Never lower than the view: anchored to its end, a short one would hang at the bottom.
        self.turns = Vertical(id="turns")
        self.earlier = EarlierLine()
        self.later = LaterLine()
        self._news = False

    def compose(self) -> ComposeResult:
        """The line for the past; the turns follow."""
        with self.turns:
            yield self.earlier
        yield self.later

    def on_mount(self) -> None:
        """Keeps to the end."""
        self.anchor()

    @property
    def turn_views(self) -> list[TurnView]:
        """The turns mounted, oldest first."""
        return [child for child in self.turns.children if isinstance(child, TurnView)]

    @property
    def at_end(self) -> bool:
        """Whether the last line is in view."""
        return self.scroll_y >= self.max_scroll_y

    async def show(
        self, turns: Sequence[Turn], earlier: int, *, live: bool = False
    ) -> Sequence[ReplyView]:
        """Shows another conversation, or another path of it, at its end.

        Args:
            turns: its last turns, oldest first.
            earlier: how many there are before them.
            live: whether the replies of the last turn are under way.

        Returns:
            The views of the last turn's replies.
        """
        views = [TurnView(turn) for turn in turns[:-1]]
        views += [TurnView(turn, live=live) for turn in turns[-1:]]
        with self.app.batch_update():
            await self.turns.remove_children(TurnView)
            await self.turns.mount_all(views)
            self.earlier.set_count(earlier)
            self.later.set_count(0)
        self._widen()
        self.jump_to_end()
        return views[-1].reply_views if views else ()

    async def prepend(self, turns: Sequence[Turn], earlier: int, *, trim: bool) -> None:
        """Mounts turns before the present ones; what the reader looks at stays where it is.

        Args:
            turns: the turns, oldest first.
            earlier: how many there are before them.
            trim: whether the latest may be let go of, beyond `MOST_MOUNTED`.
        """
        top = self.turn_views[0]
        offset = top.virtual_region.y - self.scroll_y
        self.release_anchor()
        with self.app.batch_update():
            await self.turns.mount_all([TurnView(turn) for turn in turns], after=self.earlier)
            self.earlier.set_count(earlier)
            surplus = self.turn_views[MOST_MOUNTED:] if trim else []
            if surplus:
                await self.turns.remove_children(surplus)
                self.later.set_count(self.later.count + len(surplus))
        self.call_after_refresh(self._scroll_back, top, offset)

    async def add(self, turn: Turn) -> Sequence[ReplyView]:
        """Mounts a new turn whose replies are under way, and goes to the end."""
        view = TurnView(turn, live=True)
        await self.turns.mount(view)
        self._widen()
        self.jump_to_end()
        await self._let_go()
        return view.reply_views

    async def ask_again(self, turn: Turn) -> Sequence[ReplyView]:
        """Shows further replies, now under way, to the last turn."""
        views = await self.turn_views[-1].ask_again(turn)
        self._widen()
        self.jump_to_end()
        return views

    def view_of(self, turn_id: int) -> TurnView | None:
        """The view of a turn, if it is mounted."""
        return next((view for view in self.turn_views if view.turn.id == turn_id), None)

    def jump_to_end(self) -> None:
        """Goes to the end and stays there."""
        if self.later.count:
            self.post_message(self.LatestWanted())
            return
        self._tell(news=False)
        self.anchor()
        self.scroll_end(animate=False)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Notices when the reader is back at the end."""
        super().watch_scroll_y(old_value, new_value)
        seen = self.at_end
        if seen:
            self._tell(news=False)
        for view in self.turn_views[-1:]:
            for reply_view in view.reply_views:
                reply_view.unseen = not seen

    def action_scroll_end(self) -> None:
        """To the end, and along with it."""
        self.jump_to_end()

    def action_message(self, by: int) -> None:
        """Goes to another prompt or reply; from the composer to the last one."""
        stops = [stop for view in self.turn_views for stop in view.stops]
        if not stops:
            return
        here = self.screen.focused
        place = next((n for n, stop in enumerate(stops) if here in (stop, *stop.query("*"))), None)
        if place is None:
            stops[-1].focus()
        elif place + by < len(stops):
            stops[max(0, place + by)].focus()
        else:
            self.post_message(self.LeftBelow())

    @on(ReplyView.Grew)
    def _reply_grew(self, event: ReplyView.Grew) -> None:
        event.stop()
        self.call_after_refresh(self._look_below)

    @on(EarlierLine.Chosen)
    def _earlier_chosen(self, event: EarlierLine.Chosen) -> None:
        event.stop()
        if self.turn_views:
            self.post_message(self.EarlierWanted())

    def _widen(self) -> None:
        """Gives columns the whole width; a text that is read keeps a measure."""
        several = any(len(view.turn.lanes) > 1 for view in self.turn_views)
        self.turns.set_class(several, "-beside")

    @on(LaterLine.Chosen)
    def _later_chosen(self, event: LaterLine.Chosen) -> None:
        event.stop()
        self.jump_to_end()

    def _look_below(self) -> None:
        if not self.at_end:
            self._tell(news=True)

    def _tell(self, *, news: bool) -> None:
        if news != self._news:
            self._news = news
            self.post_message(self.NewsBelow(news))

    def _scroll_back(self, view: TurnView, offset: float) -> None:
        self.scroll_to(y=view.virtual_region.y - offset, animate=False, immediate=True)

    async def _let_go(self) -> None:
        views = self.turn_views
        if len(views) > PAGE + SLACK:
            past = views[: len(views) - PAGE]
            await self.turns.remove_children(past)
            self.earlier.set_count(self.earlier.count + len(past))
