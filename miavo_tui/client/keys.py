"""The admin API: keys."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from miavo_tui.client.connection import Connection, query_of, read_answer, read_rows
from miavo_tui.key_records import KeyRow, NewKey

__all__ = ["Keys"]


class Keys:
    """Creates, changes and revokes keys."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def create(self, name: str, terms: Mapping[str, object] | None = None) -> NewKey:
        """Makes a key. Its secret is in this answer and nowhere else.

        Args:
            name: what a person knows it by.
            terms: what it may do, in the admin API's fields; the plan's defaults if not given.
        """
        body = {**(terms or {}), "name": name}
        return read_answer(NewKey.from_json, await self._connection.admin("POST", "keys", body))

    async def update(self, key_id: str, changes: Mapping[str, object]) -> KeyRow:
        """Changes a key's name or terms; what is not among the changes stays as it is."""
        path = f"keys/{quote(key_id, safe='')}"
        return read_answer(
            KeyRow.from_json, await self._connection.admin("PATCH", path, dict(changes))
        )

    async def rotate(self, key_id: str, *, grace_seconds: int) -> NewKey:
        """Gives a key a new secret; the old one is taken for the grace period more."""
        path = f"keys/{quote(key_id, safe='')}/rotate"
        body: dict[str, object] = {"grace_seconds": grace_seconds}
        return read_answer(NewKey.from_json, await self._connection.admin("POST", path, body))

    async def all(self, account: str | None = None) -> tuple[KeyRow, ...]:
        """Every key, or those of one account, revoked ones included."""
        answer = await self._connection.admin("GET", f"keys{query_of(account=account)}")
        return read_rows(KeyRow.from_json, answer)

    async def revoke(self, key_id: str) -> KeyRow:
        """Revokes a key: it is refused at once. `restore` undoes it for ten minutes."""
        path = f"keys/{quote(key_id, safe='')}"
        return read_answer(KeyRow.from_json, await self._connection.admin("DELETE", path))

    async def restore(self, key_id: str) -> KeyRow:
        """Undoes a revocation of the last ten minutes."""
        path = f"keys/{quote(key_id, safe='')}/restore"
        return read_answer(KeyRow.from_json, await self._connection.admin("POST", path))
