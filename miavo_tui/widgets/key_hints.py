"""The line at the bottom: what the keys do here, as far as it fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import getters
from textual.content import Content
from textual.reactive import reactive, var
from textual.screen import Screen
from textual.style import Style
from textual.widget import Widget

from miavo_tui.key_names import character_of

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["Hint", "KeyHints", "fitting"]


@dataclass(frozen=True, slots=True)
class Hint:
    """One key and what it does now."""

    key: str
    """As shown, such as `^r`."""
    text: str
    action: str
    """The key to press on a click, in Textual's spelling."""

    @property
    def width(self) -> int:
        """Cells taken, the gap after it included."""
        return len(self.key) + len(self.text) + 3


def fitting(hints: tuple[Hint, ...], last: tuple[Hint, ...], room: int) -> tuple[Hint, ...]:
    """The first of `hints` that fit into `room` cells, with `last` always kept at the end."""
    room -= sum(hint.width for hint in last)
    kept: list[Hint] = []
    for hint in hints:
        if hint.width > room:
            break
        room -= hint.width
        kept.append(hint)
    return (*kept, *last)


class KeyHints(Widget):
    """Shows the bindings of the screen and the focused widget, in the order they are declared.

    A binding takes part with `show=True`, and one with several keys counts once. Keys that the
    focused widget would take as text are left out. The binding with the id `app.retry` comes
    first; those to quit and for help come last and are never left out.
    """

    ALLOW_SELECT = False
    if TYPE_CHECKING:
        app = getters.app(MiavoApp)
    auto_links = var(False)  # links keep the colours given here
    hints: reactive[tuple[Hint, ...]] = reactive(())
    last: reactive[tuple[Hint, ...]] = reactive(())

    def on_mount(self) -> None:
        """Follows the screen's bindings."""
        self.screen.bindings_updated_signal.subscribe(self, self._follow)
        self._follow(self.screen)

    def _follow(self, screen: Screen[object]) -> None:
        if not self.is_attached or screen is not self.screen:
            return
        seen: dict[str, Hint] = {}
        for active in screen.active_bindings.values():
            binding = active.binding
            if not (binding.show and active.enabled and binding.description):
                continue
            if self.app.read_only and self.app.changes_something(binding.action, active.node):
                continue
            if not binding.priority and _typed(screen.focused, binding.key):
                continue
            said = binding.description
            if binding.id is None:  # one of Textual's own, such as `Dismiss menu`
                said = said[0].lower() + said[1:]
            hint = Hint(self.app.get_key_display(binding), said, binding.key)
            seen.setdefault(binding.id or binding.action, hint)
        first = seen.pop("app.retry", None)
        self.last = tuple(seen.pop(name) for name in ("app.quit", "app.help") if name in seen)
        # A priority binding stands where the one stood that it overrides: the screen's own stand as
        # the screen declares them, and the app's go last.
        declared = [each.id for own in screen._bindings.key_to_bindings.values() for each in own]
        places = {name: place for place, name in enumerate(declared)}
        ordered = [
            seen[name]
            for name in sorted(
                seen, key=lambda name: (name.startswith("app."), places.get(name, -1))
            )
        ]
        self.hints = (first, *ordered) if first else tuple(ordered)

    def render(self) -> Content:
        """The hints that fit the width."""
        shown = fitting(self.hints, self.last, self.size.width - 1)
        return Content.assemble(" ", *(self._face(hint) for hint in shown))

    def _face(self, hint: Hint) -> Content:
        action = Style.from_meta({"@click": f"app.simulate_key('{hint.action}')"})
        face = Content.assemble((hint.key, "bold $primary"), f" {hint.text}")
        return face.stylize(action) + Content("  ")


def _typed(focused: Widget | None, key: str) -> bool:
    return focused is not None and focused.check_consume_key(key, character_of(key))
