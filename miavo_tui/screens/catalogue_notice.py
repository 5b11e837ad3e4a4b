"""What stands in place of an empty list: why it is empty, and how to go on."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content

from miavo_tui.catalogue_view import CatalogueView
from miavo_tui.link import Link, Phase
from miavo_tui.model_card import ModelCard

__all__ = ["why_nothing"]


def why_nothing(
    models: tuple[ModelCard, ...], view: CatalogueView, link: Link, key: Callable[[str], str]
) -> Content:
    """The notice for a view that shows none of `models`; `key` tells the key of a binding."""
    if models:
        return _nothing_matches(view, key)
    if link.phase is Phase.FAILED:
        return Content.styled("The catalogue comes from the gateway.", "$text-muted")
    return Content.assemble(
        ("Starting the gateway.\n", "$foreground"),
        ("The catalogue appears here in a moment.", "$text-muted"),
    )


def _nothing_matches(view: CatalogueView, key: Callable[[str], str]) -> Content:
    search = view.search.strip()
    what = f"No model matches “{search}”" if search else "No model"
    ways = [("catalogue.back", " clears the search")] if search else []
    ways += [("catalogue.clear", " drops the filters")] if view.filtered else []
    lines = [
        Content.styled(f"{what}{' with these filters' if view.filtered else ''}.", "$foreground")
    ]
    lines += [
        Content.assemble((key(name), "bold $primary"), (way, "$text-muted")) for name, way in ways
    ]
    return Content("\n").join(lines)
