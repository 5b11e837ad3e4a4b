"""A model's price in a few characters."""

from __future__ import annotations

from decimal import Decimal

from miavo_tui.model_card import Prices

__all__ = ["price_text"]


def price_text(prices: Prices) -> str:
    """Such as `$5.00 / $25.00` (a million tokens in and out), `$0.04 an image` or `free`."""
    if prices.free:
        return "free"
    if prices.input_per_mtok is not None and prices.output_per_mtok is not None:
        return f"{_dollars(prices.input_per_mtok)} / {_dollars(prices.output_per_mtok)}"
    for only in (prices.input_per_mtok, prices.output_per_mtok):
        if only is not None:
            return f"{_dollars(only)} a million"
    images = [price for _, price in prices.per_image_by_size]
    if prices.per_image is not None:
        images.append(prices.per_image)
    if images:
        return f"{_span(images)} an image"
    seconds = [price for _, price in prices.per_second_by_resolution]
    if prices.per_second is not None:
        seconds.append(prices.per_second)
    if seconds:
        return f"{_span(seconds)} a second"
    return "unpriced"


def _dollars(price: Decimal) -> str:
    # At least cents; what the catalogue states finer than that stays.
    exponent = price.as_tuple().exponent
    fine = isinstance(exponent, int) and exponent < -2
    return f"${price:f}" if fine else f"${price:.2f}"


def _span(prices: list[Decimal]) -> str:
    low, high = min(prices), max(prices)
    return _dollars(low) if low == high else f"{_dollars(low)} to {_dollars(high)}"
