"""Prices, exact and never rounded, and contexts to the nearest thousand tokens."""

from __future__ import annotations

from decimal import Decimal

from miavo_tui.model_card import Prices

__all__ = ["context_text", "dollars", "price_cells", "price_lines"]


def dollars(price: Decimal) -> str:
    """`$5.00`, `$0.040`: at least cents, and every digit that was stated.

    >>> dollars(Decimal("5")), dollars(Decimal("0.040"))
    ('$5.00', '$0.040')
    """
    text = f"{price:f}"
    whole, _, cents = text.partition(".")
    return f"${whole}.{cents.ljust(2, '0')}"


def context_text(tokens: int | None) -> str:
    """`1M`, `164k`, `8k`: to the nearest thousand, as the catalogue's page has it.

    `—` when not stated. The exact number stands in a model's details.
    """
    if tokens is None:
        return "—"
    if tokens < 1_000:
        return str(tokens)
    thousands = round(tokens / 1_000)
    if thousands % 1_000 == 0:
        return f"{thousands // 1_000}M"
    return f"{thousands:,}k"


def price_cells(prices: Prices) -> tuple[str, str]:
    """The two price columns: in and out per million tokens, or an amount and its unit."""
    if prices.free:
        return "free", ""
    if not prices.priced:
        return "unpriced", ""
    if prices.input_per_mtok is not None or prices.output_per_mtok is not None:
        return _or_dash(prices.input_per_mtok), _or_dash(prices.output_per_mtok)
    for single, table, unit in (
        (prices.per_second, prices.per_second_by_resolution, "/second"),
        (prices.per_image, prices.per_image_by_size, "/image"),
    ):
        amounts = sorted(
            {price for _, price in table} | ({single} if single is not None else set())
        )
        if amounts:
            # A plus sign: this is the lowest, the details have the others.
            return dollars(amounts[0]) + ("+" if len(amounts) > 1 else ""), unit
    return "—", ""


def price_lines(prices: Prices) -> tuple[tuple[str, str], ...]:
    """Every stated price as (amount, what it buys), and what "unpriced" and "free" mean."""
    lines: list[tuple[str, str]] = []
    if prices.free:
        lines.append(("free", "usage is recorded at no cost"))
    else:
        for price, unit, table in (
            (prices.input_per_mtok, "per million tokens in", ()),
            (prices.output_per_mtok, "per million tokens out", ()),
            (prices.per_second, "per second", prices.per_second_by_resolution),
            (prices.per_image, "per image", prices.per_image_by_size),
        ):
            # The table says the same and what it holds for.
            if price is not None and price not in dict(table).values():
                lines.append((dollars(price), unit))
        for name, price in prices.per_second_by_resolution:
            lines.append((dollars(price), f"per second at {name}"))
        for name, price in prices.per_image_by_size:
            lines.append((dollars(price), f"per image at {name}"))
        for price, unit in (
            (prices.text_input_per_mtok, "per million text tokens in"),
            (prices.text_output_per_mtok, "per million text tokens out"),
        ):
            if price is not None:
                lines.append((dollars(price), unit))
    if not prices.priced:
        reason = "no price is stated in full: usage is recorded, its cost is not known"
        lines.append(("unpriced", reason))
    return tuple(lines)


def _or_dash(price: Decimal | None) -> str:
    return "—" if price is None else dollars(price)
