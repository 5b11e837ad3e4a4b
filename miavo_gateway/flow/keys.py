"""Keys: made, found by their hash, revoked.

Only a SHA-256 of a key is stored. The keys are few and looked up on every request, so all of
them are held in memory; a change is written first and seen by the very next request.
"""

from __future__ import annotations

import hashlib
import secrets
import string
from dataclasses import dataclass, replace

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from miavo_gateway.clock import now_us
from miavo_gateway.errors import AuthenticationError, InvalidRequest, NotFound
from miavo_gateway.store.tables import account_table, api_key_table
from miavo_gateway.store.writer import GroupCommitWriter

__all__ = ["KEY_PREFIX", "Key", "Keys", "NewKey"]

KEY_PREFIX = "sk-maas-"
_RANDOM_CHARACTERS = 40
_ALPHABET = string.ascii_letters + string.digits
_SHOWN = len(KEY_PREFIX) + 4
_LONGEST_NAME = 200
_DEFAULT_ACCOUNT = "default"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is known after its making. Times are Unix microseconds."""

    id: str
    account_id: str
    name: str
    prefix: str
    last_four: str
    sha256: str
    created_at: int
    last_used_at: int | None = None
    revoked_at: int | None = None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the one moment when it can be read."""

    key: Key
    secret: str

    def __repr__(self) -> str:
        """The repr without the secret: a traceback or a log line may show it."""
        return f"NewKey(key={self.key!r})"


class Keys:
    """All keys of a gateway."""

    def __init__(self, engine: AsyncEngine, writer: GroupCommitWriter) -> None:
        self._engine = engine
        self._writer = writer
        self._by_id: dict[str, Key] = {}
        self._by_hash: dict[str, Key] = {}

    async def load(self) -> None:
        """Read the keys, and make the default account if there is none."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(api_key_table))).mappings().all()
            account = await connection.scalar(
                select(account_table.c.id).where(account_table.c.id == _DEFAULT_ACCOUNT)
            )
        for row in rows:
            self._remember(Key(**row))
        if account is None:
            await self._writer.write(_insert_default_account)

    def authenticate(self, authorization: str | None) -> Key:
        """The key of an `Authorization` header.

        Raises:
            AuthenticationError: the header is missing or no bearer token, or its key is unknown
                or revoked. The message never repeats any part of what was sent.
        """
        scheme, _, token = (authorization or "").strip().partition(" ")
        token = token.strip()
        if not token or scheme.lower() != "bearer":
            raise AuthenticationError(
                f"Send your key in the header 'Authorization: Bearer {KEY_PREFIX}…'."
            )
        key = self._by_hash.get(_sha256(token))
        if key is None:
            raise AuthenticationError(
                f"This key is not known here. Keys begin with '{KEY_PREFIX}'."
            )
        if key.revoked_at is not None:
            raise AuthenticationError(f"The key '{key.name}' has been revoked.")
        return key

    async def create(self, name: str) -> NewKey:
        """Make a key; its secret exists in the answer alone.

        Raises:
            InvalidRequest: the name is empty or too long.
        """
        name = name.strip()
        if not name or len(name) > _LONGEST_NAME:
            raise InvalidRequest(f"A key's name has 1 to {_LONGEST_NAME} characters.", param="name")
        secret = KEY_PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_CHARACTERS))
        key = Key(
            id="key_" + secrets.token_hex(8),
            account_id=_DEFAULT_ACCOUNT,
            name=name,
            prefix=secret[:_SHOWN],
            last_four=secret[-4:],
            sha256=_sha256(secret),
            created_at=now_us(),
        )
        row = {field: getattr(key, field) for field in Key.__slots__}

        async def insert_key(connection: AsyncConnection) -> None:
            await connection.execute(insert(api_key_table).values(row))

        await self._writer.write(insert_key)
        self._remember(key)
        return NewKey(key, secret)

    def all(self) -> tuple[Key, ...]:
        """Every key, oldest first, the revoked ones included."""
        return tuple(sorted(self._by_id.values(), key=lambda key: (key.created_at, key.id)))

    def get(self, key_id: str) -> Key:
        """One key.

        Raises:
            NotFound: there is none with this id.
        """
        try:
            return self._by_id[key_id]
        except KeyError:
            raise NotFound(f"There is no key with the id '{key_id[:64]}'.") from None

    def name_of(self, key_id: str) -> str:
        """The name of a key, for a list of usage."""
        key = self._by_id.get(key_id)
        return key.name if key else key_id

    async def revoke(self, key_id: str) -> Key:
        """End a key for good; a key already revoked stays as it is.

        Raises:
            NotFound: there is none with this id.
        """
        key = self.get(key_id)
        if key.revoked_at is not None:
            return key
        revoked = replace(key, revoked_at=now_us())

        async def mark_revoked(connection: AsyncConnection) -> None:
            await connection.execute(
                update(api_key_table)
                .where(api_key_table.c.id == key_id)
                .values(revoked_at=revoked.revoked_at)
            )

        await self._writer.write(mark_revoked)
        self._remember(replace(self.get(key_id), revoked_at=revoked.revoked_at))
        return self.get(key_id)

    def used(self, key_id: str, at: int) -> None:
        """Note a use in memory; the ledger writes it with the request's own row."""
        key = self._by_id.get(key_id)
        if key is not None:
            self._remember(replace(key, last_used_at=at))

    def _remember(self, key: Key) -> None:
        self._by_id[key.id] = key
        self._by_hash[key.sha256] = key


async def _insert_default_account(connection: AsyncConnection) -> None:
    await connection.execute(
        insert(account_table).values(
            id=_DEFAULT_ACCOUNT, name="Default", plan="paid", created_at=now_us()
        )
    )


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
