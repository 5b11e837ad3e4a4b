"""The admin API: credit."""

from __future__ import annotations

from decimal import Decimal

from miavo_tui.client.connection import Connection, query_of, read_answer
from miavo_tui.money_records import Balance, LedgerPage

__all__ = ["Credit"]


class Credit:
    """What accounts can spend, and how it moved."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def balance(self, account: str | None = None) -> Balance:
        """What an account can spend, and what its requests in flight hold."""
        query = f"credit{query_of(account=account)}"
        return read_answer(Balance.from_json, await self._connection.admin("GET", query))

    async def add(
        self, amount_usd: Decimal, note: str | None = None, account: str | None = None
    ) -> Balance:
        """Adds credit; the balance after it."""
        body: dict[str, object] = {
            "amount_usd": str(amount_usd),
            "note": note,
            "account": account,
        }
        return read_answer(Balance.from_json, await self._connection.admin("POST", "credit", body))

    async def ledger(
        self, *, limit: int = 50, before: int | None = None, account: str | None = None
    ) -> LedgerPage:
        """At most `limit` entries of the ledger older than the entry `before`, newest first."""
        query = f"ledger{query_of(limit=limit, before=before, account=account)}"
        return read_answer(LedgerPage.from_json, await self._connection.admin("GET", query))
