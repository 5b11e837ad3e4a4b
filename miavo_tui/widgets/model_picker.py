"""Choosing the model that answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from miavo_tui.model_card import ModelCard
from miavo_tui.model_states import STATES, refusal_to_chat, state_of, symbol_of
from miavo_tui.screens.search_picker import SearchPicker, moving_bindings
from miavo_tui.widgets.cell_text import fitted_text
from miavo_tui.widgets.chat_price import price_text

__all__ = ["ModelPicker", "matching"]

KIND_WIDTH = 13
PROVIDER_WIDTH = 14
PRICE_WIDTH = 18
LEAST_BESIDE, MOST_BESIDE = 2, 4
"""How many models can be asked side by side."""
PROVIDER_FROM = 92
"""Cells of a row from which the provider has a column of its own."""


def matching(cards: Sequence[ModelCard], query: str) -> list[ModelCard]:
    """The models whose slug, name, provider or kind hold every word of the query.

    What can answer now comes first and what does not chat last; else the catalogue's order is
    kept.
    """
    words = query.casefold().split()
    found = [
        card
        for card in cards
        if all(
            word in f"{card.slug} {card.name} {card.provider} {card.kind}".casefold()
            for word in words
        )
    ]
    return sorted(
        found,
        key=lambda card: (
            refusal_to_chat(card) is not None,
            card.kind != "chat",
            not card.reachable,
        ),
    )


class ModelPicker(SearchPicker):
    """Search as you type over all models; answers with the slugs picked, or None when left.

    One is picked with Enter. Where several are wanted, Tab ticks two to four and Enter takes them.
    """

    CSS_PATH = "model_picker.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        # Ahead of the search field, which takes Enter too.
        Binding(
            "enter", "choose", "pick", priority=True, id="picker.pick", tooltip="Pick the model"
        ),
        Binding(
            "tab",
            "tick",
            "tick",
            priority=True,
            id="picker.tick",
            tooltip="Tick the model, to be asked side by side with others",
        ),
        Binding("escape", "leave", "back", id="picker.leave", tooltip="Keep the model"),
        *moving_bindings("picker"),
    ]

    detail = query_one("#picker-detail", Static)
    count = query_one("#picker-count", Static)

    def __init__(self, current: str, ticked: Sequence[str] | None = None) -> None:
        """Prepares the choice among the app's models, which it follows while it is open.

        Args:
            current: the slug that answers now, marked and highlighted to begin with.
            ticked: those ticked to begin with; None where one is picked.
        """
        super().__init__()
        self._several = ticked is not None
        self._ticked = list(ticked or ())
        self._current = current
        self._found: list[ModelCard] = []
        self._wanted: str | None = current

    def compose_body(self) -> ComposeResult:
        """The search, the list, what is to be known of the highlighted model."""
        with Vertical(id="picker"):
            what = "Search models to ask side by side" if self._several else "Search models"
            yield Input(placeholder=what, select_on_focus=False)
            yield OptionList(compact=True)
            yield Static(id="picker-detail", markup=False)
            yield Static(id="picker-count", markup=False)

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        event.stop()
        # The best match while there is something to match, else where one was.
        self._wanted = None if event.value else self._current
        self.show_found()

    @on(OptionList.OptionSelected)
    def _select(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_choose()

    @on(OptionList.OptionHighlighted)
    def _highlight(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        # The list may have been filled anew since the event was sent.
        card = next((card for card in self._found if card.slug == event.option_id), None)
        if card is not None:
            self._wanted = card.slug
            self._describe(card)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers ticking where several are wanted."""
        return self._several if action == "tick" else True

    def action_tick(self) -> None:
        """Ticks the model under the highlight, or takes its tick away."""
        card = self._highlighted()
        if card is None:
            return
        if card.slug in self._ticked:
            self._ticked.remove(card.slug)
        elif len(self._ticked) == MOST_BESIDE:
            self.notify(f"{MOST_BESIDE} is the most.", severity="warning", timeout=3)
        elif self._may_be_asked(card):
            self._ticked.append(card.slug)
        self.show_found()

    def action_choose(self) -> None:
        """Answers with what is picked, or says why it cannot be talked with."""
        card = self._highlighted()
        if self._several and len(self._ticked) >= LEAST_BESIDE:
            self.dismiss(tuple(self._ticked))
        elif card is None or not self._may_be_asked(card):
            return
        elif not self._several:
            self.dismiss((card.slug,))
        elif self._ticked and card.slug not in self._ticked:
            # One is ticked and another is under the highlight: these two are meant.
            self.dismiss((*self._ticked, card.slug))
        else:
            said = self.app.with_keys("Tick two to four models with <picker.tick>.", self)
            self.notify(said, severity="warning", timeout=3)

    def _may_be_asked(self, card: ModelCard) -> bool:
        refusal = refusal_to_chat(card)
        if refusal is not None:
            self.notify(refusal, severity="warning", timeout=4, markup=False)
        return refusal is None

    def _highlighted(self) -> ModelCard | None:
        index = self.options.highlighted
        return None if index is None or not self._found else self._found[index]

    def show_found(self) -> None:
        """Lists the models that match, the best first."""
        wanted = self._wanted
        cards = self.app.models
        self._found = matching(cards, self.search.value)
        width = self.options.scrollable_content_region.width
        slug_width = max((len(card.slug) for card in cards), default=0) + 2
        self.options.clear_options()
        self.options.add_options(
            Option(self._row(card, width, slug_width), id=card.slug) for card in self._found
        )
        slugs = [card.slug for card in self._found]
        if self._found:
            self.options.highlighted = slugs.index(wanted) if wanted in slugs else 0
        else:
            self._describe(None)
        count = f"{len(self._found)} of {len(cards)}"
        if self._several:
            count = f"{' │ '.join(self._ticked) or 'none ticked'}   {count}"
        self.count.update(Content(count))

    def _row(self, card: ModelCard, width: int, slug_width: int) -> Content:
        symbol, colour = symbol_of(card)
        dim = "" if card.reachable and refusal_to_chat(card) is None else "$text-muted"
        mark = "◆" if card.slug == self._current else " "
        if self._several:
            mark = "✓" if card.slug in self._ticked else " "
        with_provider = width >= PROVIDER_FROM
        room = width - 4 - KIND_WIDTH - PRICE_WIDTH - (PROVIDER_WIDTH if with_provider else 0)
        slug = Content.styled(card.slug, dim).truncate(
            min(slug_width, room) - 1, ellipsis=True, pad=False
        )
        name_room = room - min(slug_width, room)
        return Content.assemble(
            (symbol, f"$state-{colour}"),
            (f" {mark} ", "$accent"),
            slug.pad_right(max(0, min(slug_width, room) - slug.cell_length)),
            (_cell(card.name, name_room), "$text-muted"),
            (_cell(card.provider, PROVIDER_WIDTH) if with_provider else "", "$text-muted"),
            (_cell(card.kind, KIND_WIDTH), "$text-muted"),
            (_price(card).rjust(PRICE_WIDTH), dim),
        )

    def _describe(self, card: ModelCard | None) -> None:
        if card is None:
            nothing = self.app.with_keys(
                "No model matches. <picker.leave> clears the search.", self
            )
            self.detail.update(Content(nothing))
            return
        parts = [Content.styled(f"{card.name}, {card.provider}", "bold")]
        refusal = refusal_to_chat(card)
        if card.lifecycle.status == "retired":
            successor = card.lifecycle.successor
            use = f"; its successor is {successor}" if successor else ""
            parts.append(Content.styled(f"✖ retired{use}", "$state-retired"))
        elif refusal is not None:
            symbol, word = STATES[state_of(card)]
            parts.append(Content.styled(f"{symbol} {word}. {refusal}", "$text-warning"))
        elif not card.reachable:
            reason = card.unreachable_reason or "It cannot be reached now."
            parts.append(Content.styled(f"▲ {reason}", "$text-warning"))
        else:
            parts.append(Content.styled(card.summary, "$text-muted"))
        self.detail.update(Content("\n").join(parts))


def _price(card: ModelCard) -> str:
    """The price, its two halves each aligned to the right."""
    first, slash, second = price_text(card.prices).partition(" / ")
    return f"{first} / {second:>7}" if slash else first


def _cell(text: str, width: int) -> str:
    """Cut or padded to `width`, with a blank at the end; nothing where there is no room."""
    if width < 6:
        return " " * width
    return f"{fitted_text(text, width - 1)} "
