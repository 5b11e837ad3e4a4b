"""Over the list of keys: what narrows and orders it, with the keys that set it."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from miavo_tui.key_view import KeyView
from miavo_tui.widgets.click_bar import ClickBar

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


class KeyBar(ClickBar):
    """One line; every part answers to a click."""

    KEYS = "keys"
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
            self.part(
                "sort",
                f"sort {_SORT_WORDS.get(view.sort, view.sort)} {arrow}",
                "screen.sort",
                active=view.sort != "name" or view.descending,
            )
        ]
        if self.several:
            shown = f"account {self.account or 'all'}"
            parts.insert(
                0, self.part("account", shown, "screen.account", active=bool(self.account))
            )
        if self.gone:
            shown = f"{'✓ ' if view.gone_too else ''}revoked too ({self.gone:,})"
            parts.append(self.part("gone", shown, "screen.toggle_gone", active=view.gone_too))
        return Content(" ") + Content("  ").join(parts)
