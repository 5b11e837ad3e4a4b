"""Costs are exact, each bucket at its own price, and never above what was held for them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.catalogue.prices import Prices, price_per_mtok
from miavo_gateway.flow.pricing import affordable_output, cost_nano, price_of
from miavo_gateway.usage import UsageBuckets

COUNTS = st.integers(min_value=0, max_value=2_000_000)
PRICE = st.integers(min_value=0, max_value=200_000).map(
    lambda thousandths: price_per_mtok(f"{thousandths // 1000}.{thousandths % 1000:03d}")
)
PRICES = st.builds(
    Prices,
    input=PRICE,
    output=PRICE,
    cache_read=st.none() | PRICE,
    cache_write=st.none() | PRICE,
)


def test_each_bucket_has_its_own_price() -> None:
    prices = Prices(
        input=price_per_mtok("5.00"),
        output=price_per_mtok("25.00"),
        cache_read=price_per_mtok("0.50"),
        cache_write=price_per_mtok("6.25"),
    )
    usage = UsageBuckets(uncached_input=10, cache_read=100, cache_write=8, output=3)
    assert cost_nano(prices, usage) == 10 * 5_000 + 100 * 500 + 8 * 6_250 + 3 * 25_000


def test_cached_tokens_cost_as_others_where_no_price_is_stated() -> None:
    prices = Prices(input=price_per_mtok("5.00"), output=price_per_mtok("25.00"))
    cached = UsageBuckets(uncached_input=1, cache_read=2, cache_write=3)
    assert cost_nano(prices, cached) == 6 * 5_000


@given(prices=PRICES, read=COUNTS, write=COUNTS, fresh=COUNTS, output=COUNTS)
def test_a_hold_for_as_many_tokens_covers_any_mixture_whose_cache_reads_are_no_dearer(
    prices: Prices, read: int, write: int, fresh: int, output: int
) -> None:
    if (prices.cache_read_nano or 0) > max(prices.input_nano or 0, prices.cache_write_nano or 0):
        read = 0
    usage = UsageBuckets(uncached_input=fresh, cache_read=read, cache_write=write, output=output)
    cost = cost_nano(prices, usage)
    assert cost is not None
    assert cost <= price_of(prices, usage.prompt, output)


@given(prices=PRICES, prompt=COUNTS, held=st.integers(min_value=0, max_value=10**12))
def test_the_output_that_a_hold_affords_costs_no_more_than_it(
    prices: Prices, prompt: int, held: int
) -> None:
    affordable = affordable_output(prices, prompt, held)
    if affordable is not None and affordable >= 0:
        assert price_of(prices, prompt, affordable) <= held
        assert price_of(prices, prompt, affordable + 1) > held
