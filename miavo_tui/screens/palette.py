"""Textual's command palette with the hints of its own keys."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.command import CommandInput, CommandPalette

from miavo_tui.screens.modal import LeftOnce
from miavo_tui.widgets.key_hints import KeyHints

__all__ = ["Palette"]


class Palette(CommandPalette, LeftOnce[None]):
    """The palette; its style is that of its base class."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Ahead of the input, which takes Enter too.
        Binding("enter", "run", "run", priority=True, id="palette.run", tooltip="Run the command"),
        Binding("escape", "escape", "close", id="palette.close", tooltip="Close the palette"),
    ]

    def compose(self) -> ComposeResult:
        """The palette, and hints that cover those of the screen beneath."""
        yield from super().compose()
        yield KeyHints()

    async def action_run(self) -> None:
        """As Enter in the input."""
        await self.query_one(CommandInput).action_submit()
