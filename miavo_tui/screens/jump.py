"""Jump mode: letters over each tab and each part of the screen that can have the focus."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region
from textual.screen import Screen
from textual.widgets import Static

from miavo_tui.screens.modal import Modal
from miavo_tui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["JumpOverlay", "Target", "labels", "targets"]

_LETTERS = "asdfghjklqwertyuiopzxcvbnm"


@dataclass(frozen=True, slots=True)
class Target:
    """What can be gone to."""

    region: Region
    """Where it is on the screen."""
    go: Callable[[], object]
    """Goes there."""


def labels(count: int) -> list[str]:
    """So many labels of one or two letters, the short ones first; none begins with another.

    >>> labels(3), labels(27)[-3:]
    (['a', 's', 'd'], ['n', 'ma', 'ms'])
    """
    firsts = 0
    while (most := len(_LETTERS) - firsts + firsts * len(_LETTERS)) < count and most < 26**2:
        firsts += 1
    singles = len(_LETTERS) - firsts
    pairs = ["".join(pair) for pair in product(_LETTERS[singles:], _LETTERS)]
    return [*_LETTERS[:singles], *pairs][:count]


def targets(screen: Screen[Any]) -> dict[str, Target]:
    """What can have the focus and is in sight, from the top on, then tabs; each by its label."""
    seen = [
        Target(widget.region, widget.focus)
        for widget in screen.focus_chain
        if widget.region.area and screen.region.overlaps(widget.region)
    ]
    seen.sort(key=lambda target: (target.region.y, target.region.x))
    app = cast("MiavoApp", screen.app)
    for bar in screen.query(TopBar):
        seen += [
            Target(region, partial(app.show_screen, name))
            for name, region in bar.tab_regions().items()
            if name != bar.tab
        ]
    return dict(zip(labels(len(seen)), seen, strict=False))


class JumpOverlay(Modal[Target | None]):
    """Shows the labels over the screen beneath; answers with what was chosen."""

    CSS_PATH = "jump.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back", id="jump.leave", tooltip="Stay where you are"),
    ]

    def __init__(self, choices: Mapping[str, Target]) -> None:
        super().__init__()
        self._choices = choices
        self._typed = ""
        """The first letter of a label of two."""

    def compose_body(self) -> ComposeResult:
        """A label at the corner of each choice."""
        for name, target in self._choices.items():
            label = Static(Content(f"{name:^3}"), classes="jump-letter", markup=False)
            label.styles.offset = target.region.offset
            yield label

    def on_key(self, event: events.Key) -> None:
        """Letters choose; any other key stays."""
        typed = self._typed + event.key
        if typed in self._choices:
            event.stop()
            self.dismiss(self._choices[typed])
        elif any(name.startswith(typed) for name in self._choices):
            event.stop()
            self._show_typed(typed)
        elif (self._typed and len(event.key) == 1) or event.key == "backspace":
            event.stop()
            self._show_typed("")

    def _show_typed(self, typed: str) -> None:
        """Leaves the labels that begin so."""
        self._typed = typed
        for name, label in zip(self._choices, self.query(".jump-letter"), strict=True):
            label.display = name.startswith(typed)

    def on_click(self, event: events.Click) -> None:
        """A click chooses what is under it."""
        for target in self._choices.values():
            if target.region.contains(event.screen_x, event.screen_y):
                self.dismiss(target)
                return
        self.dismiss(None)

    def action_leave(self) -> None:
        """Nothing was chosen."""
        self.dismiss(None)
