"""A choice of few on one line: all of them are in sight, arrows and clicks choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive, var
from textual.widget import Widget

from miavo_tui.widgets.cell_text import shortened

__all__ = ["InlineChoice"]


class InlineChoice(Widget, can_focus=True):
    """Shows its options beside each other; where they do not fit, the chosen one alone."""

    ALLOW_SELECT = False
    auto_links = var(False)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "left,h", "step(-1)", "before", show=False, id="choice.before", tooltip="The one before"
        ),
        Binding(
            "right,l,space",
            "step(1)",
            "choose",
            key_display="←→",
            id="choice.next",
            tooltip="The next one",
        ),
    ]

    at: reactive[int] = reactive(0)
    """The number of the chosen option."""

    @dataclass
    class Changed(Message):
        """Another option is chosen."""

        choice: InlineChoice
        value: str

    def __init__(self, options: Sequence[tuple[str, str]], value: str = "") -> None:
        """Prepares the options.

        Args:
            options: values, each with what it is called.
            value: the one chosen to begin with.
        """
        super().__init__()
        self._options = tuple(options)
        values = [each for each, _ in options]
        self.set_reactive(InlineChoice.at, values.index(value) if value in values else 0)

    @property
    def value(self) -> str:
        """What is chosen."""
        return self._options[self.at][0]

    def render(self) -> Content:
        """The options, the chosen one marked by more than its colour."""
        faces = [self._face(number) for number in range(len(self._options))]
        line = Content(" ").join(faces)
        if line.cell_length <= self.size.width:
            return line
        name = self._options[self.at][1]
        count = f" {self.at + 1} of {len(self._options)}"
        room = max(1, self.size.width - len(count) - 4)
        return Content.assemble(
            ("◂ ", "$text-muted"),
            (shortened(name, room), "bold"),
            (" ▸", "$text-muted"),
            (count, "$text-muted"),
        )

    def _face(self, number: int) -> Content:
        name = self._options[number][1]
        if number != self.at:
            return Content.styled(f"  {name} ", "$text-muted")
        return Content.styled(f" ●{name} ", "bold $primary" if not self.has_focus else "bold")

    def watch_at(self) -> None:
        """Tells of the choice."""
        self.post_message(self.Changed(self, self.value))

    def action_step(self, by: int) -> None:
        """Chooses the one beside it; after the last comes the first."""
        self.at = (self.at + by) % len(self._options)

    def on_click(self, event: events.Click) -> None:
        """Chooses what was clicked; where one alone is shown, the next."""
        left = 0
        for number, (_, name) in enumerate(self._options):
            right = left + len(name) + 4  # its two edges, and the blank between
            if left <= event.x < right:
                self.at = number
                return
            left = right
