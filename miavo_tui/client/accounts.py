"""The admin API: accounts."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from miavo_tui.account_records import AccountRow
from miavo_tui.client.connection import Connection, read_answer, read_rows

__all__ = ["Accounts"]


class Accounts:
    """Who pays."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def all(self) -> tuple[AccountRow, ...]:
        """Every account, the oldest first."""
        answer = await self._connection.admin("GET", "accounts")
        return read_rows(AccountRow.from_json, answer)

    async def get(self, given: str) -> AccountRow:
        """One account, by its id or name."""
        path = f"accounts/{quote(given, safe='')}"
        return read_answer(AccountRow.from_json, await self._connection.admin("GET", path))

    async def create(self, name: str, plan: str | None = None) -> AccountRow:
        """Makes an account, on the gateway's default plan if none is said."""
        body: dict[str, object] = {"name": name}
        if plan is not None:
            body["plan"] = plan
        return read_answer(
            AccountRow.from_json, await self._connection.admin("POST", "accounts", body)
        )

    async def update(self, given: str, changes: Mapping[str, object]) -> AccountRow:
        """Changes the `name` or `plan` of the account with this id or name."""
        path = f"accounts/{quote(given, safe='')}"
        return read_answer(
            AccountRow.from_json, await self._connection.admin("PATCH", path, dict(changes))
        )
