"""What usage costs, in integer nano-dollars."""

from __future__ import annotations

from miavo_gateway.catalogue import Prices
from miavo_gateway.usage import UsageBuckets

__all__ = ["affordable_output", "cost_nano", "price_of"]


def cost_nano(prices: Prices, usage: UsageBuckets) -> int | None:
    """The cost of token usage; None when the model's price is not stated.

    Every price is a whole number of nano-dollars a token, so this is exact.
    """
    if prices.input_nano is None or prices.output_nano is None:
        return None
    return usage.prompt * prices.input_nano + usage.output * prices.output_nano


def price_of(prices: Prices, prompt: int, output: int) -> int:
    """The cost of so many prompt and output tokens; 0 if unpriced, as nothing is charged then."""
    return cost_nano(prices, UsageBuckets(uncached_input=prompt, output=output)) or 0


def affordable_output(prices: Prices, prompt: int, held: int) -> int | None:
    """The output tokens that a hold pays for beside its prompt; None where output is free."""
    if not prices.output_nano:
        return None
    return (held - price_of(prices, prompt, 0)) // prices.output_nano
