"""What the tests of single screens share: the app with one in front, its dialogs and its forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from miavo_tui.app import MiavoApp
from miavo_tui.widgets.form_field import FormField, control_named, field_named
from tests.tui.running import until


@dataclass
class Shown:
    """An app that shows a screen."""

    app: MiavoApp
    pilot: Pilot[None]

    @property
    def base(self) -> Screen[Any]:
        """The screen beneath all dialogs."""
        return self.app.screen_stack[0]

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        await until(self.pilot, condition, what)
        await self.pilot.pause()

    async def opened(self, kind: type) -> None:
        """Waits for a dialog."""
        await self.until(lambda: isinstance(self.app.screen, kind), kind.__name__)

    async def closed(self) -> None:
        """Waits for the end of the dialog."""
        await self.until(lambda: self.app.screen is self.base, "the screen again")

    def field(self, name: str) -> FormField:
        """A field of the form in front."""
        field = field_named(self.app.screen, name)
        assert field is not None, f"a field {name}"
        return field

    def fill(self, name: str, text: str) -> None:
        """Types into a field of the form in front."""
        control_named(self.app.screen, name, Input).value = text


def drawn(widget: Widget) -> list[str]:
    """The lines of a widget as they are drawn."""
    return [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]
