"""What usage costs, in integer nano-dollars."""

from __future__ import annotations

from miavo_gateway.catalogue import Prices
from miavo_gateway.usage import UsageBuckets

__all__ = ["affordable_output", "cost_nano", "price_of"]


def cost_nano(prices: Prices, usage: UsageBuckets) -> int | None:
    """The cost of token usage; None when the model's price is not stated.

    Every price is a whole number of nano-dollars a token, so this is exact.
    """
    read, write = prices.cache_read_nano, prices.cache_write_nano
    if prices.input_nano is None or prices.output_nano is None or read is None or write is None:
        return None
    return (
        usage.uncached_input * prices.input_nano
        + usage.cache_read * read
        + usage.cache_write * write
        + usage.output * prices.output_nano
    )


def price_of(prices: Prices, prompt: int, output: int) -> int:
    """The most that so many prompt and output tokens cost; 0 if unpriced: nothing is charged then.

    All of a prompt may be written to the provider's cache, which can cost more than reading it.
    """
    afresh = cost_nano(prices, UsageBuckets(uncached_input=prompt, output=output)) or 0
    if prices.cache_write is None:
        return afresh
    return max(afresh, cost_nano(prices, UsageBuckets(cache_write=prompt, output=output)) or 0)


def affordable_output(prices: Prices, prompt: int, held: int) -> int | None:
    """The output tokens that a hold pays for beside its prompt; None where output is free."""
    if not prices.output_nano:
        return None
    return (held - price_of(prices, prompt, 0)) // prices.output_nano
