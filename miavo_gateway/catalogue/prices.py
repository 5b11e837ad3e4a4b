"""Prices, exact: decimal strings in US dollars, counted as whole nano-dollars per unit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

__all__ = ["Price", "PriceTable", "Prices", "price_per_mtok", "price_per_unit"]

NANO_DIGITS = 9
"""A nano-dollar is 10^-9 of a dollar."""
MTOK_DIGITS = 6
"""A million tokens, the unit that providers quote."""

_DECIMAL = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Price:
    """One price, as it was written and as it is counted."""

    usd: str
    """The decimal string, digit for digit as written: `2.50`."""
    nano: int
    """Whole nano-dollars per token, character, image or second. $1 per million tokens is 1,000 a
    token."""


PriceTable: TypeAlias = tuple[tuple[str, Price], ...]
"""Prices that depend on a size or a resolution, in the order written: `(("720p", Price), ...)`."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What a model costs. Absent means not stated, never zero."""

    input: Price | None = None
    """Per million prompt tokens."""
    output: Price | None = None
    """Per million output tokens; stated exactly when `input` is."""
    cache_read: Price | None = None
    """Per million prompt tokens read from the provider's cache; as `input` where none is stated."""
    cache_write: Price | None = None
    """Per million prompt tokens written to that cache; likewise."""
    per_image: Price | None = None
    """Per image where its size is not in the table."""
    per_image_by_size: PriceTable = ()
    """Per image by size: `1K`, `1K-2K`, `4K`."""
    per_second: Price | None = None
    """Per second of video where its resolution is not in the table, or of sound."""
    per_second_by_resolution: PriceTable = ()
    """Per second of video by resolution: `720p`, `4K`."""
    text_input: Price | None = None
    """Per million text tokens in, for a model whose audio tokens have no stated price."""
    text_output: Price | None = None
    """Per million text tokens out, likewise."""
    audio_input: Price | None = None
    """Per million tokens of sound in."""
    audio_output: Price | None = None
    """Per million tokens of sound out."""
    characters: Price | None = None
    """Per million characters of text that are spoken or set to music."""

    @property
    def input_nano(self) -> int | None:
        """Nano-dollars per prompt token."""
        return self.input.nano if self.input else None

    @property
    def output_nano(self) -> int | None:
        """Nano-dollars per output token."""
        return self.output.nano if self.output else None

    @property
    def cache_read_nano(self) -> int | None:
        """Nano-dollars per prompt token read from the provider's cache."""
        return self.cache_read.nano if self.cache_read else self.input_nano

    @property
    def cache_write_nano(self) -> int | None:
        """Nano-dollars per prompt token written to the provider's cache."""
        return self.cache_write.nano if self.cache_write else self.input_nano

    @property
    def priced(self) -> bool:
        """Whether the price is stated in full, so that usage has a cost.

        The text prices of a realtime model are no full price: its audio stays unpriced.
        """
        return any((self.input, self.per_image, self.per_second, self.characters))

    def second_nano(self, resolution: str | None = None) -> int | None:
        """Nano-dollars per second of video of a resolution, or of sound."""
        graded = dict(self.per_second_by_resolution)
        price = graded.get(resolution, self.per_second) if resolution else self.per_second
        return price.nano if price else None

    def image_nano(self, size: str | None = None) -> int | None:
        """Nano-dollars per image of a size."""
        graded = dict(self.per_image_by_size)
        price = graded.get(size, self.per_image) if size else self.per_image
        return price.nano if price else None

    @property
    def free(self) -> bool:
        """Whether the price is stated and is zero."""
        stated = [
            price
            for price in (
                self.input,
                self.output,
                self.cache_read,
                self.cache_write,
                self.per_image,
                self.per_second,
                self.audio_input,
                self.audio_output,
                self.characters,
            )
            if price is not None
        ]
        tables = (*self.per_image_by_size, *self.per_second_by_resolution)
        stated.extend(price for _, price in tables)
        return self.priced and all(price.nano == 0 for price in stated)


def price_per_mtok(text: str) -> Price:
    """The price of a token or character from dollars per million of them.

    Raises:
        ValueError: not a plain decimal number, or finer than a nano-dollar a token (three
            decimals). The message completes the sentence "<the text> ...".
    """
    return _price(text, NANO_DIGITS - MTOK_DIGITS, "a token")


def price_per_unit(text: str) -> Price:
    """The price of an image or a second, from dollars.

    Raises:
        ValueError: as for `price_per_mtok`, with nine decimals.
    """
    return _price(text, NANO_DIGITS, "each")


def _price(text: str, digits: int, unit: str) -> Price:
    if text.startswith("-"):
        raise ValueError("is negative")
    if _DECIMAL.fullmatch(text) is None:
        raise ValueError("is not a decimal number")
    nano = Decimal(text).scaleb(digits)
    # At most eighteen digits pass the pattern, fewer than the decimal context keeps: exact.
    if nano != nano.to_integral_value():
        raise ValueError(f"is not a whole number of nano-dollars {unit}")
    return Price(text, int(nano))
