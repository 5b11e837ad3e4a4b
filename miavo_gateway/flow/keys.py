"""Keys: made, found by their hash, changed, rotated, revoked.

Only a SHA-256 of a key is stored. The keys are few and looked up on every request, so all of
them are held in memory; a change is written first and seen by the very next request.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import string
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from miavo_gateway.clock import now_us
from miavo_gateway.errors import AuthenticationError, InvalidRequest, NotFound
from miavo_gateway.flow.key import RESTORED_WITHIN_US, Key, KeyTerms, NewKey
from miavo_gateway.flow.plans import Plan
from miavo_gateway.store.tables import account_table, api_key_table
from miavo_gateway.store.writer import GroupCommitWriter

__all__ = ["DEFAULT_ACCOUNT", "KEY_PREFIX", "Keys"]

KEY_PREFIX = "sk-maas-"
DEFAULT_ACCOUNT = "default"
_RANDOM_CHARACTERS = 40
_ALPHABET = string.ascii_letters + string.digits
_SHOWN = len(KEY_PREFIX) + 4
_USE_WRITTEN_EVERY_US = 1_000_000
_LONGEST_NAME = 200


class Keys:
    """All keys of a gateway."""

    def __init__(self, engine: AsyncEngine, writer: GroupCommitWriter) -> None:
        self._engine = engine
        self._writer = writer
        self._by_id: dict[str, Key] = {}
        self._by_hash: dict[str, str] = {}
        self._used: dict[str, int] = {}
        self._written: dict[str, int] = {}
        # Between finding a name free and taking it, no other key may take it.
        self._naming = asyncio.Lock()

    async def load(self) -> None:
        """Read the keys, and make the default account if there is none."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(api_key_table))).mappings().all()
            account = await connection.scalar(
                select(account_table.c.id).where(account_table.c.id == DEFAULT_ACCOUNT)
            )
        for row in rows:
            self._remember(Key.of_row(dict(row)))
        if account is None:
            await self._writer.write(_insert_default_account)

    def authenticate(self, authorization: str | None) -> Key:
        """The key of an `Authorization` header.

        Raises:
            AuthenticationError: the header is missing or no bearer token, or its key is unknown,
                expired or revoked. The message never repeats any part of what was sent.
        """
        scheme, _, token = (authorization or "").strip().partition(" ")
        token = token.strip()
        if not token or scheme.lower() != "bearer":
            raise AuthenticationError(
                f"Send your key in the header 'Authorization: Bearer {KEY_PREFIX}…'."
            )
        digest = _sha256(token)
        key_id = self._by_hash.get(digest)
        if key_id is None:
            raise AuthenticationError(
                f"This key is not known here. Keys begin with '{KEY_PREFIX}'."
            )
        key = self._by_id[key_id]
        now = now_us()
        if key.revoked_at is not None and key.revoked_at <= now:
            raise AuthenticationError(f"The key '{key.name}' has been revoked.")
        if key.terms.expires_at is not None and key.terms.expires_at <= now:
            raise AuthenticationError(f"The key '{key.name}' has expired.")
        if digest != key.sha256 and (key.previous_until or 0) <= now:
            raise AuthenticationError(f"The key '{key.name}' has been rotated: use its new value.")
        return key

    async def create(
        self, name: str, terms: KeyTerms | None = None, account_id: str = DEFAULT_ACCOUNT
    ) -> NewKey:
        """Make a key; its secret exists in the answer alone.

        Args:
            name: what a person knows it by.
            terms: what it may do; all that its plan allows if None.
            account_id: the account that pays for it; it must exist.

        Raises:
            InvalidRequest: the name is empty or too long, or a live key of the account has it.
        """
        secret = _new_secret()
        key = Key(
            id="key_" + secrets.token_hex(8),
            account_id=account_id,
            name=_checked_name(name),
            prefix=secret[:_SHOWN],
            last_four=secret[-4:],
            sha256=_sha256(secret),
            created_at=now_us(),
            terms=terms or KeyTerms(),
        )

        def insert_key(connection: Connection) -> None:
            connection.execute(insert(api_key_table).values(key.row()))

        async with self._naming:
            self._check_free(key)
            await self._writer.write(insert_key)
            self._remember(key)
        return NewKey(key, secret)

    def all(self) -> tuple[Key, ...]:
        """Every key, oldest first, the revoked ones included."""
        ordered = sorted(self._by_id.values(), key=lambda key: (key.created_at, key.id))
        return tuple(self._with_use(key) for key in ordered)

    def get(self, key_id: str) -> Key:
        """One key.

        Raises:
            NotFound: there is none with this id.
        """
        try:
            return self._with_use(self._by_id[key_id])
        except KeyError:
            raise NotFound(f"There is no key with the id '{key_id[:64]}'.") from None

    def name_of(self, key_id: str) -> str:
        """The name of a key, for a list of usage."""
        key = self._by_id.get(key_id)
        return key.name if key else key_id

    def account_of(self, key_id: str) -> str | None:
        """The id of the account that pays for a key; None if there is no such key."""
        key = self._by_id.get(key_id)
        return key.account_id if key else None

    async def update(
        self, key_id: str, *, name: str | None = None, terms: Mapping[str, Any] | None = None
    ) -> Key:
        """Change a key's name or some of its terms.

        Raises:
            NotFound: there is none with this id.
            InvalidRequest: the name is empty or too long, or a live key of the account has it.
        """
        key = self.get(key_id)
        changed = replace(
            key,
            name=key.name if name is None else _checked_name(name),
            terms=replace(key.terms, **(terms or {})),
        )
        async with self._naming:
            if changed.name != key.name:
                self._check_free(changed)
            return await self._change(changed)

    async def rotate(self, key_id: str, *, grace_us: int) -> NewKey:
        """Give a key a new secret; the old one is taken for `grace_us` microseconds more.

        Raises:
            NotFound: there is none with this id.
            InvalidRequest: it has been revoked.
        """
        key = self.get(key_id)
        if key.revoked_at is not None:
            raise InvalidRequest(f"The key '{key.name}' has been revoked: make a new one.")
        secret = _new_secret()
        rotated = replace(
            key,
            prefix=secret[:_SHOWN],
            last_four=secret[-4:],
            sha256=_sha256(secret),
            previous_sha256=key.sha256,
            previous_until=now_us() + grace_us,
        )
        return NewKey(await self._change(rotated), secret)

    async def revoke(self, key_id: str) -> Key:
        """End a key; one already revoked stays as it is. `restore` undoes it for ten minutes.

        Raises:
            NotFound: there is none with this id.
        """
        key = self.get(key_id)
        if key.revoked_at is not None:
            return key
        return await self._change(replace(key, revoked_at=now_us()))

    async def restore(self, key_id: str) -> Key:
        """Undo a revocation made a moment ago: the key works again, with the value it had.

        Raises:
            NotFound: there is none with this id.
            InvalidRequest: it is not revoked, or was too long ago, or its name is taken by now.
        """
        async with self._naming:
            key = self.get(key_id)
            if key.restorable_until is None:
                raise InvalidRequest(f"The key '{key.name}' is not revoked.")
            if key.restorable_until <= now_us():
                minutes = RESTORED_WITHIN_US // 60_000_000
                raise InvalidRequest(
                    f"The key '{key.name}' was revoked more than {minutes} minutes ago, which is "
                    "for good: make a new one."
                )
            self._check_free(key)
            return await self._change(replace(key, revoked_at=None))

    def plan_changed(self, account_id: str, before: Plan, after: Plan) -> None:
        """Follow a change of an account's plan that is on disk already."""
        for key in tuple(self._by_id.values()):
            if key.account_id == account_id and key.terms.plan is before:
                self._by_id[key.id] = replace(key, terms=replace(key.terms, plan=after))

    def used(self, key_id: str, at: int) -> bool:
        """Note a use; whether it is to be written with the request's own row.

        Written it is once a second: a busy key's row would otherwise be written for each request.
        """
        self._used[key_id] = at
        due = at - self._written.get(key_id, 0) >= _USE_WRITTEN_EVERY_US
        if due:
            self._written[key_id] = at
        return due

    def _check_free(self, wanted: Key) -> None:
        """Raise if a live key goes by the name: whoever says the name must mean one key."""
        now = now_us()
        for key in self._by_id.values():
            expired = key.terms.expires_at is not None and key.terms.expires_at <= now
            if (
                (key.account_id, key.name) == (wanted.account_id, wanted.name)
                and key.id != wanted.id
                and key.revoked_at is None
                and not expired
            ):
                raise InvalidRequest(
                    f"There is a key '{key.name}' already ({key.id}): choose another name, or "
                    "rotate or revoke that key.",
                    param="name",
                )

    def _with_use(self, key: Key) -> Key:
        at = self._used.get(key.id)
        return key if at is None else replace(key, last_used_at=at)

    async def _change(self, key: Key) -> Key:
        row = key.row()
        # What the ledger writes must not be set back to what was read before.
        del row["last_used_at"]

        def update_key(connection: Connection) -> None:
            connection.execute(
                update(api_key_table).where(api_key_table.c.id == key.id).values(row)
            )

        await self._writer.write(update_key)
        self._remember(key)
        return self.get(key.id)

    def _remember(self, key: Key) -> None:
        before = self._by_id.get(key.id)
        if before is not None:
            for digest in (before.sha256, before.previous_sha256):
                self._by_hash.pop(digest or "", None)
        self._by_id[key.id] = key
        for digest in (key.sha256, key.previous_sha256):
            if digest:
                self._by_hash[digest] = key.id


def _insert_default_account(connection: Connection) -> None:
    connection.execute(
        insert(account_table).values(
            id=DEFAULT_ACCOUNT, name="Default", plan=Plan.PAID.value, created_at=now_us()
        )
    )


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME:
        raise InvalidRequest(f"A key's name has 1 to {_LONGEST_NAME} characters.", param="name")
    return name


def _new_secret() -> str:
    return KEY_PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_CHARACTERS))


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
