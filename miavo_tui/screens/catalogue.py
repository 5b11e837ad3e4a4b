"""The Catalogue screen: every model, found, compared and ready to be called."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import Static

from miavo_tui.catalogue_view import SORTS, CatalogueView, selected
from miavo_tui.gateway_errors import GatewayRefused, GatewayUnreachable
from miavo_tui.link import Link, Phase
from miavo_tui.model_states import DEFAULT_MODEL
from miavo_tui.screens.catalogue_actions import ModelActions
from miavo_tui.screens.catalogue_keys import BINDINGS
from miavo_tui.screens.catalogue_notice import why_nothing
from miavo_tui.screens.list_with_detail import ListWithDetail
from miavo_tui.widgets.filter_bar import KINDS, FilterBar
from miavo_tui.widgets.legend import Legend
from miavo_tui.widgets.model_detail import ModelDetail
from miavo_tui.widgets.model_list import ModelList
from miavo_tui.widgets.search_line import SearchLine

__all__ = ["CatalogueScreen"]

# Long enough that holding an arrow key fetches nothing on the way.
_SETTLE_SECONDS = 0.08
# A credential that cools down is back after seconds to minutes.
_REACH_SECONDS = 15.0


class CatalogueScreen(ModelActions, ListWithDetail):
    """A list with search, filters and orders; beside it, or over it, the details of one model."""

    TAB = "catalogue"
    PURPOSE = (
        "Every model of this gateway, its price, and whether it answers here.\n"
        "Find one, compare some, copy the code that calls it, or press <catalogue.try> to try it."
    )
    CSS_PATH = [  # noqa: RUF012 - as the base class declares it
        "catalogue.tcss",
        "../widgets/query_line.tcss",
        "../widgets/filter_bar.tcss",
        "../widgets/model_list.tcss",
        "../widgets/legend.tcss",
        "../widgets/model_detail.tcss",
        "../widgets/code_example.tcss",
    ]
    AUTO_FOCUS = "#models"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - as the base class declares it
        (0, "-narrow"),
        (120, "-wide"),
        (150, "-wide-150"),
        (160, "-wide-160"),
        (200, "-wide-200"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = BINDINGS

    _filters = getters.query_one(FilterBar)
    _legend = getters.query_one(Legend)
    _nothing = getters.query_one("#nothing", Static)

    def __init__(self) -> None:
        super().__init__()
        self._settling: Timer | None = None

    def compose_body(self) -> ComposeResult:
        """List and details."""
        with Horizontal(id="catalogue"):
            with Vertical(id="browse"):
                yield SearchLine(self.view.search, "search slug, name, provider or summary")
                yield FilterBar()
                yield ModelList(id="models")
                yield Static(id="nothing", markup=False)
                yield Legend()
            yield ModelDetail(id="detail")

    def on_mount(self) -> None:
        """Follows the app's models and its link."""
        self.watch(self.app, "models", self._models_changed)
        self.watch(self.app, "link", self._link_changed, init=False)
        self.every(_REACH_SECONDS, self._look_again)

    def on_screen_resume(self) -> None:
        """What can be reached may have changed on another screen."""
        self._look_again()

    @work(group="reach", exclusive=True)
    async def _look_again(self) -> None:
        """Looks which models can be reached now, while anybody would see it."""
        if self.is_current and self.app.link.phase is Phase.READY:
            with contextlib.suppress(GatewayUnreachable, GatewayRefused):
                await self.app.load_models()

    # What is shown

    def _models_changed(self) -> None:
        self._examples.clear()
        self.detail.models = self.app.models
        if not self.view.selected:
            # The first contact: a model that answers here, Chat's own before the others.
            reachable = [model.slug for model in self.app.models if model.reachable]
            first = DEFAULT_MODEL if DEFAULT_MODEL in reachable else next(iter(reachable), "")
            self.app.remember(catalogue=replace(self.view, selected=first))
        self.show()

    def _link_changed(self, link: Link) -> None:
        if link.phase is Phase.READY:
            self._fetch_example()
        self._show_nothing()
        self.refresh_bindings()

    def show(self) -> None:
        """Shows what the view lets through, in its order."""
        view = self.view
        models = selected(self.app.models, view)
        self._filters.view = view
        self.search_line.show_count(len(models), len(self.app.models))
        self._legend.models = models
        self._legend.marks = len(self._marked)
        self.refresh_bindings()
        self.models.show(
            models,
            words=view.words,
            sort=view.sort,
            descending=view.descending,
            slug=view.selected,
            marked=view.marked,
        )
        self._show_nothing()

    def _show_nothing(self) -> None:
        """What stands in place of an empty list."""
        nothing = not self.models.models
        self.set_class(nothing, "-nothing")
        if nothing:
            self._nothing.update(
                why_nothing(self.app.models, self.view, self.app.link, self._key_of)
            )

    def _key_of(self, name: str) -> str:
        return self.app.key_of(name, self)

    @on(ModelList.Highlighted)
    def _highlighted(self, event: ModelList.Highlighted) -> None:
        model = event.model
        self.detail.model = model
        if model is None:
            return
        if model.slug != self.view.selected:
            self.app.remember(catalogue=replace(self.view, selected=model.slug))
        kept = self._examples.kept(model.slug)
        self.detail.code_example.examples = kept
        if self._settling is not None:
            self._settling.stop()
        if kept is None:
            self._settling = self.set_timer(_SETTLE_SECONDS, self._fetch_example)
        self.refresh_bindings()

    # What the list and its details are

    @property
    def shown_list(self) -> ModelList:
        """The models."""
        return self.models

    @property
    def shown_detail(self) -> ModelDetail:
        """Everything about one."""
        return self.detail

    @property
    def searched(self) -> str:
        """What models are searched for."""
        return self.view.search

    # Filters

    def action_set_kind(self, kind: str) -> None:
        """Shows one kind; empty for all."""
        self.change_view(kind=kind)

    def action_step_kind(self, by: int) -> None:
        """Shows the kind beside this one."""
        at = KINDS.index(self.view.kind) if self.view.kind in KINDS else 0
        self.change_view(kind=KINDS[(at + by) % len(KINDS)])

    def action_providers(self) -> None:
        """Offers the providers, each with its number of models."""
        from miavo_tui.screens.choice_menu import provider_menu

        def chosen(provider: str) -> None:
            self.change_view(provider=provider)

        self.app.push_screen(provider_menu(self.app.models, self.view.provider, chosen))

    def action_features(self) -> None:
        """Offers the features; several may be asked for together."""
        from miavo_tui.screens.choice_menu import feature_menu

        def chosen(features: tuple[str, ...]) -> None:
            self.change_view(features=features)

        self.app.push_screen(feature_menu(self.app.models, self.view.features, chosen))

    def action_toggle_reachable(self) -> None:
        """Only models that this gateway could answer for now, or all."""
        self.change_view(reachable_only=not self.view.reachable_only)

    def action_toggle_free(self) -> None:
        """Only models at no cost, or all."""
        self.change_view(free_only=not self.view.free_only)

    def action_clear(self) -> None:
        """Drops the search and every filter; the order stays."""
        kept = CatalogueView(
            sort=self.view.sort,
            descending=self.view.descending,
            selected=self.view.selected,
            marked=self.view.marked,
        )
        self.app.remember(catalogue=kept)
        self.search_line.field.value = ""
        self.show()

    # Order

    def action_sort(self) -> None:
        """The next order."""
        at = SORTS.index(self.view.sort) if self.view.sort in SORTS else 0
        self._sort_by(SORTS[(at + 1) % len(SORTS)])

    def action_reverse(self) -> None:
        """The same order, turned round."""
        self.change_view(descending=not self.view.descending, selected="")

    @on(ModelList.SortAsked)
    def _sort_asked(self, event: ModelList.SortAsked) -> None:
        if event.sort == self.view.sort:
            self.action_reverse()
        else:
            self._sort_by(event.sort)

    def _sort_by(self, sort: str) -> None:
        # The cheapest and the largest are what one looks for, and they are at the top.
        self.change_view(sort=sort, descending=sort == "context", selected="")

    # One model

    @on(ModelList.Chosen)
    def _chosen(self) -> None:
        self._open()

    def _open(self) -> None:
        if self.shows_list_alone:
            self.action_toggle_detail()
        else:
            self.action_try()

    def action_jump(self, slug: str) -> None:
        """Puts the cursor on a model, dropping filters that hide it."""
        if all(model.slug != slug for model in self.models.models):
            self.action_clear()
        self.change_view(selected=slug)

    def action_successor(self) -> None:
        """Goes to the model that replaced this one."""
        model = self.models.highlighted
        if model is not None and model.lifecycle.successor is not None:
            self.action_jump(model.lifecycle.successor)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers what applies to the model under the cursor and to the room there is."""
        if not self.is_mounted:
            return True
        model = self.models.highlighted
        match action:
            case "successor":
                return model is not None and model.lifecycle.successor is not None
            case "show_detail":
                return model is not None and self.shows_list_alone
            case "compare" | "unmark":
                return bool(self._marked)
            case "copy_code" | "copy_slug" | "next_language" | "copy_with_key" | "mark":
                return model is not None
            case "toggle_detail":
                return self.has_class("-narrow")
            case "try":
                return model is not None and not self.shows_list_alone
            case "back":
                return self.shows_detail_alone or bool(self.view.search)
            case "clear":
                return self.view.filtered or bool(self.view.search)
            case "search":
                return bool(self.app.models) and self.focused is not self.search_line.field
            case "step_kind" | "sort" | "reverse":
                return bool(self.app.models) and not self.shows_detail_alone
        return super().check_action(action, parameters)
