"""Over the list of keys: what narrows and orders it, with the keys that set it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import getters
from textual.content import Content
from textual.reactive import reactive, var
from textual.style import Style
from textual.widget import Widget

from miavo_tui.key_view import KeyView

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["KeyBar"]

_SORT_WORDS = {
    "name": "name",
    "used": "last used",
    "requests": "requests",
    "tokens": "tokens",
    "budget": "budget",
    "spend": "last 24 h",
    "expires": "expires",
}


class KeyBar(Widget):
    """One line; every part answers to a click."""

    ALLOW_SELECT = False
    if TYPE_CHECKING:
        app = getters.app(MiavoApp)
    auto_links = var(False)  # links keep the colours given here
    view: reactive[KeyView] = reactive(KeyView())
    account: reactive[str] = reactive("")
    """The name of the account that is shown; empty for all."""
    several: reactive[bool] = reactive(False)
    """Whether there is more than one account."""
    gone: reactive[int] = reactive(0)
    """How many keys are revoked or expired."""

    def render(self) -> Content:
        """The parts that apply."""
        view = self.view
        arrow = "▼" if view.descending else "▲"
        parts = [
            self._part(
                "sort",
                f"sort {_SORT_WORDS.get(view.sort, view.sort)} {arrow}",
                "sort",
                active=view.sort != "name" or view.descending,
            )
        ]
        if self.several:
            shown = f"account {self.account or 'all'}"
            parts.insert(0, self._part("account", shown, "account", active=bool(self.account)))
        if self.gone:
            shown = f"{'✓ ' if view.gone_too else ''}revoked too ({self.gone:,})"
            parts.append(self._part("gone", shown, "toggle_gone", active=view.gone_too))
        return Content(" ") + Content("  ").join(parts)

    def _part(self, name: str, shown: str, action: str, *, active: bool) -> Content:
        key = self.app.key_of(f"keys.{name}", self.screen)
        face = Content.assemble(
            (key, "bold $primary"), (f" {shown}", "bold $foreground" if active else "$text-muted")
        )
        return face.stylize(Style.from_meta({"@click": f"screen.{action}"}))
