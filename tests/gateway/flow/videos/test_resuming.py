"""What the ledger spares at a start, and what it closes: on either database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from miavo_gateway.catalogue import load_catalogue
from miavo_gateway.flow.key import Key
from miavo_gateway.flow.keys import DEFAULT_ACCOUNT, Keys
from miavo_gateway.flow.ledger import Ledger
from miavo_gateway.flow.ticket import HoldRange, Outcome
from miavo_gateway.flow.videos.task import TaskStatus, VideoTask
from miavo_gateway.flow.videos.tasks import TaskFilter, VideoTasks
from miavo_gateway.observe.observer import Observer
from miavo_gateway.providers.video import VideoPlan
from miavo_gateway.store.database import open_database
from miavo_gateway.store.tables import EntryKind, UsageState
from miavo_gateway.store.writer import GroupCommitWriter
from miavo_gateway.usage import UsageBuckets
from tests.databases import read

CREDIT, HELD = 1_000_000_000, 800_000_000
CATALOGUE = load_catalogue()


@dataclass
class Books:
    keys: Keys
    ledger: Ledger
    tasks: VideoTasks


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Books]:
    """The books of one run of a gateway; left as a crash leaves them."""
    engine = await open_database(url)
    writer = GroupCommitWriter(engine)
    writer.start()
    keys = Keys(engine, writer)
    await keys.load()
    yield Books(keys, Ledger(engine, writer, keys, Observer()), VideoTasks(engine, writer))
    await writer.close()
    await engine.dispose()


async def begin(books: Books, key: Key, request_id: str) -> None:
    model = CATALOGUE.get("veo-3.1-fast")
    assert model is not None
    await books.ledger.open(
        request_id,
        key,
        model,
        endpoint="/v1/videos/generations",
        stream=False,
        hold=HoldRange(HELD // 2, HELD // 2),
    )


def task(key: Key, request_id: str) -> VideoTask:
    return VideoTask(
        id=f"vid_{request_id}",
        request_id=request_id,
        key_id=key.id,
        slug="veo-3.1-fast",
        provider="google",
        plan=VideoPlan("A lamp.", "16:9", "720p", 4, audio=True),
        created_at=1,
        file_token="token",
        status=TaskStatus.RUNNING,
        reference="operations/1",
    )


async def test_a_start_spares_the_rows_of_video_tasks_and_closes_the_others(
    database_url: str,
) -> None:
    async with opened(database_url) as books:
        await books.ledger.load()
        await books.ledger.add(EntryKind.CREDIT, CREDIT, None)
        key = (await books.keys.create("test")).key
        await begin(books, key, "lives")
        await begin(books, key, "dies")
        added = await books.tasks.add(task(key, "lives"))
        assert added.number == 1
    async with opened(database_url) as books:
        assert await books.ledger.load() == 1
        tickets = await books.ledger.resume(CATALOGUE.get)
        assert [each.request_id for each in await books.tasks.unsettled()] == ["lives"]
        assert list(tickets) == ["lives"]
        funds = books.ledger.funds
        assert (funds.available(DEFAULT_ACCOUNT), funds.held(DEFAULT_ACCOUNT)) == (
            CREDIT - HELD // 2,
            HELD // 2,
        )
        done = Outcome(UsageState.COMPLETED, usage=UsageBuckets(milliseconds=3_000), tier="720p")
        await books.ledger.settle(tickets["lives"], done)
        await books.ledger.settle(tickets["lives"], done)
        assert (funds.available(DEFAULT_ACCOUNT), funds.held(DEFAULT_ACCOUNT)) == (
            CREDIT - 300_000_000,
            0,
        )
    rows = await read(database_url, "SELECT request_id, state, cost_nano FROM usage ORDER BY id")
    assert rows == [("lives", "completed", 300_000_000), ("dies", "interrupted", None)]
    [(total,)] = await read(database_url, "SELECT sum(amount_nano) FROM ledger_entry")
    assert total == CREDIT - 300_000_000
    async with opened(database_url) as books:
        assert await books.ledger.load() == 0
        assert await books.tasks.unsettled() == []
        [found] = await books.tasks.page(10, None, TaskFilter(status=("running",)))
        assert found == added
        await books.tasks.save(found.ended_with(TaskStatus.CANCELLED, None, 2))
        assert len(await books.tasks.page(10, None, TaskFilter(status=("failed",)))) == 1
        assert await books.tasks.page(10, 1, TaskFilter()) == []
        await books.tasks.remove(found.id)
        assert await books.tasks.get(found.id) is None
