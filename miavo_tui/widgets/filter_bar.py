"""Two lines over the list: the kinds as tabs, and the other filters with the keys that set them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import getters
from textual.content import Content
from textual.reactive import reactive, var
from textual.style import Style
from textual.widget import Widget

from miavo_tui.catalogue_view import CatalogueView

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["KINDS", "FilterBar"]

KINDS = ("", "chat", "image", "video", "speech", "transcription", "music", "realtime")
"""The kinds in the order of the tabs; the first stands for all."""

_SORT_WORDS = {
    "catalogue": "catalogue",
    "name": "name",
    "input": "price in",
    "output": "price out",
    "context": "context",
}


class FilterBar(Widget):
    """Shows what narrows and orders the list. Every part answers to a click."""

    ALLOW_SELECT = False
    if TYPE_CHECKING:
        app = getters.app(MiavoApp)
    auto_links = var(False)  # links keep the colours given here
    view: reactive[CatalogueView] = reactive(CatalogueView())

    def render(self) -> Content:
        """The two lines."""
        return Content("\n").join([self._kinds(), self._filters()])

    def _kinds(self) -> Content:
        tabs = []
        for kind in KINDS:
            title = f" {kind or 'all'} "
            style = "bold $foreground on $chip" if kind == self.view.kind else "$text-muted"
            action = Style.from_meta({"@click": f"screen.set_kind('{kind}')"})
            tabs.append(Content.styled(title, style).stylize(action))
        return Content.assemble(*tabs)

    def _filters(self) -> Content:
        view = self.view
        arrow = "▼" if view.descending else "▲"
        parts = (
            self._part(
                "provider", "provider", view.provider or "all", bool(view.provider), "providers"
            ),
            self._part(
                "features", "can", "+".join(view.features) or "any", bool(view.features), "features"
            ),
            self._part("reachable", "reachable", "", view.reachable_only, "toggle_reachable"),
            self._part("free", "free", "", view.free_only, "toggle_free"),
            self._part(
                "sort",
                "sort",
                f"{_SORT_WORDS.get(view.sort, view.sort)} {arrow}",
                view.sort != "catalogue" or view.descending,
                "sort",
            ),
        )
        return Content(" ") + Content("  ").join(parts)

    def _part(self, name: str, label: str, value: str, active: bool, action: str) -> Content:
        key = self.app.key_of(f"catalogue.{name}", self.screen)
        shown = f"{label} {value}" if value else label
        face = Content.assemble(
            (key, "bold $primary"),
            (" ✓" if active and not value else "", "bold $accent"),
            (f" {shown}", "bold $foreground" if active else "$text-muted"),
        )
        return face.stylize(Style.from_meta({"@click": f"screen.{action}"}))
