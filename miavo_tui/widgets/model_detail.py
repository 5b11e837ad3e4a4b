"""The pane beside the list: everything about the model under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events, getters
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.reactive import reactive, var
from textual.widgets import Static

from miavo_tui.model_card import ModelCard
from miavo_tui.widgets.code_example import CodeExample
from miavo_tui.widgets.model_facts import facts

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["ModelDetail"]


class _Facts(Static):
    auto_links = var(False)


class ModelDetail(VerticalScroll):
    """Facts over code. Scrolls as one."""

    if TYPE_CHECKING:
        app = getters.app(MiavoApp)
    model: reactive[ModelCard | None] = reactive(None)
    models: tuple[ModelCard, ...] = ()
    """The catalogue, among which the model's prices stand."""

    code_example = getters.query_one(CodeExample)
    _facts = getters.query_one("#facts", Static)

    def compose(self) -> ComposeResult:
        """Facts over code."""
        yield _Facts(id="facts", markup=False)
        yield CodeExample()

    def watch_model(self, old: ModelCard | None, new: ModelCard | None) -> None:
        """Shows the model from its top."""
        self._show()
        if old is None or new is None or old.slug != new.slug:
            self.scroll_home(animate=False)

    def on_resize(self, _event: events.Resize) -> None:
        """Lays the text out for the new width."""
        self._show()

    def _show(self) -> None:
        if not self.is_mounted:
            return
        model = self.model
        self.code_example.display = model is not None
        # One cell less than the pane has: the padding beside the scrollbar.
        width = self.scrollable_content_region.width - 1
        key = self.app.key_of("catalogue.successor", self)
        self._facts.update(
            "" if model is None else facts(model, width, self.models, successor_key=key)
        )
