"""Accounts: who pays. Made, found by id or name, changed.

They are few and asked for on every change of credit, so all are held in memory; a change is
written first.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from miavo_gateway.clock import now_us
from miavo_gateway.errors import InvalidRequest, NotFound
from miavo_gateway.flow.keys import DEFAULT_ACCOUNT, Keys
from miavo_gateway.flow.plans import Plan
from miavo_gateway.store.tables import account_table, api_key_table
from miavo_gateway.store.writer import GroupCommitWriter

__all__ = ["Account", "Accounts"]

_PREFIX = "acct_"
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Account:
    """Who pays. `created_at` is in Unix microseconds."""

    id: str
    name: str
    """Unique, whatever the case of its letters."""
    plan: Plan
    """The plan of the keys that are made without one of their own."""
    created_at: int


class Accounts:
    """All accounts of a gateway. The default one is there from the first start."""

    def __init__(self, engine: AsyncEngine, writer: GroupCommitWriter, keys: Keys) -> None:
        self._engine = engine
        self._writer = writer
        self._keys = keys
        self._by_id: dict[str, Account] = {}
        # Changes come one after another, so that a name is free from its check to its writing.
        self._turn = asyncio.Lock()

    async def load(self) -> None:
        """Read the accounts; `Keys.load` has made the default one."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(account_table))).mappings().all()
        self._by_id = {
            row["id"]: Account(row["id"], row["name"], Plan(row["plan"]), row["created_at"])
            for row in rows
        }

    def all(self) -> tuple[Account, ...]:
        """Every account, oldest first."""
        return tuple(sorted(self._by_id.values(), key=lambda one: (one.created_at, one.id)))

    def get(self, given: str | None) -> Account:
        """The account of an id or a name; the default one for None.

        Raises:
            NotFound: there is none.
        """
        found = self._by_id.get(given or DEFAULT_ACCOUNT) or self._named(given or "")
        if found is None:
            raise NotFound(
                f"There is no account with the id or name '{(given or '')[:64]}'.", param="account"
            )
        return found

    async def create(self, name: str, plan: Plan = Plan.PAID) -> Account:
        """Make an account; it has no credit yet.

        Raises:
            InvalidRequest: the name is taken, or cannot be one.
        """
        async with self._turn:
            account = Account(
                _PREFIX + secrets.token_hex(8), self._checked(name), plan, created_at=now_us()
            )
            row = {**asdict(account), "plan": plan.value}

            def insert_account(connection: Connection) -> None:
                connection.execute(insert(account_table).values(row))

            try:
                await self._writer.write(insert_account)
            except IntegrityError:  # another process was first
                raise _taken(account.name) from None
            self._by_id[account.id] = account
            return account

    async def update(
        self, given: str, *, name: str | None = None, plan: Plan | None = None
    ) -> Account:
        """Change an account's name or plan.

        A new plan goes to the keys of the account that had its old one too, from their next
        request on; those on another plan were put there on purpose.

        Raises:
            NotFound: there is no such account.
            InvalidRequest: the name is taken, or cannot be one.
        """
        async with self._turn:
            account = self.get(given)
            changed = replace(
                account,
                name=account.name if name is None else self._checked(name, account),
                plan=plan or account.plan,
            )

            def update_account(connection: Connection) -> None:
                connection.execute(
                    update(account_table)
                    .where(account_table.c.id == account.id)
                    .values(name=changed.name, plan=changed.plan.value)
                )
                if changed.plan is not account.plan:
                    connection.execute(
                        update(api_key_table)
                        .where(api_key_table.c.account_id == account.id)
                        .where(api_key_table.c.plan == account.plan.value)
                        .values(plan=changed.plan.value)
                    )

            try:
                await self._writer.write(update_account)
            except IntegrityError:
                raise _taken(changed.name) from None
            self._by_id[account.id] = changed
            self._keys.plan_changed(account.id, account.plan, changed.plan)
            return changed

    def _named(self, name: str) -> Account | None:
        wanted = name.strip().casefold()
        return next((one for one in self._by_id.values() if one.name.casefold() == wanted), None)

    def _checked(self, name: str, own: Account | None = None) -> str:
        name = name.strip()
        if not name or len(name) > _LONGEST_NAME or not name.isprintable():
            raise InvalidRequest(
                f"An account's name has 1 to {_LONGEST_NAME} printable characters.", param="name"
            )
        if name.startswith(_PREFIX) or "/" in name:
            raise InvalidRequest(
                f"An account's name does not begin with '{_PREFIX}', as ids do, and has no slash, "
                "since it may stand in an address.",
                param="name",
            )
        holder = self._named(name)
        if holder is not None and holder != own:
            raise _taken(name)
        return name


def _taken(name: str) -> InvalidRequest:
    return InvalidRequest(f"There is an account named '{name[:64]}' already.", param="name")
