"""Costs are exact, each bucket at its own price, and never above what was held for them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.catalogue.prices import Prices, price_per_mtok, price_per_unit
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


def test_tokens_of_sound_without_a_price_leave_the_whole_unpriced() -> None:
    text = Prices(input=price_per_mtok("2.50"), output=price_per_mtok("10.00"))
    spoken = UsageBuckets(uncached_input=10, output=5, audio_output=100)
    assert cost_nano(text, spoken) is None
    both = Prices(
        input=text.input,
        output=text.output,
        audio_input=price_per_mtok("40.00"),
        audio_output=price_per_mtok("80.00"),
    )
    assert cost_nano(both, spoken) == 10 * 2_500 + 5 * 10_000 + 100 * 80_000


@given(milliseconds=COUNTS, nano=st.integers(min_value=0, max_value=10**9))
def test_seconds_cost_their_part_rounded_up_to_a_whole_nano_dollar(
    milliseconds: int, nano: int
) -> None:
    prices = Prices(
        per_second=price_per_unit("9"),
        per_second_by_resolution=(("4K", price_per_unit(f"{nano // 10**9}.{nano % 10**9:09d}")),),
    )
    cost = cost_nano(prices, UsageBuckets(milliseconds=milliseconds), "4K")
    assert cost is not None
    assert 0 <= cost * 1_000 - milliseconds * nano < 1_000
    assert cost_nano(prices, UsageBuckets(milliseconds=1_000), "1080p") == 9 * 10**9
