"""Live events wait for nobody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from miavo_gateway.api.admin.events import event_stream
from miavo_gateway.gateway import Books, Gateway
from miavo_gateway.home import Home
from miavo_gateway.observe.happenings import Happenings, Listener
from miavo_gateway.settings import load_settings


@pytest.fixture
async def opened(tmp_path) -> AsyncIterator[tuple[Gateway, Books]]:
    home = Home(tmp_path / "home")
    home.create()
    gateway = Gateway.build(home, load_settings(home))
    yield gateway, await gateway.books()
    await gateway.stop()


async def test_a_slow_listener_keeps_the_latest_events_and_learns_how_many_it_lost() -> None:
    happenings = Happenings()
    with happenings.listening() as quick:
        for number in range(1_003):
            happenings.tell("request.started", {"number": number})
            if number == 500:
                assert [one.name for one in quick.take()] == ["request.started"] * 501
        assert [one.data["number"] for one in quick.take()] == list(range(501, 1_003))
    slow = Listener(capacity=3)
    for number in range(10):
        slow.offer(happening := _happening(number))
    first, *kept = slow.take()
    assert (first.name, first.data) == ("lost", {"count": 7})
    assert [one.data["number"] for one in kept] == [7, 8, 9]
    slow.offer(happening)
    assert slow.take() == [happening], "what was lost is told once"


async def test_telling_many_events_to_one_who_never_reads_takes_bounded_memory_and_time() -> None:
    happenings = Happenings()
    with happenings.listening() as listener:
        began = time.perf_counter()
        for number in range(50_000):
            happenings.tell("request.started", {"number": number})
        assert time.perf_counter() - began < 2.0
        assert len(listener.take()) == 1_001


async def test_a_silent_stream_is_kept_alive(opened: tuple[Gateway, Books]) -> None:
    gateway, books = opened
    stream = event_stream(books, gateway.observer.happenings, keep_alive=0.05)
    assert await anext(stream) == b": listening\n\n"
    assert await asyncio.wait_for(anext(stream), 5) == b": keep-alive\n\n"
    await stream.aclose()
    assert len(gateway.observer.happenings) == 0, "a stream that is closed listens no more"


async def test_changes_of_credit_keys_and_credentials_are_told(
    opened: tuple[Gateway, Books],
) -> None:
    from miavo_gateway.store.tables import EntryKind

    gateway, books = opened
    stream = event_stream(books, gateway.observer.happenings)
    await anext(stream)
    await books.ledger.add(EntryKind.CREDIT, 2_500_000_000, None)
    made = await books.keys.create("watched")
    added = await books.credentials.add("openai", "sk-very-secret-upstream-value")
    text = await _until(stream, "credential.changed")
    assert '"balance_usd":"2.500000000"' in text
    assert f'"id":"{made.key.id}","name":"watched","created":true,"revoked":false' in text
    assert '"provider":"openai","label":"default","state":"ok"' in text
    await books.keys.revoke(made.key.id)
    await books.credentials.remove(added.id)
    text += await _until(stream, "removed")
    assert '"created":false,"revoked":true' in text
    assert made.secret not in text
    assert "very-secret" not in text
    await stream.aclose()


async def _until(stream: AsyncIterator[bytes], part: str) -> str:
    text = ""
    while part not in text:
        text += (await asyncio.wait_for(anext(stream), 10)).decode()
    return text


def _happening(number: int):
    from miavo_gateway.observe.happenings import Happening

    return Happening("request.started", {"number": number})
