"""The admin API: credentials."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from miavo_tui.client.connection import Connection, read_answer, read_rows
from miavo_tui.credential_records import CredentialRow, CredentialTrial

__all__ = ["Credentials"]

_TRIAL_SECONDS = 60.0
"""A provider may take its time to answer."""


class Credentials:
    """The pool."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def all(self) -> tuple[CredentialRow, ...]:
        """The pool."""
        answer = await self._connection.admin("GET", "credentials")
        return read_rows(CredentialRow.from_json, answer)

    async def add(
        self,
        provider: str,
        secret: str | None,
        *,
        label: str | None,
        base_url: str | None,
        weight: int,
        sandbox: dict[str, object] | None = None,
    ) -> CredentialRow:
        """Adds a credential; the gateway puts its secret into the keyring.

        With `sandbox`, its terms, in place of a secret, the provider is simulated.
        """
        body: dict[str, object] = {
            "provider": provider,
            "secret": secret,
            "sandbox": sandbox,
            "label": label,
            "base_url": base_url,
            "weight": weight,
        }
        return read_answer(
            CredentialRow.from_json, await self._connection.admin("POST", "credentials", body)
        )

    async def remove(self, credential_id: str) -> CredentialRow:
        """Removes a credential and its secret."""
        path = f"credentials/{quote(credential_id, safe='')}"
        return read_answer(CredentialRow.from_json, await self._connection.admin("DELETE", path))

    async def enable(self, credential_id: str) -> CredentialRow:
        """Uses a credential again that was disabled, or that its provider had refused."""
        path = f"credentials/{quote(credential_id, safe='')}/enable"
        return read_answer(CredentialRow.from_json, await self._connection.admin("POST", path))

    async def disable(self, credential_id: str) -> CredentialRow:
        """Sends nothing more with a credential; it stays in the pool."""
        path = f"credentials/{quote(credential_id, safe='')}/disable"
        return read_answer(CredentialRow.from_json, await self._connection.admin("POST", path))

    async def test(self, credential_id: str) -> CredentialTrial:
        """Tries a credential with its provider's cheapest call."""
        path = f"credentials/{quote(credential_id, safe='')}/test"
        answer = await self._connection.admin("POST", path, seconds=_TRIAL_SECONDS)
        return read_answer(CredentialTrial.from_json, answer)

    async def update(self, credential_id: str, changes: Mapping[str, object]) -> CredentialRow:
        """Changes `label`, `weight`, `base_url` or `sandbox`; the rest stays as it is."""
        path = f"credentials/{quote(credential_id, safe='')}"
        return read_answer(
            CredentialRow.from_json, await self._connection.admin("PATCH", path, dict(changes))
        )
