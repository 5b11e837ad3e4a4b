"""Accounts on each kind of database: found by id or name, and each with its own record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from miavo_gateway.errors import InvalidRequest, NotFound
from miavo_gateway.flow.accounts import Accounts
from miavo_gateway.flow.key import KeyTerms
from miavo_gateway.flow.keys import DEFAULT_ACCOUNT, Keys
from miavo_gateway.flow.ledger import Ledger
from miavo_gateway.flow.pages import EntryFilter, Page, Pages
from miavo_gateway.flow.plans import Plan
from miavo_gateway.flow.totals import UsageTotals
from miavo_gateway.flow.usage_filter import UsageFilter
from miavo_gateway.observe.observer import Observer
from miavo_gateway.store.database import open_database
from miavo_gateway.store.tables import EntryKind, usage_table
from miavo_gateway.store.writer import GroupCommitWriter


@dataclass
class Store:
    engine: AsyncEngine
    writer: GroupCommitWriter

    async def accounts(self) -> tuple[Accounts, Keys]:
        """As another start of the gateway would read them."""
        keys = Keys(self.engine, self.writer)
        await keys.load()
        accounts = Accounts(self.engine, self.writer, keys)
        await accounts.load()
        return accounts, keys


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    engine = await open_database(database_url)
    writer = GroupCommitWriter(engine)
    writer.start()
    yield Store(engine, writer)
    await writer.close()
    await engine.dispose()


async def test_an_account_is_found_by_id_and_by_name_also_after_a_restart(store: Store) -> None:
    accounts, _ = await store.accounts()
    made = await accounts.create(" Acme GmbH ", Plan.FREE)
    assert made.id.startswith("acct_")
    again, _ = await store.accounts()
    for known in (accounts, again):
        assert known.get(made.id) == known.get("acme gmbh") == made
        assert known.get(None).id == known.get("Default").id == DEFAULT_ACCOUNT
        assert [one.name for one in known.all()] == ["Default", "Acme GmbH"]
        with pytest.raises(NotFound):
            known.get("nobody")


@pytest.mark.parametrize(
    "name", ["", "  ", "x" * 201, "a\nb", "a\x00b", "acct_1", "a/b", "default", "ACME"]
)
async def test_a_name_that_is_taken_or_none_is_refused(store: Store, name: str) -> None:
    accounts, _ = await store.accounts()
    await accounts.create("Acme")
    with pytest.raises(InvalidRequest) as refused:
        await accounts.create(name)
    assert refused.value.param == "name"
    assert len(accounts.all()) == 2


async def test_two_processes_cannot_take_the_same_name(store: Store) -> None:
    one, other = (await store.accounts())[0], (await store.accounts())[0]
    results = await asyncio.gather(one.create("Acme"), other.create("Acme"), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Account", "InvalidRequest"]
    again, _ = await store.accounts()
    assert len(again.all()) == 2


async def test_keys_on_an_accounts_plan_follow_it_and_others_stay(store: Store) -> None:
    accounts, keys = await store.accounts()
    acme = await accounts.create("Acme", Plan.FREE)
    follows = (await keys.create("a", KeyTerms(plan=Plan.FREE), acme.id)).key
    stays = (await keys.create("b", KeyTerms(plan=Plan.PAID), acme.id)).key
    elsewhere = (await keys.create("c", KeyTerms(plan=Plan.FREE))).key
    await accounts.update(acme.id, plan=Plan.PAID)
    await accounts.update("Acme", name="Acme & Sons", plan=Plan.FREE)
    _, reread = await store.accounts()
    for known in (keys, reread):
        plans = [known.get(one.id).terms.plan for one in (follows, stays, elsewhere)]
        # The second change takes both along: by then both were on the account's plan.
        assert plans == [Plan.FREE, Plan.FREE, Plan.FREE]
    assert (await store.accounts())[0].get("acme & sons").id == acme.id


async def test_pages_totals_and_money_are_kept_apart(store: Store) -> None:
    accounts, keys = await store.accounts()
    acme = await accounts.create("Acme")
    ledger = Ledger(store.engine, store.writer, keys, Observer())
    await ledger.load()
    await ledger.add(EntryKind.CREDIT, 5, None, acme.id)
    await ledger.add(EntryKind.CREDIT, 7, None)
    assert (ledger.funds.available(acme.id), ledger.funds.available(DEFAULT_ACCOUNT)) == (5, 7)
    own = (await keys.create("own", KeyTerms(), acme.id)).key
    other = (await keys.create("other")).key
    async with store.engine.begin() as connection:
        for number, key in enumerate((own, other, own)):
            await connection.execute(
                insert(usage_table).values(
                    id=number + 1,
                    request_id=f"r{number}",
                    key_id=key.id,
                    slug="s",
                    provider="p",
                    endpoint="e",
                    stream=False,
                    state="completed",
                    started_at=number,
                )
            )
    pages = Pages(store.engine)
    of_acme = UsageFilter(account_id=acme.id)
    assert [row["request_id"] for row in await pages.usage(Page(5), of_acme)] == ["r2", "r0"]
    assert [row["request_id"] for row in await pages.usage(Page(5, 3), of_acme)] == ["r0"]
    assert (await UsageTotals(store.engine).by(None, of_acme))[None].requests == 2
    entries = await pages.entries(Page(5), EntryFilter(account_id=acme.id))
    assert [row["amount_nano"] for row in entries] == [5]
    assert len(await pages.entries(Page(5), EntryFilter())) == 2
