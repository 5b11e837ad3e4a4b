"""Giving a key a new value."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from miavo_tui.key_records import KeyRow, NewKey
from miavo_tui.plain_text import printable_line
from miavo_tui.screens.form import FormModal
from miavo_tui.widgets.form_field import FormField
from miavo_tui.widgets.inline_choice import InlineChoice

__all__ = ["KeyRotation"]

_GRACES = (
    ("86400", "24 hours"),
    ("3600", "1 hour"),
    ("604800", "7 days"),
    ("0", "not at all"),
)


class KeyRotation(FormModal[NewKey]):
    """Answers with the key and its new value."""

    HEADING = "A new value for the key"
    SUBMIT = "Rotate"
    AUTO_FOCUS = "InlineChoice"
    CSS_PATH = [  # noqa: RUF012 - as the base class declares it
        *FormModal.CSS_PATH,
        Path(__file__).parents[1] / "widgets" / "inline_choice.tcss",
    ]

    def __init__(self, row: KeyRow) -> None:
        super().__init__()
        self._row = row

    def compose_fields(self) -> ComposeResult:
        """For how long the old value goes on."""
        yield Static(
            Content.assemble(
                (printable_line(self._row.name), "bold"),
                (f"  {self._row.shown}", "$text-muted"),
                ("\nTerms, spend and history stay; the new value is shown once.", "$text-muted"),
            ),
            classes="form-field",
            markup=False,
        )
        yield FormField(
            "grace_seconds",
            "The old value is still taken for",
            InlineChoice(_GRACES),
            "Long enough to change the programs that use it; not at all if it has leaked.",
        )

    async def submit(self) -> NewKey:
        """Rotates it."""
        grace = int(self.query_one(InlineChoice).value)
        return await self.gateway().keys.rotate(self._row.id, grace_seconds=grace)
