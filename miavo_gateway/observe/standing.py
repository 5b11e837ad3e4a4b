"""What stands at a moment in the books, and what has changed since an earlier one.

Credit, keys and the health of credentials are compared rather than reported: some of it changes
by the mere passing of time, a busy balance changes thousands of times a second, and who listens
wants to know what is true now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from miavo_gateway.observe.happenings import Happening

if TYPE_CHECKING:
    from miavo_gateway.flow.key import Key
    from miavo_gateway.gateway import Books
    from miavo_gateway.upstream.pool import CredentialHealth

__all__ = ["Standing"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A moment. Money is nano-dollars."""

    money: dict[str, tuple[int, int]]
    """What each account has and has held, by its id."""
    keys: dict[str, Key]
    """By id, without their last use."""
    credentials: dict[str, CredentialHealth]
    """By id, without their load."""

    @classmethod
    def of(cls, books: Books) -> Standing:
        """What stands now; costs some microseconds an account, key and credential."""
        funds = books.ledger.funds
        return cls(
            money={
                one.id: (funds.available(one.id), funds.held(one.id))
                for one in books.accounts.all()
            },
            keys={key.id: replace(key, last_used_at=None) for key in books.keys.all()},
            credentials={
                one.credential_id: replace(one, back_in=None, in_flight=0, counts={})
                for one in books.pool.snapshot()
            },
        )

    def changes_since(self, before: Standing) -> Iterator[Happening]:
        """What is different, as events: `credit.changed`, `key.changed`, `credential.changed`."""
        for account_id, (balance, held) in self.money.items():
            if (balance, held) != before.money.get(account_id, (0, 0)):
                yield Happening(
                    "credit.changed",
                    {"account_id": account_id, "balance_nano": balance, "held_nano": held},
                )
        for key_id, key in self.keys.items():
            if key != before.keys.get(key_id):
                yield Happening(
                    "key.changed",
                    {
                        "id": key.id,
                        "name": key.name,
                        "created": key_id not in before.keys,
                        "revoked": key.revoked_at is not None,
                    },
                )
        for credential_id, health in self.credentials.items():
            if health != before.credentials.get(credential_id):
                yield _credential_changed(health, health.state.value)
        for credential_id in before.credentials.keys() - self.credentials.keys():
            yield _credential_changed(before.credentials[credential_id], "removed")


def _credential_changed(health: CredentialHealth, state: str) -> Happening:
    return Happening(
        "credential.changed",
        {
            "id": health.credential_id,
            "provider": health.provider,
            "label": health.label,
            "state": state,
            "reason": health.reason,
        },
    )
