"""The path of every paid request that is no chat completion: video, sound, music, realtime.

The same stations as a chat completion's: allow-list and windows, route, hold, dispatch, settle.
What it uses is told as it is used, so that it is billed rightly wherever it ends.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import BudgetExhausted, MiavoError
from miavo_gateway.flow.ending import public_error, stopped
from miavo_gateway.flow.key import Key
from miavo_gateway.flow.limiter import Entry
from miavo_gateway.flow.live import LiveRequests
from miavo_gateway.flow.passage import Passage
from miavo_gateway.flow.pricing import cost_nano
from miavo_gateway.flow.router import Router
from miavo_gateway.flow.ticket import HoldRange, Outcome, Ticket
from miavo_gateway.store.tables import UsageState
from miavo_gateway.usage import UsageBuckets

__all__ = ["Demand", "MeteredFlow", "Running"]


@dataclass(frozen=True, slots=True)
class Demand:
    """What a request may use, before anything has been counted."""

    endpoint: str
    """The path it came to."""
    least: UsageBuckets = field(default_factory=UsageBuckets)
    """What it uses even if the answer is as short as can be."""
    most: UsageBuckets = field(default_factory=UsageBuckets)
    """What it uses at the most, as far as is known: this is held."""
    tokens: int = 0
    """Those that it is likely to take, for the token window."""
    tier: str | None = None
    """The resolution or size that its price goes by, where it goes by one."""
    stream: bool = False


@dataclass(slots=True)
class Running:
    """A request that was let through and is paid for as far as its hold goes. Settled once."""

    model: Model
    ticket: Ticket
    tier: str | None
    usage: UsageBuckets = field(default_factory=UsageBuckets)
    """All that it has used so far."""
    finish_reason: str | None = None
    _passage: Passage = field(kw_only=True, repr=False)
    _entry: Entry | None = field(kw_only=True)
    """Its place in the key's windows; None for one that was resumed after a restart."""
    _told: int = 0
    """Tokens that the windows know of already."""
    _first: float | None = None
    _simulated: bool = False

    @property
    def key(self) -> Key:
        """The caller's key."""
        return self.ticket.key

    @property
    def request_id(self) -> str:
        """The id of its row."""
        return self.ticket.request_id

    @property
    def has_begun(self) -> bool:
        """Whether something of the answer was delivered."""
        return self._first is not None

    def begun(self) -> None:
        """The first of the answer goes to the caller now; said again it changes nothing."""
        if self._first is None:
            self._first = time.monotonic()
            took = round((self._first - self.ticket.clock) * 1_000_000)
            observer = self._passage.ledger.observer
            observer.first_token(self.request_id, self.model.slug, took)

    def simulated(self) -> None:
        """The sandbox answers in place of the provider."""
        self._simulated = True
        self._passage.simulated()

    def used(self, usage: UsageBuckets) -> None:
        """All that the request has used so far; replaces what was said before."""
        self.usage = usage

    async def cover(self, usage: UsageBuckets, ahead: int) -> None:
        """Say what was used so far, and hold more if that is not covered.

        Args:
            usage: as for `used`.
            ahead: how many nano-dollars beyond it to hold then, so that not each step asks.

        Raises:
            BudgetExhausted: nothing is left to hold.
        """
        self.usage = usage
        cost = cost_nano(self.model.prices, usage, self.tier) or 0
        if cost <= self.ticket.held:
            return
        more = cost - self.ticket.held + ahead
        if not await self._passage.ledger.extend(self.ticket, more) or cost > self.ticket.held:
            raise BudgetExhausted("The credit ran out while the request was running.")

    def spent(self, tokens: int) -> None:
        """Put tokens into the key's window as they are used, for a request that goes on."""
        self._told += tokens
        self._passage.limiter.spend(self.key, tokens)

    def leave_windows(self) -> None:
        """Count no longer as one of the key's parallel requests: for what goes on by itself."""
        if self._entry is not None:
            rest = max(0, self.usage.total - self._told)
            self._passage.limiter.leave(self._entry, rest)
            self._entry = None

    def outlast(self) -> None:
        """It takes minutes from here on, by itself.

        It leaves the key's parallel requests, and others that want money do not wait for its hold.
        """
        self.leave_windows()
        self._passage.ledger.outlast(self.ticket)

    async def settle(self, state: UsageState, error: MiavoError | None = None) -> None:
        """End the request: charge what was used, correct the windows. Durable on return."""
        self.leave_windows()
        await self._passage.ledger.settle(
            self.ticket,
            Outcome(
                state,
                usage=self.usage,
                finish_reason=self.finish_reason,
                first_token=self._first,
                error=error,
                simulated=self._simulated,
                tier=self.tier,
            ),
        )


