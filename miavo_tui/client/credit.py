"""The admin API: credit."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from miavo_tui.client.connection import Connection, query_of, read_answer, read_rows
from miavo_tui.money_records import (
    Balance,
    LedgerExtent,
    LedgerPage,
    LedgerQuery,
    Spend,
    SpendOfDay,
)

__all__ = ["Credit"]

_EVERYTHING = LedgerQuery()
_SUM_SECONDS = 60.0
"""Over millions of rows a sum takes a while."""


class Credit:
    """What accounts can spend, how it moved, and what for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def balance(self, account: str | None = None) -> Balance:
        """What an account can spend, and what its requests in flight hold."""
        query = f"credit{query_of(account=account)}"
        return read_answer(Balance.from_json, await self._connection.admin("GET", query))

    async def add(
        self,
        amount_usd: Decimal,
        note: str | None = None,
        account: str | None = None,
        kind: str = "credit",
    ) -> Balance:
        """Adds credit; the balance after it.

        Args:
            amount_usd: dollars, exact to the nano-dollar.
            note: why.
            account: the id or name of whose; the default account if not said.
            kind: `credit`, or `adjustment`, which may be negative.
        """
        body: dict[str, object] = {
            "amount_usd": f"{amount_usd:f}",
            "note": note,
            "account": account,
            "kind": kind,
        }
        return read_answer(Balance.from_json, await self._connection.admin("POST", "credit", body))

    async def ledger(
        self,
        query: LedgerQuery = _EVERYTHING,
        *,
        limit: int = 50,
        before: int | None = None,
        after: int | None = None,
    ) -> LedgerPage:
        """At most `limit` entries of the ledger, newest first.

        Args:
            query: which entries.
            limit: how many at most.
            before: those older than this entry.
            after: those next to this entry on its newer side; 0 for the oldest there are.
        """
        place = {"limit": limit, "before": before, "after": after}
        said = [(name, str(value)) for name, value in place.items() if value is not None]
        path = f"ledger?{urlencode(query.parameters() + said)}"
        return read_answer(LedgerPage.from_json, await self._connection.admin("GET", path))

    async def extent(self, query: LedgerQuery = _EVERYTHING) -> LedgerExtent:
        """How many entries there are, and what they come to."""
        path = f"ledger/extent?{urlencode(query.parameters())}"
        answer = await self._connection.admin("GET", path, seconds=_SUM_SECONDS)
        return read_answer(LedgerExtent.from_json, answer)

    async def spend_by(
        self, group: str, *, since: datetime, account: str | None = None
    ) -> tuple[Spend, ...]:
        """What was spent since then by `model` or `key`, the dearest first."""
        query = query_of(by=group, since=since.isoformat(), account=account, percentiles="false")
        answer = await self._connection.admin("GET", f"usage/totals{query}", seconds=_SUM_SECONDS)
        return read_rows(Spend.from_json, answer)

    async def spend_by_day(
        self, days: int, *, account: str | None = None
    ) -> tuple[SpendOfDay, ...]:
        """What was spent on each of the last days in UTC, today the last of them."""
        today = datetime.combine(datetime.now(UTC).date(), time(), UTC)
        query = query_of(
            seconds=86_400,
            since=(today - timedelta(days=days - 1)).isoformat(),
            account=account,
            percentiles="false",
        )
        answer = await self._connection.admin("GET", f"usage/buckets{query}", seconds=_SUM_SECONDS)
        return read_rows(SpendOfDay.from_json, answer)
