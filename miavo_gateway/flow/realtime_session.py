"""One realtime session between a caller and a provider, until either has had enough."""

from __future__ import annotations

import asyncio
import time
from typing import Any, NoReturn

import orjson

from miavo_gateway.errors import AuthenticationError, InvalidRequest, RateLimitExceeded
from miavo_gateway.flow.caller import Caller, HungUp, SessionLimits, TimeIsUp
from miavo_gateway.flow.keys import Keys
from miavo_gateway.flow.limiter import Limiter
from miavo_gateway.flow.metered import Running
from miavo_gateway.flow.pricing import cost_nano
from miavo_gateway.providers.realtime.adapter import Step
from miavo_gateway.providers.realtime.usage import added
from miavo_gateway.store.tables import UsageState
from miavo_gateway.upstream.faults import Phase, TimedOut
from miavo_gateway.upstream.remote_realtime import ProviderSession
from miavo_gateway.usage import UsageBuckets

__all__ = ["RealtimeSession"]

_AHEAD = UsageBuckets(output=1_000, audio_output=1_200)
"""What is held beyond what was used, when that is more than was held: a minute of talk."""
_LONGEST_NAP = 5.0


class RealtimeSession:
    """The events of both sides, passed on and counted."""

    def __init__(
        self,
        caller: Caller,
        provider: ProviderSession,
        running: Running,
        keys: Keys,
        limiter: Limiter,
    ) -> None:
        self.provider = provider
        self._caller = caller
        self._running = running
        self._keys = keys
        self._limiter = limiter
        self._ahead = cost_nano(running.model.prices, _AHEAD) or 0
        self._spent = UsageBuckets()
        self._down = asyncio.Lock()
        self._up = asyncio.Lock()
        self._began = self._active = self._heard = time.monotonic()
        self._over_limit = False

    @property
    def used(self) -> UsageBuckets:
        """All that has been used by now; what is not counted yet is guessed."""
        return added(self._spent, self.provider.translator.unfinished)

    async def run(self, limits: SessionLimits) -> UsageState:
        """Pass on what comes, until the caller hangs up; how the session ended.

        Raises:
            UpstreamFault: the provider is gone, or fell silent.
            MiavoError: the credit ran out, the key was revoked, or time is up.
        """
        for event in self.provider.early:
            await self._tell(event)
        tasks = [
            asyncio.create_task(work, name=name)
            for name, work in (
                ("realtime-caller", self._from_caller()),
                ("realtime-provider", self._from_provider()),
                ("realtime-watch", self._watch(limits)),
            )
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            problem = task.exception()
            if problem is not None and not isinstance(problem, HungUp):
                raise problem
        busy = self.provider.translator.busy
        return UsageState.CANCELLED if busy else UsageState.COMPLETED

    async def _from_caller(self) -> NoReturn:
        while True:
            message = await self._caller.receive()
            self._active = time.monotonic()
            try:
                event = _event_of(message)
                if not self._may(event):
                    continue
            except (InvalidRequest, RateLimitExceeded) as error:
                await self._tell(self.provider.translator.told(error, _id_of(message)))
                continue
            await self._follow(self.provider.translator.from_client(event))

    async def _from_provider(self) -> NoReturn:
        while True:
            step = await self.provider.receive()
            if step.down or step.troubles:
                # Signs of life alone, such as GLM's heartbeats, make no reply.
                self._heard = time.monotonic()
            await self._follow(step)

    def _may(self, event: dict[str, Any]) -> bool:
        """Whether an event is passed on; of audio beyond the limit the first is told alone.

        Raises:
            AuthenticationError: the key may be used no more.
            RateLimitExceeded: the key's window of tokens is full.
        """
        kind = event.get("type")
        if kind not in ("response.create", "input_audio_buffer.append"):
            return True
        key = self._keys.get(self._running.key.id)
        if key.revoked_at is not None:
            raise AuthenticationError("This key has been revoked.")
        try:
            self._limiter.check_tokens(key)
        except RateLimitExceeded:
            told, self._over_limit = self._over_limit, True
            if told and kind != "response.create":
                return False
            raise
        self._over_limit = False
        return True

    async def _follow(self, step: Step) -> None:
        """Do what follows from an event or a frame."""
        if step.delivered:
            self._running.begun()
            self._active = self._heard
        if step.down or step.troubles or step.began:
            # Taken at once after the translation, so that events leave in their order.
            async with self._down:
                for event in step.down:
                    await self._caller.send(event)
                for trouble in step.troubles:
                    told = self.provider.error_of(trouble.error)
                    if isinstance(told, InvalidRequest):
                        # What clients of OpenAI's match on.
                        told.code = trouble.error.code or told.code
                        told.param = trouble.param
                    await self._caller.send(self.provider.translator.told(told, trouble.event_id))
                if step.began:
                    await self._caller.send(self._rate_limits())
        if step.reopen:
            for following in await self.provider.reopen():
                await self._follow(following)
        if step.up:
            async with self._up:
                await self.provider.send(step.up)
        if step.spent is not None:
            self._spent = added(self._spent, step.spent)
            self._running.spent(step.spent.total)
        if step.spent is not None or step.delivered:
            await self._running.cover(self.used, self._ahead)

    async def _tell(self, event: bytes) -> None:
        async with self._down:
            await self._caller.send(event)

    def _rate_limits(self) -> bytes:
        """The key's windows, as OpenAI tells them when a reply begins."""
        key = self._running.key
        state = self._limiter.state(key)
        rows = (
            ("requests", key.limits.requests, state.requests, state.reset_requests),
            ("tokens", key.limits.tokens, state.tokens, state.reset_tokens),
        )
        limits = [
            {
                "name": name,
                "limit": limit,
                "remaining": max(0, limit - used),
                "reset_seconds": round(reset, 3),
            }
            for name, limit, used, reset in rows
        ]
        return self.provider.translator.event("rate_limits.updated", rate_limits=limits)

    async def _watch(self, limits: SessionLimits) -> NoReturn:
        """End what takes too long."""
        # What is waited for changes when a reply begins.
        longest_nap = min(_LONGEST_NAP, limits.silence, limits.idle)
        while True:
            now = time.monotonic()
            waits = {
                "total": self._began + limits.total,
                "idle": self._active + limits.idle,
            }
            if self.provider.translator.busy:
                waits = {
                    "total": waits["total"],
                    "silence": max(self._heard, self._active) + limits.silence,
                }
            first = min(waits, key=waits.__getitem__)
            if waits[first] <= now:
                raise _too_long(first, limits)
            await asyncio.sleep(min(waits[first] - now, longest_nap))


def _too_long(what: str, limits: SessionLimits) -> Exception:
    match what:
        case "silence":
            return TimedOut(Phase.SILENCE, limits.silence)
        case "idle":
            return TimeIsUp(f"Nothing happened in this session for {limits.idle:,.0f} seconds.")
    return TimeIsUp(f"A session lasts {limits.total / 60:,.0f} minutes at the most.")


def _event_of(message: str | bytes) -> dict[str, Any]:
    try:
        event = orjson.loads(message)
    except orjson.JSONDecodeError:
        raise InvalidRequest("The message is not valid JSON.") from None
    if not isinstance(event, dict):
        raise InvalidRequest("The message is no JSON object.")
    return event


def _id_of(message: str | bytes) -> str | None:
    try:
        event = orjson.loads(message)
    except orjson.JSONDecodeError:
        return None
    found = event.get("event_id") if isinstance(event, dict) else None
    return found if isinstance(found, str) else None
