"""Models side by side: a column for each, laid out as text of a given width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from textual.content import Content

from miavo_tui.catalogue_view import lowest_price
from miavo_tui.model_card import ModelCard
from miavo_tui.model_states import STATES, state_of
from miavo_tui.price_standing import bar, chat_cost
from miavo_tui.price_text import context_text, dollars, price_cells

__all__ = ["column_at", "columns_in", "comparison"]

_LABEL = 15
_LEAST, _MOST = 24, 44
_TOKENS_IN, _TOKENS_OUT = 10_000, 1_000

_Cell = Content | str


def columns_in(width: int, models: int) -> tuple[int, int]:
    """How many columns `width` cells hold of `models`, and how wide each is, its gap included."""
    room = max(_LEAST, width - _LABEL)
    shown = max(1, min(models, room // _LEAST))
    return shown, min(_MOST, room // shown)


def column_at(x: int, width: int, models: int, chosen: int) -> int | None:
    """The model whose column is at the cell `x` of a `comparison`; None beside all of them."""
    shown, column = columns_in(width, models)
    number = (x - _LABEL) // column
    if x < _LABEL or number >= shown:
        return None
    return _first(shown, models, chosen) + number


def _first(shown: int, models: int, chosen: int) -> int:
    return min(max(0, chosen - shown + 1), max(0, models - shown))


def comparison(models: Sequence[ModelCard], chosen: int, width: int) -> Content:
    """A table with a column for each model that fits; the one chosen is always among them.

    Bars are in proportion: one of half the length stands for half the price or context.

    Args:
        models: what is compared.
        chosen: the index of the column that keys act upon.
        width: cells to fill.
    """
    shown, column = columns_in(width, len(models))
    first = _first(shown, len(models), chosen)
    seen = range(first, first + shown)
    room = column - 2
    lines: list[Content] = []

    def row(label: str, cells: Sequence[_Cell], style: str = "$foreground") -> None:
        parts = [Content.styled(label.ljust(_LABEL), "$text-muted")]
        for index in seen:
            cell = cells[index]
            content = cell if isinstance(cell, Content) else Content.styled(cell, style)
            if content.cell_length > room:
                content = content.truncate(room, ellipsis=True)
            parts.append(content.pad_right(room - content.cell_length) + Content("  "))
        lines.append(Content("").join(parts).rstrip())

    def row_with_bars(
        label: str,
        values: Sequence[Decimal | int | None],
        texts: Sequence[str],
        best: Callable[[Sequence[Decimal | int]], Decimal | int] | None,
        word: str,
    ) -> None:
        stated = [value for value in values if value is not None]
        if not stated:
            return
        highest = max(stated)
        winner = best(stated) if best is not None and len(set(stated)) > 1 else None
        cells = []
        for value, text in zip(values, texts, strict=True):
            mark = f"  ✓ {word}" if value is not None and value == winner else ""
            cells.append(Content.assemble((text, "$foreground"), (mark, "$text-success")))
        row(label, cells)
        row("", [_drawn(value, highest, room) for value in values], "$primary")

    row("", [_name(model, number == chosen) for number, model in enumerate(models)])
    row("", [Content.styled(model.slug, "$primary") for model in models])
    row("provider", [model.provider for model in models])
    row("kind", [model.kind for model in models])
    row("state", [_state(model) for model in models])
    row("", [_reason(model) for model in models], "$text-muted")
    given = [model.prices.input_per_mtok for model in models]
    made = [model.prices.output_per_mtok for model in models]
    single = [_single(model) for model in models]
    row_with_bars(
        "in / MTok", given, [_money(m, m.prices.input_per_mtok) for m in models], min, "cheapest"
    )
    row_with_bars(
        "out / MTok", made, [_money(m, m.prices.output_per_mtok) for m in models], min, "cheapest"
    )
    if any(price is not None for price in single):
        # Seconds and images do not compare: their amounts are told without bars.
        row("price", [" ".join(price_cells(model.prices)) for model in models])
    costs = chat_cost(models, _TOKENS_IN, _TOKENS_OUT)
    row_with_bars("10k in, 1k out", costs, [_cost(cost) for cost in costs], min, "cheapest")
    contexts = [model.context_window for model in models]
    row_with_bars("context", contexts, list(map(context_text, contexts)), max, "largest")
    row("can", [", ".join(model.features) or "—" for model in models])
    row("endpoint", [model.endpoint for model in models], "$text-muted")
    row("until", [_until(model) for model in models], "$text-muted")
    return Content("\n").join(lines)


def _name(model: ModelCard, chosen: bool) -> Content:
    if chosen:
        return Content.styled(f"▸ {model.name}", "bold reverse $primary")
    return Content.styled(f"  {model.name}", "bold $foreground")


def _state(model: ModelCard) -> Content:
    state = state_of(model)
    symbol, word = STATES[state]
    return Content.styled(f"{symbol} {word}", f"$state-{state}")


def _reason(model: ModelCard) -> str:
    if model.lifecycle.successor:
        return f"use {model.lifecycle.successor}"
    return model.unreachable_reason or ""


def _drawn(value: Decimal | int | None, highest: Decimal | int, room: int) -> str:
    if value is None:
        return ""
    return bar(float(value / highest) if highest else 0.0, min(room, 24))


def _money(model: ModelCard, price: Decimal | None) -> str:
    if price is None or model.prices.free:
        return "free" if model.prices.free else "—"
    return dollars(price)


def _cost(cost: Decimal | None) -> str:
    return "—" if cost is None else dollars(cost.quantize(Decimal("0.0001")).normalize() or cost)


def _single(model: ModelCard) -> Decimal | None:
    found = lowest_price(model.prices)
    return None if found is None else found[1]


def _until(model: ModelCard) -> str:
    day = model.lifecycle.retires_on
    return "—" if day is None else f"{day:%Y-%m-%d}"
