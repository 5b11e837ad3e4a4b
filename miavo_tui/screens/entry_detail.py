"""One entry of the ledger, with all that is known of it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from miavo_tui.money_records import LedgerRow
from miavo_tui.money_text import usd
from miavo_tui.plain_text import printable_line
from miavo_tui.screens.modal import Popup

__all__ = ["EntryDetail"]

_WORDS = {
    "credit": "credit: money was added",
    "adjustment": "adjustment: corrected by hand",
    "hold": "hold: set aside for a request in flight",
    "release": "release: a hold given back when its request ended",
    "settlement": "settlement: what a request cost",
}


class EntryDetail(Popup[bool | None]):
    """Every field in full; answers with True if the entry's request shall be shown."""

    CSS_PATH = Path(__file__).with_name("entry_detail.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,c", "copy", "copy request id", id="entry.copy", tooltip="Copy the request's id"),
        Binding(
            "u,i",
            "request",
            "its request",
            id="entry.request",
            tooltip="Show the request in Usage: its tokens, times and attempts",
        ),
        Binding("escape,q,enter", "close", "close", id="entry.close", tooltip="Close"),
    ]

    def __init__(self, row: LedgerRow, account: str) -> None:
        super().__init__()
        self._row = row
        self._account = account

    def compose_body(self) -> ComposeResult:
        """Names and values."""
        row = self._row
        facts = [
            ("amount", f"{'+' if row.amount_usd > 0 else ''}{usd(row.amount_usd)}"),
            ("kind", _WORDS.get(row.kind, row.kind)),
            ("time", f"{row.created_at.astimezone():%Y-%m-%d %H:%M:%S %Z}"),
            ("account", printable_line(self._account)),
            ("key", printable_line(row.key_name or "none")),
            ("key id", row.key_id or ""),
            ("request", row.request_id or ""),
            ("note", row.note or ""),
            ("entry", str(row.id)),
        ]
        lines = [
            Content.assemble((name.ljust(10), "$text-muted"), (value, "$foreground"))
            for name, value in facts
            if value
        ]
        with Vertical(id="entry"):
            heading = Content.styled("An entry of the ledger", "bold $primary")
            yield Static(heading, id="entry-heading", markup=False)
            yield Static(Content("\n").join(lines), markup=False)

    async def action_copy(self) -> None:
        """Copies the request's id."""
        if self._row.request_id:
            await self.app.copy(self._row.request_id, "the request's id")

    def action_request(self) -> None:
        """Asks for its request."""
        self.dismiss(True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is entered by hand has no request."""
        if action in ("copy", "request"):
            return self._row.request_id is not None
        return super().check_action(action, parameters)
