"""What usage costs, in integer nano-dollars."""

from __future__ import annotations

from miavo_gateway.catalogue import Prices
from miavo_gateway.usage import UsageBuckets

__all__ = ["cost_nano"]


def cost_nano(prices: Prices, usage: UsageBuckets) -> int | None:
    """The cost of token usage; None when the model's price is not stated.

    Every price is a whole number of nano-dollars a token, so this is exact.
    """
    if prices.input_nano is None or prices.output_nano is None:
        return None
    return usage.prompt * prices.input_nano + usage.output * prices.output_nano
