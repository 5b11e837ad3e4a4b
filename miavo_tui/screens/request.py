"""One request, over the list that it stands in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePath
from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from miavo_tui.screens.modal import Popup
from miavo_tui.usage_records import UsageRow
from miavo_tui.widgets.request_facts import RequestFacts

__all__ = ["RequestDialog"]


class RequestDialog(Popup[None]):
    """Everything known of a request; moves on to the ones beside it."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [
        Path(__file__).with_name("request.tcss"),
        Path(__file__).parent.parent / "widgets" / "request_facts.tcss",
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "close", "close", id="request.close", tooltip="Back to the list"),
        Binding("c", "copy_id", "copy id", id="request.copy", tooltip="Copy the request's id"),
        Binding(
            "right,n",
            "beside(1)",
            "older",
            key_display="←→",
            id="request.older",
            tooltip="The request that began before",
        ),
        Binding(
            "left,p",
            "beside(-1)",
            "newer",
            id="request.newer",
            tooltip="The request that began after",
            show=False,
        ),
        Binding("down,j", "scroll(1)", "down", id="request.down", tooltip="Down", show=False),
        Binding("up,k", "scroll(-1)", "up", id="request.up", tooltip="Up", show=False),
    ]

    facts = getters.query_one(RequestFacts)

    def __init__(self, row: UsageRow, beside: Callable[[int], UsageRow | None]) -> None:
        """Prepares the dialog.

        Args:
            row: the request.
            beside: moves the list's cursor by so many rows, and gives the request there.
        """
        super().__init__()
        self.row = row
        self._beside = beside

    def compose_body(self) -> ComposeResult:
        """The facts in a frame."""
        with Vertical(id="request"):
            yield RequestFacts()

    def on_mount(self) -> None:
        """Shows the request."""
        self.show(self.row)

    def show(self, row: UsageRow) -> None:
        """Shows another request, or what is known of it by now."""
        if row.id != self.row.id:
            self.facts.scroll_home(animate=False)
        self.row = row
        self.facts.row = row

    def action_beside(self, by: int) -> None:
        """Goes to the request beside this one."""
        row = self._beside(by)
        if row is not None:
            self.show(row)

    def action_scroll(self, by: int) -> None:
        """Scrolls by a line."""
        self.facts.scroll_relative(y=by, animate=False)

    async def action_copy_id(self) -> None:
        """Copies the id that the answer carried as `x-request-id`."""
        await self.app.copy(self.row.request_id, "the request id")
