"""A value that expires: one fetch for all who want it, and a new one before the old one ends."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from miavo_gateway.upstream.authorization.renewal import Lasting, Renewal
from miavo_gateway.upstream.faults import Unreachable


@dataclass
class Source:
    """Gives 1, 2, 3…, each to be renewed after 60 s and good for 100 s."""

    now: float = 1_000.0
    fetched: int = 0
    down: bool = False
    go: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.go.set()

    async def fetch(self) -> Lasting[int]:
        await self.go.wait()
        self.fetched += 1
        if self.down:
            raise Unreachable("is down")
        return Lasting(self.fetched, renew_at=self.now + 60, until=self.now + 100)

    def renewal(self) -> Renewal[int]:
        return Renewal(self.fetch, clock=lambda: self.now)


async def settle() -> None:
    """Let everything that can run, run."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_all_who_want_it_at_once_share_one_fetch() -> None:
    source = Source()
    renewal = source.renewal()
    assert await asyncio.gather(*(renewal.get() for _ in range(50))) == [1] * 50
    assert await renewal.get() == 1


async def test_one_who_gives_up_waiting_takes_nothing_from_the_others() -> None:
    source = Source()
    source.go.clear()
    renewal = source.renewal()
    first, second = (asyncio.create_task(renewal.get()) for _ in range(2))
    await settle()
    first.cancel()
    await settle()
    source.go.set()
    assert await second == 1


async def test_it_is_renewed_behind_the_back_of_those_who_want_it() -> None:
    source = Source()
    renewal = source.renewal()
    await renewal.get()
    source.now += 60
    source.go.clear()
    assert [await renewal.get() for _ in range(3)] == [1, 1, 1]
    source.go.set()
    await settle()
    assert await renewal.get() == 2
    assert source.fetched == 2


async def test_when_it_has_ended_a_new_one_is_waited_for() -> None:
    source = Source()
    renewal = source.renewal()
    await renewal.get()
    source.now += 100
    assert await renewal.get() == 2


async def test_while_it_holds_a_failed_renewal_is_not_noticed_and_tried_again_after_a_pause() -> (
    None
):
    source = Source()
    renewal = source.renewal()
    await renewal.get()
    source.now += 60
    source.down = True
    for _ in range(5):
        assert await renewal.get() == 1
        await settle()
    assert source.fetched == 2
    source.now += 15
    source.down = False
    await renewal.get()
    await settle()
    assert await renewal.get() == 3


async def test_when_it_has_ended_a_failed_renewal_is_the_fault_of_all_who_wait() -> None:
    source = Source(down=True)
    renewal = source.renewal()
    faults = await asyncio.gather(*(renewal.get() for _ in range(3)), return_exceptions=True)
    assert [type(fault) for fault in faults] == [Unreachable] * 3
    source.down = False
    assert await renewal.get() == 2
    source.now += 100
    source.down = True
    with pytest.raises(Unreachable):
        await renewal.get()
