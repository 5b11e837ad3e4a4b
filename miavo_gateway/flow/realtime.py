"""Realtime sessions: let in as any request, and billed as they go."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from miavo_gateway.catalogue import Kind, Model
from miavo_gateway.errors import AuthenticationError, BudgetExhausted, InvalidRequest, MiavoError
from miavo_gateway.flow.caller import Caller, HungUp, SessionLimits, TimeIsUp
from miavo_gateway.flow.ending import public_error, stopped
from miavo_gateway.flow.key import Key
from miavo_gateway.flow.keys import Keys
from miavo_gateway.flow.metered import Demand, MeteredFlow, Running
from miavo_gateway.flow.realtime_session import RealtimeSession
from miavo_gateway.log import log
from miavo_gateway.store.tables import UsageState
from miavo_gateway.upstream.faults import UpstreamFault
from miavo_gateway.upstream.remote_realtime import ProviderSession
from miavo_gateway.usage import UsageBuckets

__all__ = ["RealtimeEngine", "RealtimeFlow"]

_DEMAND = Demand(
    endpoint="/v1/realtime",
    least=UsageBuckets(uncached_input=100, output=100),
    # Some two minutes of talk; a session that goes on holds more as it does.
    most=UsageBuckets(uncached_input=2_000, output=1_000, audio_input=600, audio_output=1_200),
    stream=True,
)
_NORMAL = 1000
_GOING_AWAY = 1001
_POLICY = 1008
_FAULT = 1011
_GOODBYE_SECONDS = 1.0


class RealtimeEngine(Protocol):
    """What opens sessions for a slug."""

    async def open(self) -> ProviderSession:
        """A session that exists.

        Raises:
            MiavoError: there is none.
        """
        ...


@dataclass(frozen=True, slots=True)
class RealtimeFlow:
    """Opens, bridges and settles sessions."""

    metered: MeteredFlow
    keys: Keys
    engines: Mapping[str, RealtimeEngine]
    limits: SessionLimits = field(default_factory=SessionLimits)

    def model(self, slug: str) -> Model:
        """The realtime model of a slug.

        Raises:
            InvalidRequest: there is none.
        """
        model = self.metered.router.model(slug)
        if model.kind is not Kind.REALTIME:
            raise InvalidRequest(
                f"'{model.slug}' has no realtime sessions: it is a model for {model.kind.value}.",
                param="model",
            )
        return model

    async def serve(self, caller: Caller, model: Model, key: Key, request_id: str) -> None:
        """A whole session; its row is durable on return.

        Raises:
            MiavoError: the session was refused, or its provider did not create it. The caller is
                not accepted yet then.
        """
        running = await self.metered.open(model, key, request_id, _DEMAND)
        session: RealtimeSession | None = None
        state, error = UsageState.CANCELLED, None
        live = self.metered.live
        with live.running():
            try:
                provider = await self._opened(caller, model)
                session = RealtimeSession(
                    caller, provider, running, self.keys, self.metered.passage.limiter
                )
                if provider.simulated:
                    running.simulated()
                await caller.accept()
                state = await session.run(self.limits)
            except asyncio.CancelledError:
                if not live.stopping:
                    raise
                error = stopped()
            except HungUp:
                pass
            except UpstreamFault as fault:
                assert session is not None, "only a session has a provider"
                session.provider.failed(fault)
                error = session.provider.error_of(fault)
            except Exception as problem:  # noqa: BLE001  every end of a request is settled
                error = public_error(problem, request_id)
            finally:
                if error is not None:
                    state = UsageState.TRUNCATED if running.has_begun else UsageState.FAILED
                if isinstance(error, TimeIsUp):
                    state = UsageState.COMPLETED
                ending = self._end(session, caller, running, state, error)
                # Whoever cancels this meanwhile.
                await live.finish(asyncio.create_task(ending, name="settle"))
        if error is not None and session is None:
            raise error

    async def _opened(self, caller: Caller, model: Model) -> ProviderSession:
        """A session, unless the caller hangs up while it waits."""
        opening = asyncio.ensure_future(self.engines[model.slug].open())
        gone = asyncio.ensure_future(caller.gone())
        try:
            await asyncio.wait({opening, gone}, return_when=asyncio.FIRST_COMPLETED)
            if opening.done():
                return opening.result()
            raise HungUp
        finally:
            for task in (opening, gone):
                if not task.done():
                    task.cancel()
            if not opening.done():
                with contextlib.suppress(asyncio.CancelledError, MiavoError):
                    left = await opening
                    await left.hang_up()

    async def _end(
        self,
        session: RealtimeSession | None,
        caller: Caller,
        running: Running,
        state: UsageState,
        error: MiavoError | None,
    ) -> None:
        """Hang up on the provider, settle, and tell the caller."""
        if session is not None:
            running.used(session.used)
            try:
                await session.provider.hang_up()
            except Exception:  # noqa: BLE001  the row matters more than how the socket closed
                log.exception("a provider's socket did not close")
        charged = None if isinstance(error, TimeIsUp) else error
        await running.settle(state, charged)
        if session is None:
            return
        with contextlib.suppress(HungUp, TimeoutError):
            async with asyncio.timeout(_GOODBYE_SECONDS):
                if error is not None:
                    await caller.send(session.provider.translator.told(error))
                await caller.close(_close_code(error, stopping=self.metered.live.stopping))


def _close_code(error: MiavoError | None, *, stopping: bool) -> int:
    if stopping:
        return _GOING_AWAY
    if error is None or isinstance(error, BudgetExhausted | TimeIsUp):
        return _NORMAL
    return _POLICY if isinstance(error, InvalidRequest | AuthenticationError) else _FAULT
