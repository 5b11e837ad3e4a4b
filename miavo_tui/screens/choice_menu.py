"""A small menu over a screen: pick one, or tick several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from miavo_tui.model_card import ModelCard
from miavo_tui.screens.modal import Popup
from miavo_tui.widgets.model_columns import FEATURES

__all__ = ["Choice", "ChoiceMenu", "feature_menu", "provider_menu"]


_LEAST_TITLE = 24
_LEAST_COUNT = 4


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the menu."""

    value: str
    title: str
    count: str
    """Shown at the right."""


class ChoiceMenu(Popup[None]):
    """Tells of each change at once, so that the screen beneath shows its effect."""

    CSS_PATH = "choice_menu.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor(1)", "down", show=False, id="menu.down", tooltip="One down"),
        Binding("k", "cursor(-1)", "up", show=False, id="menu.up", tooltip="One up"),
        Binding(
            "space", "pick", "pick", key_display="enter", id="menu.pick", tooltip="Pick or tick"
        ),
        Binding("escape,q", "close", "close", id="menu.close", tooltip="Close the menu"),
    ]

    _list = getters.query_one(OptionList)

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        chosen: frozenset[str],
        on_change: Callable[[frozenset[str]], None],
        *,
        several: bool,
    ) -> None:
        super().__init__()
        self._title = title
        self._choices = choices
        self._chosen = chosen
        self._on_change = on_change
        self._several = several
        self._room = max([_LEAST_TITLE, *(len(choice.title) for choice in choices)])
        self._count_room = max([_LEAST_COUNT, *(len(choice.count) for choice in choices)])

    def compose_body(self) -> ComposeResult:
        """A title over the choices."""
        with Vertical(id="menu") as menu:
            # Mark, gap, frame and padding; a scroll bar may come.
            menu.styles.width = self._room + self._count_room + 10
            hint = "  any of them" if self._several else ""
            yield Static(
                Content.assemble((self._title, "bold $foreground"), (hint, "$text-muted")),
                id="menu-title",
                markup=False,
            )
            yield OptionList(*map(self._option, self._choices), markup=False)

    def on_mount(self) -> None:
        """Starts at what is chosen now."""
        self._list.highlighted = next(
            (n for n, choice in enumerate(self._choices) if choice.value in self._chosen), 0
        )

    def _option(self, choice: Choice) -> Option:
        mark = "✓" if choice.value in self._chosen else " "
        return Option(
            Content.assemble(
                (f"{mark} ", "bold $accent"),
                choice.title.ljust(self._room),
                (f" {choice.count.rjust(self._count_room)}", "$text-muted"),
            )
        )

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        value = self._choices[event.option_index].value
        if not self._several:
            self._on_change(frozenset({value}))
            self.dismiss()
            return
        self._chosen = self._chosen ^ {value}
        self._on_change(self._chosen)
        for index, choice in enumerate(self._choices):
            self._list.replace_option_prompt_at_index(index, self._option(choice).prompt)

    def action_pick(self) -> None:
        """As Enter."""
        self._list.action_select()

    def action_cursor(self, by: int) -> None:
        """As the arrow keys."""
        (self._list.action_cursor_down if by > 0 else self._list.action_cursor_up)()


def provider_menu(
    models: Sequence[ModelCard], provider: str, on_change: Callable[[str], None]
) -> ChoiceMenu:
    """One provider or all; tells of the name, or of nothing for all."""
    counts: dict[str, int] = {}
    for model in models:
        counts[model.provider] = counts.get(model.provider, 0) + 1
    choices = [Choice("", "all", str(len(models)))]
    choices += [Choice(name, name, str(count)) for name, count in counts.items()]

    def changed(values: frozenset[str]) -> None:
        on_change(next(iter(values), ""))

    return ChoiceMenu("Provider", choices, frozenset({provider}), changed, several=False)


def feature_menu(
    models: Sequence[ModelCard],
    features: Sequence[str],
    on_change: Callable[[tuple[str, ...]], None],
) -> ChoiceMenu:
    """Any of the features; tells of those ticked, in the usual order."""
    names = [name for name, _ in FEATURES]
    choices = [
        Choice(name, name, str(sum(name in model.features for model in models))) for name in names
    ]

    def changed(values: frozenset[str]) -> None:
        on_change(tuple(name for name in names if name in values))

    return ChoiceMenu("Can do", choices, frozenset(features), changed, several=True)