@dataclass(frozen=True, slots=True)
class MeteredFlow:
    """Lets requests through and settles them when they end."""

    router: Router
    passage: Passage
    live: LiveRequests

    async def open(self, model: Model, key: Key, request_id: str, demand: Demand) -> Running:
        """Let a request through; its row and hold are written on return.

        Whoever opens it settles it. `request` does so by itself.

        Raises:
            ModelNotAllowed: the model is not on the key's allow-list.
            RateLimitExceeded: a window of the key is full.
            BudgetExhausted: the credit or the key's budget does not cover it.
            MiavoError: nothing here can answer for the model now; that is on record.
        """
        passage = self.passage
        try:
            entry = passage.enter(model, key, demand.tokens)
        except MiavoError as error:
            passage.refused(model, key, error)
            raise
        try:
            if (obstacle := self.router.obstacle(model)) is not None:
                await passage.ledger.refuse(
                    request_id,
                    key,
                    model,
                    endpoint=demand.endpoint,
                    stream=demand.stream,
                    error=obstacle,
                )
                raise obstacle
            ticket = await passage.ledger.open(
                request_id,
                key,
                model,
                endpoint=demand.endpoint,
                stream=demand.stream,
                hold=HoldRange(
                    least=cost_nano(model.prices, demand.least, demand.tier) or 0,
                    wanted=cost_nano(model.prices, demand.most, demand.tier) or 0,
                ),
            )
        except BaseException as problem:
            passage.limiter.withdraw(entry)
            if isinstance(problem, BudgetExhausted):
                passage.refused(model, key, problem)
            raise
        return Running(model, ticket, demand.tier, _passage=passage, _entry=entry)

    def resume(self, ticket: Ticket, tier: str | None, *, simulated: bool) -> Running:
        """Go on with a request of an earlier run; whoever resumes it settles it."""
        return Running(
            ticket.model,
            ticket,
            tier,
            _passage=self.passage,
            _entry=None,
            _simulated=simulated,
        )

    @asynccontextmanager
    async def request(
        self, model: Model, key: Key, request_id: str, demand: Demand
    ) -> AsyncIterator[Running]:
        """A request for as long as the block runs; however it is left, it is settled.

        The end of the block completes it. An error fails it, or truncates it if something was
        delivered; a caller that hangs up (the task is cancelled, or the generator that holds the
        block is closed) cancels it.

        Raises:
            MiavoError: as `open`; and what the block raises, as the caller may see it.
        """
        running = await self.open(model, key, request_id, demand)
        with self.live.running():
            try:
                yield running
            except Exception as problem:  # noqa: BLE001  every end of a request is settled
                error = public_error(problem, request_id)
                await self._settle(running, self._failed(running), error)
                raise error from None
            except asyncio.CancelledError:
                if not self.live.stopping:
                    await self._settle(running, UsageState.CANCELLED)
                    raise
                error = stopped()
                await self._settle(running, self._failed(running), error)
                raise error from None
            except BaseException:
                await self._settle(running, UsageState.CANCELLED)
                raise
            await self._settle(running, UsageState.COMPLETED)

    @staticmethod
    def _failed(running: Running) -> UsageState:
        return UsageState.TRUNCATED if running.has_begun else UsageState.FAILED

    async def _settle(
        self, running: Running, state: UsageState, error: MiavoError | None = None
    ) -> None:
        """Settle, whoever cancels this meanwhile."""
        await self.live.finish(asyncio.create_task(running.settle(state, error), name="settle"))
