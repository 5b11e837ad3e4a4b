"""What accounts can spend and what keys still may, in memory and exact.

Nothing here awaits, so no two requests can take the same money. Amounts are integer
nano-dollars.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from miavo_gateway.errors import BudgetExhausted
from miavo_gateway.flow.key import Key
from miavo_gateway.flow.plans import BudgetReset

__all__ = ["Funds", "period_end", "period_start", "usd"]

_NANO = 1_000_000_000


def usd(nano: int) -> str:
    """Nano-dollars as dollars for a person: to the cent, or as fine as it has to be."""
    sign, nano = ("-", -nano) if nano < 0 else ("", nano)
    cents = f"{nano % _NANO:09d}".rstrip("0").ljust(2, "0")
    return f"{sign}${nano // _NANO:,}.{cents}"


def period_start(reset: BudgetReset, now_us: int) -> int:
    """When the period that holds a moment began; Unix microseconds. Weeks begin on Monday."""
    if reset is BudgetReset.NEVER:
        return 0
    now = datetime.fromtimestamp(now_us / 1_000_000, UTC)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if reset is BudgetReset.WEEKLY:
        day -= timedelta(days=day.weekday())
    elif reset is BudgetReset.MONTHLY:
        day = day.replace(day=1)
    return int(day.timestamp()) * 1_000_000


def period_end(reset: BudgetReset, now_us: int) -> int | None:
    """When the period that holds a moment ends; None if it never does."""
    if reset is BudgetReset.NEVER:
        return None
    start = datetime.fromtimestamp(period_start(reset, now_us) / 1_000_000, UTC)
    days = {BudgetReset.DAILY: 1, BudgetReset.WEEKLY: 7, BudgetReset.MONTHLY: 31}[reset]
    end = start + timedelta(days=days)
    if reset is BudgetReset.MONTHLY:
        end = end.replace(day=1)
    return int(end.timestamp()) * 1_000_000


@dataclass(slots=True)
class _Account:
    available: int = 0
    held: int = 0
    lasting: int = 0
    """The part of `held` that does not come back soon."""


@dataclass(slots=True)
class _Spending:
    """What a key has spent in its budget's period, and has held now."""

    reset: BudgetReset
    """When that period begins anew: not what a request says that began under earlier terms."""
    since: int = 0
    spent: int = 0
    held: int = 0


@dataclass(slots=True)
class Funds:
    """The money of a gateway."""

    _accounts: dict[str, _Account] = field(default_factory=dict)
    _keys: dict[str, _Spending] = field(default_factory=dict)

    def available(self, account_id: str) -> int:
        """What an account can spend now: the sum of its ledger entries."""
        return self._account(account_id).available

    def held(self, account_id: str) -> int:
        """What the requests in flight hold."""
        return self._account(account_id).held

    def spent(self, key: Key, now_us: int) -> int:
        """What a key has spent in its budget's current period."""
        return self._spending(key, now_us).spent

    def held_by(self, key_id: str) -> int:
        """What a key's requests in flight hold."""
        spending = self._keys.get(key_id)
        return spending.held if spending is not None else 0

    def load(self, account_id: str, available: int) -> None:
        """Set what an account had at the start."""
        self._account(account_id).available = available

    def load_spent(self, key: Key, spent: int, now_us: int) -> None:
        """Set what a key has spent in its budget's period, as counted from its rows."""
        self._of(key).reset = key.terms.budget_reset
        self._spending(key, now_us).spent = spent

    def add(self, account_id: str, amount: int) -> None:
        """Credit, or an adjustment if negative."""
        self._account(account_id).available += amount

    def take(
        self, key: Key, least: int, wanted: int, now_us: int, *, wait: bool = True
    ) -> int | None:
        """Hold money for a request.

        Args:
            key: who asks.
            least: what the request takes even if its reply is as short as can be.
            wanted: what it takes at the most.
            now_us: Unix microseconds, for the budget's period.
            wait: whether to wait, rather than to take less than wanted or to refuse, while
                requests in flight hold money that may come back.

        Returns:
            What was held, between `least` and `wanted`; None to wait and ask again.

        Raises:
            BudgetExhausted: the credit, or the key's budget, does not cover `least`.
        """
        account = self._account(key.account_id)
        spending = self._spending(key, now_us)
        room = account.available
        budget = key.terms.budget_nano
        if budget is not None:
            room = min(room, budget - spending.spent - spending.held)
        if room < wanted:
            if wait and account.held > account.lasting:
                return None
            if room < least or least <= 0:
                raise _exhausted(key, account.available, least)
        held = min(room, wanted)
        account.available -= held
        account.held += held
        spending.held += held
        return held

    def take_rest(self, key: Key, amount: int) -> int:
        """Hold as much of a cost beyond its hold as the account has; how much that is.

        The estimates are made to exclude such a cost; a provider may report one all the same.
        """
        account = self._account(key.account_id)
        more = max(0, min(amount, account.available))
        account.available -= more
        account.held += more
        self._of(key).held += more
        return more

    def resume(self, key: Key, held: int, now_us: int) -> None:
        """Count a hold of an earlier run, which the balance that was loaded lacks already."""
        self._account(key.account_id).held += held
        self._spending(key, now_us).held += held

    def outlast(self, key: Key, held: int) -> None:
        """A hold is for something that takes minutes: nobody waits for it to come back."""
        self._account(key.account_id).lasting += held

    def settle(self, key: Key, held: int, charged: int, now_us: int, *, lasting: int = 0) -> None:
        """End a hold: `charged` of it is spent, the rest comes back.

        `lasting` is the part of it that `outlast` was told of.
        """
        account = self._account(key.account_id)
        spending = self._spending(key, now_us)
        account.held -= held
        account.lasting -= lasting
        account.available += held - charged
        spending.held -= held
        spending.spent += charged

    def _account(self, account_id: str) -> _Account:
        return self._accounts.setdefault(account_id, _Account())

    def _of(self, key: Key) -> _Spending:
        return self._keys.setdefault(key.id, _Spending(key.terms.budget_reset))

    def _spending(self, key: Key, now_us: int) -> _Spending:
        spending = self._of(key)
        since = period_start(spending.reset, now_us)
        if spending.since != since:
            spending.since = since
            spending.spent = 0
        return spending


def _exhausted(key: Key, available: int, least: int) -> BudgetExhausted:
    budget = key.terms.budget_nano
    if budget is not None and available >= least:
        return BudgetExhausted(
            f"Budget exhausted — the key '{key.name}' has a budget of {usd(budget)}"
            f"{_RESETS[key.terms.budget_reset]}, and what is left of it does not cover this "
            "request."
        )
    return BudgetExhausted(
        f"Credit balance exhausted — this request takes at least {usd(least)}, and "
        f"{usd(max(0, available))} is left. Add credit to continue."
    )


_RESETS = {
    BudgetReset.NEVER: "",
    BudgetReset.DAILY: " a day",
    BudgetReset.WEEKLY: " a week",
    BudgetReset.MONTHLY: " a month",
}
