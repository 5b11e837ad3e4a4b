"""What stands in place of an empty list: why it is empty, and how to go on."""

from __future__ import annotations

from textual.content import Content

from miavo_tui.catalogue_view import CatalogueView
from miavo_tui.link import Link, Phase
from miavo_tui.model_card import ModelCard

__all__ = ["why_nothing"]


def why_nothing(models: tuple[ModelCard, ...], view: CatalogueView, link: Link) -> Content:
    """The notice for a view that shows none of `models`."""
    if models:
        return _nothing_matches(view)
    if link.phase is Phase.FAILED:
        return Content.styled("The catalogue comes from the gateway.", "$text-muted")
    return Content.assemble(
        ("Starting the gateway.\n", "$foreground"),
        ("The catalogue appears here in a moment.", "$text-muted"),
    )


def _nothing_matches(view: CatalogueView) -> Content:
    search = view.search.strip()
    what = f"No model matches “{search}”" if search else "No model"
    ways = [("esc", " clears the search")] if search else []
    ways += [("x", " drops the filters")] if view.filtered else []
    lines = [
        Content.styled(f"{what}{' with these filters' if view.filtered else ''}.", "$foreground")
    ]
    lines += [Content.assemble((key, "bold $primary"), (way, "$text-muted")) for key, way in ways]
    return Content("\n").join(lines)
