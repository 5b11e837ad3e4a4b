"""Requests for other things than chat pass the same gates, and are billed however they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace

import pytest

from miavo_gateway.catalogue import Model, load_catalogue
from miavo_gateway.catalogue.prices import Prices, price_per_mtok, price_per_unit
from miavo_gateway.errors import (
    BudgetExhausted,
    InternalError,
    MiavoError,
    ModelNotAllowed,
    NoUpstream,
    UpstreamError,
)
from miavo_gateway.flow.key import Key
from miavo_gateway.flow.keys import DEFAULT_ACCOUNT, Keys
from miavo_gateway.flow.ledger import Ledger
from miavo_gateway.flow.limiter import Limiter
from miavo_gateway.flow.live import LiveRequests
from miavo_gateway.flow.metered import Demand, MeteredFlow
from miavo_gateway.flow.passage import Passage
from miavo_gateway.flow.router import Router
from miavo_gateway.flow.windows import MemoryWindows
from miavo_gateway.observe.observer import Observer
from miavo_gateway.store.database import open_database
from miavo_gateway.store.tables import EntryKind
from miavo_gateway.store.writer import GroupCommitWriter
from miavo_gateway.usage import UsageBuckets
from tests.databases import read

VIDEOS = "/v1/videos/generations"
CREDIT = 3_000_000_000
SECOND = 100_000_000
EIGHT_SECONDS = Demand(
    VIDEOS,
    least=UsageBuckets(milliseconds=8_000),
    most=UsageBuckets(milliseconds=8_000),
    tier="720p",
)


@dataclass
class _Reach:
    obstacle: MiavoError | None = None


@dataclass
class Desk:
    """A flow on a database with three dollars of credit and a video model that is reached."""

    url: str
    flow: MeteredFlow
    ledger: Ledger
    keys: Keys
    key: Key
    model: Model
    reach: _Reach

    async def rows(self) -> list[tuple[object, ...]]:
        return await read(
            self.url, "SELECT state, status, milliseconds, cost_nano FROM usage ORDER BY id"
        )

    async def balance(self) -> int:
        [(total,)] = await read(self.url, "SELECT sum(amount_nano) FROM ledger_entry")
        assert self.ledger.funds.available(DEFAULT_ACCOUNT) == total
        assert self.ledger.funds.held(DEFAULT_ACCOUNT) == 0
        return int(total)


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    engine = await open_database(database_url)
    writer = GroupCommitWriter(engine)
    writer.start()
    keys = Keys(engine, writer)
    await keys.load()
    ledger = Ledger(engine, writer, keys, Observer())
    await ledger.load()
    await ledger.add(EntryKind.CREDIT, CREDIT, None)
    catalogue = load_catalogue()
    model = catalogue.get("veo-3.1-fast")
    assert model is not None
    reach = _Reach()
    router = Router(catalogue, {}, reach={model.slug: reach})
    passage = Passage(Limiter(MemoryWindows()), ledger)
    key = (await keys.create("test")).key
    yield Desk(
        database_url,
        MeteredFlow(router, passage, LiveRequests()),
        ledger,
        keys,
        key,
        model,
        reach,
    )
    await writer.close()
    await engine.dispose()


async def test_what_was_used_is_charged_at_the_price_of_its_resolution(desk: Desk) -> None:
    async with desk.flow.request(desk.model, desk.key, "r", EIGHT_SECONDS) as running:
        assert desk.ledger.funds.held(DEFAULT_ACCOUNT) == 8 * SECOND
        running.begun()
        running.used(UsageBuckets(milliseconds=5_500))
    assert await desk.rows() == [("completed", 200, 5_500, 550_000_000)]
    assert await desk.balance() == CREDIT - 550_000_000


async def test_a_request_that_fails_costs_what_it_used_by_then(desk: Desk) -> None:
    with pytest.raises(UpstreamError):
        async with desk.flow.request(desk.model, desk.key, "r1", EIGHT_SECONDS):
            raise UpstreamError("It broke.")

    async def break_later() -> None:
        async with desk.flow.request(desk.model, desk.key, "r2", EIGHT_SECONDS) as running:
            running.begun()
            running.used(UsageBuckets(milliseconds=1_000))
            raise UpstreamError("It broke later.")

    with pytest.raises(UpstreamError):
        await break_later()
    with pytest.raises(InternalError, match="r3"):
        async with desk.flow.request(desk.model, desk.key, "r3", EIGHT_SECONDS):
            raise ValueError("a fault of the gateway")
    assert await desk.rows() == [
        ("failed", 502, 0, 0),
        ("truncated", 502, 1_000, SECOND),
        ("failed", 500, 0, 0),
    ]
    assert await desk.balance() == CREDIT - SECOND


async def test_a_caller_that_hangs_up_pays_for_what_it_got(desk: Desk) -> None:
    async def parts() -> AsyncIterator[int]:
        async with desk.flow.request(desk.model, desk.key, "closed", EIGHT_SECONDS) as running:
            for second in range(1, 9):
                running.begun()
                running.used(UsageBuckets(milliseconds=1_000 * second))
                yield second

    async with aclosing(parts()) as source:
        async for second in source:
            if second == 2:
                break

    entered = asyncio.Event()

    async def forever() -> None:
        async with desk.flow.request(desk.model, desk.key, "cancelled", EIGHT_SECONDS):
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(forever())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await desk.rows() == [
        ("cancelled", 200, 2_000, 2 * SECOND),
        ("cancelled", 200, 0, 0),
    ]
    assert await desk.balance() == CREDIT - 2 * SECOND


async def test_a_gateway_that_stops_says_so_and_settles(desk: Desk) -> None:
    entered = asyncio.Event()

    async def forever() -> None:
        async with desk.flow.request(desk.model, desk.key, "r", EIGHT_SECONDS):
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(forever())
    await entered.wait()
    await desk.flow.live.stop(seconds=5)
    with pytest.raises(UpstreamError, match="stopped"):
        await task
    assert await desk.rows() == [("failed", 502, 0, 0)]
    assert await desk.balance() == CREDIT


async def test_a_hold_grows_with_the_use_and_never_beyond_the_credit(desk: Desk) -> None:
    async def render() -> None:
        async with desk.flow.request(desk.model, desk.key, "r", EIGHT_SECONDS) as running:
            for second in range(1, 60):
                await running.cover(UsageBuckets(milliseconds=1_000 * second), ahead=SECOND)

    with pytest.raises(BudgetExhausted):
        await render()
    [(state, status, milliseconds, _)] = await desk.rows()
    assert (state, status, milliseconds) == ("failed", 402, 31_000)
    assert await desk.balance() == 0


async def test_what_may_not_or_cannot_leave_holds_nothing(desk: Desk) -> None:
    terms = replace(desk.key.terms, allow=("gpt-5.4",))
    with pytest.raises(ModelNotAllowed):
        await desk.flow.open(desk.model, replace(desk.key, terms=terms), "r1", EIGHT_SECONDS)
    million = UsageBuckets(milliseconds=10**6)
    dear = replace(EIGHT_SECONDS, least=million, most=million)
    with pytest.raises(BudgetExhausted):
        await desk.flow.open(desk.model, desk.key, "r2", dear)
    desk.reach.obstacle = NoUpstream("No credential.")
    with pytest.raises(NoUpstream):
        await desk.flow.open(desk.model, desk.key, "r3", EIGHT_SECONDS)
    assert await desk.rows() == [("failed", 503, 0, None)]
    assert await desk.balance() == CREDIT


async def test_a_voice_is_priced_by_what_its_operator_says(desk: Desk) -> None:
    usage = UsageBuckets(characters=2_000, milliseconds=61_500)
    for request_id, prices, cost in (
        ("unpriced", Prices(), None),
        ("characters", Prices(characters=price_per_mtok("15.00")), 30_000_000),
        ("seconds", Prices(per_second=price_per_unit("0.001")), 61_500_000),
    ):
        model = replace(desk.model, prices=prices)
        demand = Demand("/v1/audio/speech", least=usage, most=usage)
        async with desk.flow.request(model, desk.key, request_id, demand) as running:
            running.used(usage)
        query = f"SELECT cost_nano, characters FROM usage WHERE request_id = '{request_id}'"
        assert await read(desk.url, query) == [(cost, 2_000)]
