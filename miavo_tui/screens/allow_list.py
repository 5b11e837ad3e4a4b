"""Picking the models that a key may call: one by one, by provider, or by a pattern."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from miavo_tui.allow_entries import PROVIDER, admits, counts, is_pattern
from miavo_tui.model_card import ModelCard
from miavo_tui.screens.search_picker import SearchPicker, moving_bindings
from miavo_tui.widgets.cell_text import fitted_text

__all__ = ["AllowListPicker"]


@dataclass(frozen=True, slots=True)
class _Line:
    entry: str
    title: str
    detail: str
    models: tuple[ModelCard, ...]


class AllowListPicker(SearchPicker):
    """Answers with the entries; an empty list admits every model, None leaves all as it was."""

    CSS_PATH = Path(__file__).with_name("allow_list.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        # Ahead of the search field, which takes Enter too.
        Binding(
            "enter",
            "tick",
            "tick",
            priority=True,
            id="allow.tick",
            tooltip="Take what is highlighted into the list, or out of it",
        ),
        Binding("ctrl+s", "done", "done", priority=True, id="allow.done", tooltip="Keep this list"),
        Binding(
            "ctrl+e",
            "everything",
            "every model",
            id="allow.everything",
            tooltip="Drop the list: every model may be called",
            priority=True,
        ),
        Binding("escape", "leave", "back", id="allow.leave", tooltip="Clear the search, or leave"),
        *moving_bindings("allow"),
    ]

    _told = getters.query_one("#allow-told", Static)

    def __init__(self, entries: tuple[str, ...]) -> None:
        super().__init__()
        self.entries = list(entries)
        self._lines: list[_Line] = []

    def compose_body(self) -> ComposeResult:
        """The search, the list, what it admits."""
        with Vertical(id="allow"):
            yield Static(
                Content.assemble(
                    ("Models the key may call", "bold $primary"),
                    ("  each ticked line admits; none ticked admits every model", "$text-muted"),
                ),
                id="allow-heading",
                markup=False,
            )
            yield Input(
                placeholder="Search, or type a pattern such as claude-*",
                select_on_focus=False,
                compact=True,
            )
            yield OptionList(compact=True, markup=False)
            yield Static(id="allow-told", markup=False)

    @on(Input.Changed)
    def _searched(self) -> None:
        self.show_found()
        if self._lines:
            self.options.highlighted = 0

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_tick()

    def action_tick(self) -> None:
        """Takes the line in or out."""
        at = self.options.highlighted
        if at is None or at >= len(self._lines):
            return
        entry = self._lines[at].entry
        if entry in self.entries:
            self.entries.remove(entry)
        else:
            self.entries.append(entry)
        self.show_found()

    def action_everything(self) -> None:
        """Drops the list."""
        self.entries.clear()
        self.show_found()

    def action_done(self) -> None:
        """Answers with the list."""
        self.dismiss(tuple(self.entries))

    def show_found(self) -> None:
        """Lists providers, models and a pattern that is typed."""
        cards = self.app.models
        at = self.options.highlighted
        self._lines = self._found(cards)
        width = self.options.scrollable_content_region.width
        self.options.clear_options()
        self.options.add_options(Option(self._row(line, width)) for line in self._lines)
        if self._lines:
            self.options.highlighted = min(at or 0, len(self._lines) - 1)
        self._told.update(self._summary(cards))

    def _found(self, cards: tuple[ModelCard, ...]) -> list[_Line]:
        text = self.search.value.strip()
        words = text.casefold().split()
        lines: list[_Line] = []
        if is_pattern(text) and text not in self.entries:
            fits = tuple(card for card in cards if admits(text, card))
            if fits:
                lines.append(_Line(text, text, "pattern", fits))
        # What is ticked and is no line of its own, such as patterns, stands above.
        known = {card.slug for card in cards} | {PROVIDER + card.owned_by for card in cards}
        lines += [
            _Line(entry, entry, "pattern", tuple(card for card in cards if admits(entry, card)))
            for entry in self.entries
            if entry not in known and (is_pattern(text) or _has(entry, words))
        ]
        providers = dict.fromkeys((card.owned_by, card.provider) for card in cards)
        lines += [
            _Line(
                PROVIDER + owner,
                PROVIDER + owner,
                f"all of {name}",
                tuple(card for card in cards if card.owned_by == owner),
            )
            for owner, name in providers
            if not is_pattern(text) and _has(f"{PROVIDER}{owner} {name}", words)
        ]
        lines += [
            _Line(card.slug, card.slug, f"{card.provider}, {card.kind}", (card,))
            for card in cards
            if (
                admits(text, card)
                if is_pattern(text)
                else _has(f"{card.slug} {card.name} {card.provider} {card.kind}", words)
            )
        ]
        return lines

    def _row(self, line: _Line, width: int) -> Content:
        ticked = line.entry in self.entries
        group = len(line.models) != 1 or line.detail == "pattern" or ":" in line.entry
        through = (
            not ticked
            and not group
            and any(admits(entry, line.models[0]) for entry in self.entries)
        )
        mark = "✓" if ticked else "·" if through else " "
        count = f"{len(line.models)} models" if group else ""
        room = max(12, width - 3 - len(count) - 2)
        wide = min(36, room // 2 + 6)
        return Content.assemble(
            (f" {mark} ", "bold $accent" if ticked else "$text-muted"),
            (f"{fitted_text(line.title, wide - 1)} ", "bold" if group else ""),
            (fitted_text(line.detail, room - wide), "$text-muted"),
            (f" {count}", "$text-muted"),
        )

    def _summary(self, cards: tuple[ModelCard, ...]) -> Content:
        if not self._lines:
            nothing = (
                "No model fits. Patterns take * for any text. <allow.leave> clears the search."
            )
            return Content.styled(self.app.with_keys(nothing, self), "$text-warning")
        if not self.entries:
            return Content.styled(f"Every model may be called: all {len(cards)}.", "$foreground")
        reached = sum(any(admits(entry, card) for entry in self.entries) for card in cards)
        lost = [entry for entry, count in counts(self.entries, cards).items() if not count]
        told = Content.assemble(
            (f"{reached} of {len(cards)} models", "bold $foreground"),
            (f" through {', '.join(self.entries)}", "$text-muted"),
        )
        if lost:
            told = Content.assemble((f"Fits no model: {', '.join(lost)}. ", "$text-warning"), told)
        return told


def _has(text: str, words: list[str]) -> bool:
    folded = text.casefold()
    return all(word in folded for word in words)
