"""A prompt and the replies to it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from miavo_tui.conversations.records import Reply, ReplyState, Turn
from miavo_tui.widgets.chat_prompt import PromptView
from miavo_tui.widgets.chat_results import ResultsView
from miavo_tui.widgets.chat_stats import comparison_text
from miavo_tui.widgets.reply import ReplyView

__all__ = ["TurnView"]

COLUMN_WIDTH = 32
"""Cells that a reply needs at the least to stand beside another; else they stand below it."""


class TurnView(Vertical):
    """One turn of the transcript.

    Attributes:
        turn: what it shows.
    """

    def __init__(self, turn: Turn, *, live: bool = False) -> None:
        super().__init__()
        self.turn = turn
        self._live = live
        # Held, as a reply may still tell how it ended while the turn is being taken away.
        self._lanes = Container(classes="turn--lanes")
        self._comparison = Static(classes="turn--comparison", markup=False)

    def compose(self) -> ComposeResult:
        """The prompt as it was typed, or what tools came back with; then the replies."""
        if self.turn.results:
            yield ResultsView(self.turn.results)
        else:
            yield PromptView(self.turn)
        with self._lanes:
            for reply in self.turn.lanes:
                yield self._view(reply, live=self._live)
        yield self._comparison

    def on_mount(self) -> None:
        """Says who was quicker and who was cheaper, if that is known by now."""
        self.show_comparison()

    @property
    def reply_views(self) -> Sequence[ReplyView]:
        """The replies, from the left."""
        return list(self.query(ReplyView))

    @property
    def stops(self) -> Sequence[Widget]:
        """Where the focus rests when it goes through the messages."""
        return [*self.query(PromptView), *self.query(ResultsView), *self.reply_views]

    async def ask_again(self, turn: Turn) -> Sequence[ReplyView]:
        """Shows other replies, now under way, in the place of the present ones."""
        self.turn = turn
        old = self.reply_views
        views = [
            self._view(reply, live=reply.state is ReplyState.STREAMING) for reply in turn.lanes
        ]
        with self.app.batch_update():
            await self._lanes.mount_all(views)
            for view in old:
                await view.remove()
        self._arrange()
        self.show_comparison()
        return [view for view in views if view.reply.state is ReplyState.STREAMING]

    async def replace_reply(self, reply: Reply) -> None:
        """Shows another reply in the place of the one in its lane."""
        self.turn = self.turn.having(reply)
        for old in self.reply_views:
            if old.reply.lane == reply.lane:
                view = self._view(reply, live=False)
                with self.app.batch_update():
                    await self._lanes.mount(view, after=old)
                    await old.remove()
                view.focus()
        self._arrange()
        self.show_comparison()

    def having(self, reply: Reply) -> None:
        """Takes over what has become of one of its replies."""
        self.turn = self.turn.having(reply)
        self.show_comparison()

    def choose(self, lane: int) -> None:
        """Marks the reply that is gone on with."""
        for view in self.reply_views:
            view.set_chosen(view.reply.lane == lane)

    def show_comparison(self) -> None:
        """Says who was quickest and who cheapest, once all have ended."""
        text = comparison_text(self.turn.lanes)
        self._comparison.update(Content(text))
        self._comparison.display = bool(text)

    def on_resize(self, _event: events.Resize) -> None:
        """Columns where there is room for them."""
        self._arrange()

    def _arrange(self) -> None:
        count = len(self.turn.lanes)
        beside = count > 1 and self.size.width // count >= COLUMN_WIDTH
        self._lanes.set_class(count == 1, "-single")
        self._lanes.set_class(beside, "-columns")
        self._lanes.set_class(count > 1 and not beside, "-stacked")

    def _view(self, reply: Reply, *, live: bool) -> ReplyView:
        turn = self.turn
        several = len(turn.lanes) > 1
        chosen = several and turn.lane is not None and reply.lane == turn.lane
        return ReplyView(reply, live=live, one_of_several=several, chosen=chosen)
