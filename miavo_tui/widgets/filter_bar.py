"""Two lines over the list: the kinds as tabs, and the other filters with the keys that set them."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from miavo_tui.catalogue_view import CatalogueView
from miavo_tui.widgets.click_bar import ClickBar

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


class FilterBar(ClickBar):
    """Shows what narrows and orders the list. Every part answers to a click."""

    KEYS = "catalogue"
    view: reactive[CatalogueView] = reactive(CatalogueView())

    def render(self) -> Content:
        """The two lines."""
        return Content("\n").join([self._kinds(), self._filters()])

    def _kinds(self) -> Content:
        return Content.assemble(
            *(
                self.tab(kind or "all", f"screen.set_kind('{kind}')", chosen=kind == self.view.kind)
                for kind in KINDS
            )
        )

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
        shown = f"{label} {value}" if value else label
        return self.part(
            name, shown, f"screen.{action}", active=active, ticked=active and not value
        )
