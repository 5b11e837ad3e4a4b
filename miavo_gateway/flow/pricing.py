"""What usage costs, in integer nano-dollars."""

from __future__ import annotations

from miavo_gateway.catalogue import Prices
from miavo_gateway.usage import UsageBuckets

__all__ = ["affordable_output", "cost_nano", "price_of"]

_MILLISECONDS = 1_000


def cost_nano(prices: Prices, usage: UsageBuckets, tier: str | None = None) -> int | None:
    """The cost of usage; None when the model's price is not stated, or not in full.

    Each stated price holds for its own measure, and a measure without one is on record only: a
    voice may be priced by the character or by the second. Tokens are all or nothing, those of
    sound included, so that a part is never taken for the whole.

    Every price is a whole number of nano-dollars a unit, so this is exact; a part of a second that
    makes no whole nano-dollar is rounded up.

    Args:
        prices: the model's.
        usage: what was used.
        tier: the resolution of a video or the size of an image, where prices go by it.
    """
    if not prices.priced:
        return None
    tokens = _token_cost(prices, usage)
    if tokens is None:
        return None
    second = prices.second_nano(tier) or 0
    return (
        tokens
        - (-usage.milliseconds * second // _MILLISECONDS)
        + usage.images * (prices.image_nano(tier) or 0)
        + usage.characters * (prices.characters.nano if prices.characters else 0)
    )


def _token_cost(prices: Prices, usage: UsageBuckets) -> int | None:
    """The cost of tokens; nothing for a model that is priced by another measure alone."""
    read, write = prices.cache_read_nano, prices.cache_write_nano
    if prices.input_nano is None or prices.output_nano is None or read is None or write is None:
        return 0
    sound = 0
    for count, price in (
        (usage.audio_input, prices.audio_input),
        (usage.audio_output, prices.audio_output),
    ):
        if price is not None:
            sound += count * price.nano
        elif count and (prices.input_nano or prices.output_nano):
            return None
    return (
        usage.uncached_input * prices.input_nano
        + usage.cache_read * read
        + usage.cache_write * write
        + usage.output * prices.output_nano
        + sound
    )


def price_of(prices: Prices, prompt: int, output: int) -> int:
    """The most that so many prompt and output tokens cost; 0 if unpriced: nothing is charged then.

    All of a prompt may be written to the provider's cache, which can cost more than reading it; and
    all of both may be sound, where sound has prices.
    """
    each, out = prices.input, prices.output
    if each is None or out is None:
        return 0
    read = max(each.nano, prices.cache_write.nano) if prices.cache_write else each.nano
    dearest = prompt * read + output * out.nano
    if prices.audio_input is not None and prices.audio_output is not None:
        sound = prompt * prices.audio_input.nano + output * prices.audio_output.nano
        dearest = max(dearest, sound)
    return dearest


def affordable_output(prices: Prices, prompt: int, held: int) -> int | None:
    """The output tokens that a hold pays for beside its prompt; None where output is free."""
    if not prices.output_nano:
        return None
    each = max(prices.output_nano, prices.audio_output.nano if prices.audio_output else 0)
    return (held - price_of(prices, prompt, 0)) // each
