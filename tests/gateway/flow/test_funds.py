"""Money in memory: nothing is spent twice, nothing is lost, whatever the order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
)

from miavo_gateway.errors import BudgetExhausted
from miavo_gateway.flow.funds import Funds, period_end, period_start, usd
from miavo_gateway.flow.key import Key, KeyTerms
from miavo_gateway.flow.plans import BudgetReset

KEY = Key("k1", "default", "key", "sk-maas-abcd", "wxyz", "0" * 64, 0)
BOUNDED = replace(KEY, id="k2", terms=KeyTerms(budget_nano=1000))


@dataclass(frozen=True)
class Hold:
    key: Key
    amount: int


amounts = st.integers(0, 500)


class AnyOrder(RuleBasedStateMachine):
    """Credit, holds, extensions and settlements in any order."""

    holds = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.funds = Funds()
        self.added = 0
        self.charged = {"k1": 0, "k2": 0}
        self.open: list[Hold] = []

    @rule(amount=amounts)
    def add(self, amount: int) -> None:
        self.funds.add("default", amount)
        self.added += amount

    @rule(
        target=holds,
        key=st.sampled_from([KEY, BOUNDED]),
        least=amounts,
        more=amounts,
        wait=st.booleans(),
    )
    def take(self, key: Key, least: int, more: int, *, wait: bool) -> object:
        wanted = least + more
        available = self.funds.available("default")
        try:
            held = self.funds.take(key, least, wanted, 0, wait=wait)
        except BudgetExhausted:
            assert available < wanted or key is BOUNDED
            assert not (wait and any(hold.amount for hold in self.open))
            return multiple()
        if held is None:
            assert wait
            assert self.open
            return multiple()
        assert min(least, wanted) <= held <= wanted
        hold = Hold(key, held)
        self.open.append(hold)
        return hold

    @rule(hold=consumes(holds), cost=st.integers(0, 1500))
    def settle(self, hold: Hold, cost: int) -> None:
        held = hold.amount + self.funds.take_rest(hold.key, cost - hold.amount)
        charged = min(cost, held)
        self.funds.settle(hold.key, held, charged, 0)
        self.charged[hold.key.id] += charged
        self.open.remove(hold)

    @invariant()
    def what_was_added_is_available_held_or_charged(self) -> None:
        available, held = self.funds.available("default"), self.funds.held("default")
        assert available >= 0
        assert held == sum(hold.amount for hold in self.open)
        assert available + held + sum(self.charged.values()) == self.added

    @invariant()
    def a_budget_is_never_held_beyond(self) -> None:
        held = sum(hold.amount for hold in self.open if hold.key is BOUNDED)
        assert self.funds.spent(BOUNDED, 0) == self.charged["k2"]
        assert held <= max(0, 1000 - self.charged["k2"]) or held == 0 or self.charged["k2"] > 0


TestAnyOrder = AnyOrder.TestCase


def test_a_budget_begins_anew_with_its_period() -> None:
    key = replace(KEY, terms=KeyTerms(budget_nano=10, budget_reset=BudgetReset.DAILY))
    funds = Funds()
    funds.add("default", 100)
    monday = int(datetime(2026, 11, 23, 23, 59, tzinfo=UTC).timestamp()) * 1_000_000
    assert funds.take(key, 10, 10, monday) == 10
    funds.settle(key, 10, 10, monday)
    with pytest.raises(BudgetExhausted, match="a day"):
        funds.take(key, 1, 1, monday)
    assert funds.take(key, 10, 10, monday + 60_000_000) == 10


def test_periods_begin_at_midnight_on_monday_and_on_the_first() -> None:
    at = int(datetime(2026, 11, 25, 12, 30, tzinfo=UTC).timestamp()) * 1_000_000

    def began(reset: BudgetReset) -> datetime:
        return datetime.fromtimestamp(period_start(reset, at) / 1_000_000, UTC)

    assert began(BudgetReset.DAILY) == datetime(2026, 11, 25, tzinfo=UTC)
    assert began(BudgetReset.WEEKLY) == datetime(2026, 11, 23, tzinfo=UTC)
    assert began(BudgetReset.MONTHLY) == datetime(2026, 11, 1, tzinfo=UTC)
    assert period_start(BudgetReset.NEVER, at) == 0


@pytest.mark.parametrize(
    ("nano", "text"),
    [(0, "$0.00"), (1_500_000_000, "$1.50"), (123, "$0.000000123"), (-2_000_000_000, "-$2.00")],
)
def test_money_is_written_as_finely_as_it_has_to_be(nano: int, text: str) -> None:
    assert usd(nano) == text


@pytest.mark.parametrize(
    ("reset", "end"),
    [
        (BudgetReset.DAILY, datetime(2026, 1, 1, tzinfo=UTC)),
        (BudgetReset.WEEKLY, datetime(2026, 1, 5, tzinfo=UTC)),
        (BudgetReset.MONTHLY, datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_period_ends_where_the_next_begins(reset: BudgetReset, end: datetime) -> None:
    at = int(datetime(2025, 12, 31, 23, 59, tzinfo=UTC).timestamp()) * 1_000_000
    found = period_end(reset, at)
    assert found == int(end.timestamp()) * 1_000_000
    assert period_start(reset, found) == found


def test_nobody_waits_for_a_hold_that_lasts() -> None:
    funds = Funds()
    key, now = KEY, 0
    funds.load(key.account_id, 100)
    assert funds.take(key, 80, 80, now) == 80
    assert funds.take(key, 50, 50, now) is None
    funds.outlast(key, 80)
    with pytest.raises(BudgetExhausted):
        funds.take(key, 50, 50, now)
    assert funds.take(key, 10, 10, now) == 10
    assert funds.take(key, 50, 50, now) is None
    funds.settle(key, 80, 30, now, lasting=80)
    assert funds.take(key, 50, 50, now) == 50


def test_a_request_that_began_under_another_period_takes_nothing_from_what_was_counted() -> None:
    now = int(datetime(2026, 1, 7, 12, tzinfo=UTC).timestamp()) * 1_000_000
    funds = Funds()
    funds.add("default", 100)
    assert funds.take(BOUNDED, 10, 10, now) == 10
    terms = replace(BOUNDED.terms, budget_reset=BudgetReset.DAILY)
    daily = replace(BOUNDED, terms=terms)
    funds.load_spent(daily, 7, now)
    funds.settle(BOUNDED, 10, 4, now)
    assert funds.spent(daily, now) == 11
    assert funds.spent(daily, now + 86_400_000_000) == 0
