"""Comparing the models that were marked, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from miavo_tui.model_card import ModelCard
from miavo_tui.price_text import context_text, price_cells
from miavo_tui.screens.modal import Modal
from miavo_tui.widgets.comparison import column_at, columns_in, comparison

__all__ = ["CompareScreen"]


class CompareScreen(Modal[ModelCard | None]):
    """A column for each model; answers with the one to try, or None."""

    CSS_PATH = "compare.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "right,l",
            "choose(1)",
            "choose",
            key_display="←→",
            id="compare.next",
            tooltip="The model to the right",
        ),
        Binding(
            "left,h",
            "choose(-1)",
            "left",
            show=False,
            id="compare.before",
            tooltip="The model to the left",
        ),
        Binding("enter,t", "try", "try it", id="compare.try", tooltip="Try the model chosen"),
        Binding(
            "space,x", "drop", "leave out", id="compare.drop", tooltip="Compare without the model"
        ),
        Binding(
            "c",
            "copy",
            "copy as table",
            id="compare.copy",
            tooltip="Copy the comparison as a Markdown table",
        ),
        Binding("escape,m,q", "close", "close", id="compare.close", tooltip="Back to the list"),
    ]
    _table = getters.query_one("#compare-table", Static)
    _heading = getters.query_one("#compare-heading", Static)
    _scroll = getters.query_one("#compare-scroll", VerticalScroll)

    def __init__(self, models: Sequence[ModelCard], dropped: Callable[[str], None]) -> None:
        """Prepares the comparison.

        Args:
            models: what is compared, two or more.
            dropped: told of the slug of a model that is left out.
        """
        super().__init__()
        self._models = list(models)
        self._dropped = dropped
        self._chosen = 0

    def compose_body(self) -> ComposeResult:
        """Heading over the table."""
        yield Static(id="compare-heading", markup=False)
        with VerticalScroll(id="compare-scroll"):
            yield Static(id="compare-table", markup=False)

    def on_mount(self) -> None:
        """The arrows up and down scroll."""
        self._scroll.focus()
        self.call_after_refresh(self._show)

    def on_resize(self, _event: events.Resize) -> None:
        """As many columns as fit."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        width = self._scroll.scrollable_content_region.width
        shown, _ = columns_in(width, len(self._models))
        hidden = len(self._models) - shown
        more = f"   {shown} of {len(self._models)} in sight" if hidden else ""
        self._heading.update(
            Content.assemble(
                ("Side by side", "bold $primary"),
                (f"   the bars compare these{more}", "$text-muted"),
            )
        )
        self._table.update(comparison(self._models, self._chosen, width))

    def on_click(self, event: events.Click) -> None:
        """A click on a column chooses its model."""
        if event.widget is self._table:
            width = self._scroll.scrollable_content_region.width
            index = column_at(event.x, width, len(self._models), self._chosen)
            if index is not None:
                self._chosen = index
                self._show()

    def action_choose(self, by: int) -> None:
        """Moves to the model beside this one."""
        self._chosen = (self._chosen + by) % len(self._models)
        self._show()

    def action_try(self) -> None:
        """Answers with the model chosen."""
        self.dismiss(self._models[self._chosen])

    def action_drop(self) -> None:
        """Leaves the model out; with one alone there is nothing to compare."""
        self._dropped(self._models.pop(self._chosen).slug)
        if len(self._models) < 2:
            self.dismiss(None)
            return
        self._chosen = min(self._chosen, len(self._models) - 1)
        self._show()

    async def action_copy(self) -> None:
        """Copies a Markdown table."""
        lines = ["| model | provider | in / MTok | out / MTok | context |", "|---|---|--:|--:|--:|"]
        for model in self._models:
            given, made = price_cells(model.prices)
            context = context_text(model.context_window)
            lines.append(f"| {model.slug} | {model.provider} | {given} | {made} | {context} |")
        await self.app.copy("\n".join(lines) + "\n", "the comparison")
