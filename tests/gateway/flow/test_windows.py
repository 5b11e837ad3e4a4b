"""Rolling windows are exact: never one too many in any 60 seconds, never one too few."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from miavo_gateway.errors import RateLimitExceeded
from miavo_gateway.flow.windows import WINDOW_SECONDS, Admission, Limits, MemoryWindows

# Binary fractions of a second, so that sums are exact and the edge is a single instant.
ticks = st.integers(0, 64 * 70).map(lambda number: number / 64)


def test_the_next_request_is_admitted_the_moment_the_oldest_leaves() -> None:
    windows = MemoryWindows()
    limits = Limits(2, 1000)
    windows.admit("k", limits, 1, 0.0)
    windows.admit("k", limits, 1, 10.0)
    with pytest.raises(RateLimitExceeded, match="RPM exceeded — 2 requests in 60 seconds") as early:
        windows.admit("k", limits, 1, 59.984375)
    assert early.value.retry_after == 0.015625
    windows.admit("k", limits, 1, 60.0)
    with pytest.raises(RateLimitExceeded):
        windows.admit("k", limits, 1, 69.984375)
    windows.admit("k", limits, 1, 70.0)


def test_tokens_are_estimated_before_and_corrected_after() -> None:
    windows = MemoryWindows()
    limits = Limits(100, 1000)
    first = windows.admit("k", limits, 900, 0.0)
    with pytest.raises(RateLimitExceeded, match="TPM exceeded — 1,000 tokens") as full:
        windows.admit("k", limits, 200, 1.0)
    assert full.value.retry_after == 59.0
    windows.correct(first, 300)
    windows.admit("k", limits, 700, 2.0)
    assert windows.state("k", limits, 2.0).tokens == 1000


def test_a_request_that_can_never_fit_is_not_told_to_retry() -> None:
    with pytest.raises(RateLimitExceeded) as never:
        MemoryWindows().admit("k", Limits(10, 1000), 1001, 0.0)
    assert never.value.retry_after is None
    assert never.value.headers()["x-should-retry"] == "false"


def test_a_withdrawn_request_leaves_its_place() -> None:
    windows = MemoryWindows()
    limits = Limits(1, 10)
    windows.withdraw(windows.admit("k", limits, 10, 0.0))
    windows.admit("k", limits, 10, 0.0)


@given(st.lists(ticks, min_size=1, max_size=200), st.integers(1, 8))
def test_greedy_traffic_gets_exactly_what_the_limit_gives(times: list[float], limit: int) -> None:
    windows = MemoryWindows()
    admitted: list[float] = []
    for now in sorted(times):
        if sum(1 for at in admitted if at + WINDOW_SECONDS > now) < limit:
            windows.admit("k", Limits(limit, 10**9), 1, now)
            admitted.append(now)
            continue
        with pytest.raises(RateLimitExceeded) as refused:
            windows.admit("k", Limits(limit, 10**9), 1, now)
        # What it says of the wait is true: then there is room.
        assert refused.value.retry_after is not None
        later = now + refused.value.retry_after
        assert sum(1 for at in admitted if at + WINDOW_SECONDS > later) < limit


class TokensInAnyMinute(RuleBasedStateMachine):
    """Admissions, corrections and withdrawals in any order keep the sums right."""

    limits = Limits(10, 100)

    def __init__(self) -> None:
        super().__init__()
        self.windows = MemoryWindows()
        self.now = 0.0
        self.model: dict[Admission, int] = {}

    def inside(self) -> dict[Admission, int]:
        return {a: n for a, n in self.model.items() if a.at + WINDOW_SECONDS > self.now}

    @rule(seconds=ticks)
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(tokens=st.integers(0, 120))
    def admit(self, tokens: int) -> None:
        inside = self.inside()
        fits = len(inside) < 10 and sum(inside.values()) + tokens <= 100
        try:
            admission = self.windows.admit("k", self.limits, tokens, self.now)
        except RateLimitExceeded:
            assert not fits
        else:
            assert fits
            self.model[admission] = tokens

    @precondition(lambda self: self.model)
    @rule(data=st.data(), tokens=st.integers(0, 200))
    def correct(self, data: st.DataObject, tokens: int) -> None:
        admission = data.draw(st.sampled_from(list(self.model)))
        self.windows.correct(admission, tokens)
        self.model[admission] = tokens

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        admission = data.draw(st.sampled_from(list(self.model)))
        self.windows.withdraw(admission)
        del self.model[admission]

    @invariant()
    def sums_are_those_of_what_is_inside(self) -> None:
        inside = self.inside()
        state = self.windows.state("k", self.limits, self.now)
        assert (state.requests, state.tokens) == (len(inside), sum(inside.values()))


TestTokensInAnyMinute = TokensInAnyMinute.TestCase


def test_tokens_of_a_request_that_goes_on_fill_the_window_without_being_a_request() -> None:
    windows = MemoryWindows()
    limits = Limits(requests=2, tokens=100)
    windows.admit("k", limits, 0, now=0.0)
    windows.spend("k", 80, now=30.0)
    state = windows.state("k", limits, now=30.0)
    assert (state.requests, state.tokens) == (1, 80)
    with pytest.raises(RateLimitExceeded, match="TPM"):
        windows.admit("k", limits, 40, now=61.0)
    second = windows.admit("k", limits, 20, now=61.0)
    windows.admit("k", limits, 0, now=62.0)
    with pytest.raises(RateLimitExceeded, match="RPM") as full:
        windows.admit("k", limits, 0, now=62.0)
    assert full.value.retry_after == pytest.approx(59.0)
    windows.withdraw(second)
    assert windows.state("k", limits, now=91.0).tokens == 0
