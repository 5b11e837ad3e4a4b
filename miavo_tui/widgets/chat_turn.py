"""A prompt and the reply to it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Static

from miavo_tui.conversations.records import Turn
from miavo_tui.plain_text import printable
from miavo_tui.widgets.reply import ReplyView

__all__ = ["TurnView"]


class TurnView(Vertical):
    """One turn of the transcript.

    Attributes:
        turn: what it shows.
    """

    reply_view = query_one(ReplyView)

    def __init__(self, turn: Turn, *, live: bool = False) -> None:
        super().__init__()
        self.turn = turn
        self._live = live

    def compose(self) -> ComposeResult:
        """The prompt as it was typed, then the reply."""
        yield Static(Content(printable(self.turn.prompt)), classes="turn--prompt")
        yield ReplyView(self.turn.reply, live=self._live, replies=self.turn.replies)

    async def replace_reply(self, turn: Turn) -> ReplyView:
        """Shows another reply, now under way, in the place of the present one."""
        self.turn = turn
        view = ReplyView(turn.reply, live=True, replies=turn.replies)
        old = self.reply_view
        with self.app.batch_update():
            await self.mount(view, after=old)
            await old.remove()
        return view
