"""The pool as it is listed: every provider that takes credentials, with its own under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from miavo_tui.credential_records import CredentialRow
from miavo_tui.operation_records import ProviderStanding

__all__ = ["PoolRow", "pool_rows"]


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A credential of a provider, or that it has none."""

    provider: ProviderStanding
    credential: CredentialRow | None
    first: bool
    """Whether it is the provider's first."""

    @property
    def key(self) -> str:
        """What tells it from the others, whatever happens to the pool."""
        return self.credential.id if self.credential else f"provider:{self.provider.id}"


def pool_rows(
    providers: Sequence[ProviderStanding], credentials: Sequence[CredentialRow]
) -> tuple[PoolRow, ...]:
    """The rows, providers with credentials first, otherwise in the catalogue's order.

    What needs no credential (this machine's own models) is left out.
    """
    rows: list[PoolRow] = []
    for provider in sorted(providers, key=lambda one: one.credentials == 0):
        own = [one for one in credentials if one.provider == provider.id]
        if own:
            rows += [PoolRow(provider, one, one is own[0]) for one in own]
        elif provider.id != "local":
            rows.append(PoolRow(provider, None, True))
    return tuple(rows)
