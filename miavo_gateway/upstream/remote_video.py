"""A model at a provider that renders video: handed in, asked for with patience, and fetched."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import MiavoError, NoUpstream, UpstreamError
from miavo_gateway.log import log
from miavo_gateway.providers.exchange import Garbled, ProviderError, WireRequest
from miavo_gateway.providers.video import (
    Failed,
    Rendering,
    Result,
    VideoAdapter,
    VideoPlan,
    VideoRules,
)
from miavo_gateway.upstream.answer import fault_of, refused, understood
from miavo_gateway.upstream.credential import Credential
from miavo_gateway.upstream.dispatch import as_error, first_answer, outcome_of
from miavo_gateway.upstream.exchange_terms import Answer, Timeouts
from miavo_gateway.upstream.faults import (
    ErrorClass,
    Phase,
    Refused,
    TimedOut,
    Unreachable,
    UpstreamFault,
)
from miavo_gateway.upstream.health import Ok
from miavo_gateway.upstream.remote_chat import Reach
from miavo_gateway.upstream.sending import name_successor, send_authorized
from miavo_gateway.upstream.video_download import Download, inline_answer
from miavo_gateway.video_engine import Accepted, Told

__all__ = ["RemoteVideo"]

_FIRST_WAIT, _LONGEST_WAIT, _GROWTH = 1.0, 15.0, 1.5
"""Seconds between two looks; providers ask for 5 to 20 while a video takes minutes."""
_JITTER = 0.2
_PATIENCE = 3_600.0
_MOST_TROUBLES = 5
"""Looks in a row that may fail for a reason that time seldom mends."""
_FETCHES = 4
_OK = 200
_TIMEOUTS = Timeouts(head=60.0, silence=60.0, total=600.0)
_SUBMIT_TIMEOUTS = Timeouts(head=120.0, silence=60.0, total=180.0)
_HOPELESS = frozenset({ErrorClass.BAD_CREDENTIAL, ErrorClass.CLIENT, ErrorClass.RETIRED})


@dataclass(frozen=True, slots=True)
class RemoteVideo:
    """It is a `VideoEngine`. All tasks of all models share the connections of one client."""

    model: Model
    adapter: VideoAdapter
    provider_name: str
    reach: Reach

    @property
    def rules(self) -> VideoRules:
        """What the model renders."""
        return self.adapter.rules(self.model)

    @property
    def obstacle(self) -> NoUpstream | None:
        """Why no credential can be used now, and when one can; None if one can."""
        return self.reach.pool.obstacle(self.adapter.provider)

    @property
    def repeatable(self) -> bool:
        """Never: a provider that may have taken a task may charge for it."""
        return False

    async def submit(self, task_id: str, plan: VideoPlan) -> Accepted:
        """Hand a task in, with another credential where one is refused; see `VideoEngine`.

        Raises:
            NoUpstream: no credential can be used.
            InvalidRequest: the provider refused the task for what it is.
            UpstreamError: it was not taken; or that cannot be told, and it is not tried again.
        """
        del task_id

        async def call(credential: Credential) -> str:
            wire = self.adapter.submit_request(plan, self.model, credential.access)
            try:
                answer = await self._answer(wire, _SUBMIT_TIMEOUTS)
                return understood(answer, self.adapter.submitted(answer.body))
            except Refused as fault:
                name_successor(fault, self.model)
                raise
            except UpstreamFault as fault:
                if _never_arrived(fault):
                    raise
                # It may have been taken: with another credential it might be rendered twice.
                self.reach.pool.report(credential.id, outcome_of(fault))
                error = as_error(fault, self.provider_name, self.reach.secrets())
                error.retryable = False  # OpenAI's SDKs would hand it in again by themselves
                raise error from None

        pool = self.reach.pool
        answered = await first_answer(
            pool,
            pool.attempts(self.adapter.provider),
            call,
            name=self.provider_name,
            secrets=self.reach.secrets,
        )
        with answered:
            credential = answered.lease.credential
            return Accepted(answered.value, credential.id, credential.simulated)

    async def render(
        self, accepted: Accepted, plan: VideoPlan, image: Path | None, target: Path, told: Told
    ) -> None:
        """Wait for a task and fetch its file; see `VideoEngine`."""
        del plan, image
        for attempt in range(1, _FETCHES + 1):
            result = await self._result(accepted, told, target)
            if result.location is None:
                return
            try:
                await self._fetch(accepted, result.location, target)
                return
            except UpstreamFault as fault:
                error = as_error(fault, self.provider_name, self.reach.secrets())
                log.warning("a rendered video could not be fetched: %s", error.message)
                if attempt == _FETCHES:
                    raise UpstreamError(
                        f"The video was rendered, but its file could not be fetched: "
                        f"{error.message}"
                    ) from None
            # Asked again, the provider may name a link that is good.
        raise AssertionError("the last attempt returns or raises")

    async def outlive(self, accepted: Accepted) -> bool:
        """Whether a task that nobody wants any more was rendered."""
        try:
            await self._result(accepted, lambda percent: None, None)
        except MiavoError:
            return False
        return True

    async def _result(self, accepted: Accepted, told: Told, target: Path | None) -> Result:
        """Look at a task until it has ended.

        Raises:
            MiavoError: nothing came of it.
        """
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        troubles = 0
        for wait in _waits():
            await asyncio.sleep(wait)
            try:
                looked = await self._look(accepted, target)
                troubles = 0
            except UpstreamFault as fault:
                troubles += 1
                hopeless = isinstance(fault, Refused) and fault.error_class in _HOPELESS
                if (hopeless and troubles >= _MOST_TROUBLES) or _late(deadline):
                    raise as_error(fault, self.provider_name, self.reach.secrets()) from None
                if isinstance(fault, Refused) and fault.retry_after:
                    await asyncio.sleep(min(fault.retry_after, _PATIENCE / 60))
                continue
            match looked:
                case Result():
                    return looked
                case Failed(error):
                    raise self._unrendered(error)
                case Rendering(percent):
                    told(percent)
            if _late(deadline):
                raise UpstreamError(
                    f"{self.provider_name} did not render the video within "
                    f"{_PATIENCE / 60:.0f} minutes."
                )
        raise AssertionError("the waits never end")

    def _unrendered(self, error: ProviderError) -> MiavoError:
        why = Refused(error.error_class or ErrorClass.RETRY, _OK, error.message)
        why.message = f"did not render the video: {error.message or 'it did not say why'}"
        return as_error(why, self.provider_name, self.reach.secrets())

    async def _look(self, accepted: Accepted, target: Path | None) -> Rendering | Result | Failed:
        credential = self._credential(accepted)
        try:
            wire = self.adapter.look_request(accepted.reference, credential.access)
            answer = await self._answer(wire, _TIMEOUTS, target, inline=self.adapter.inline)
            looked = self.adapter.looked(answer.body)
            if isinstance(looked, ProviderError | Garbled):
                raise fault_of(answer, looked)
        except UpstreamFault as fault:
            self.reach.pool.report(credential.id, outcome_of(fault))
            raise
        self.reach.pool.report(credential.id, Ok())
        return looked

    async def _fetch(self, accepted: Accepted, location: str, target: Path) -> None:
        credential = self._credential(accepted)
        access = credential.access
        wire = self.adapter.locate_request(location, access)
        if wire is not None:
            answer = await self._answer(wire, _TIMEOUTS)
            location = understood(answer, self.adapter.located(answer.body))
        download = Download(await self.reach.transport(), plain=credential.base_url is not None)
        wire = self.adapter.fetch_request(location, access)
        await send_authorized(
            self.reach.authorizer, wire, lambda w: download.save(w, target, self.adapter.error)
        )

    async def _answer(
        self,
        wire: WireRequest,
        timeouts: Timeouts,
        target: Path | None = None,
        *,
        inline: bool = False,
    ) -> Answer:
        """The answer to a request; what is `inline` in it goes to `target`."""
        transport = await self.reach.transport()

        async def send(authorized: WireRequest) -> Answer:
            if inline:
                answer = await inline_answer(transport, authorized, target, timeouts)
            else:
                answer = await transport.request(
                    authorized.method,
                    authorized.url,
                    headers=authorized.headers,
                    content=authorized.body or None,
                    timeouts=timeouts,
                )
            if answer.status != _OK:
                error = self.adapter.error(answer.status, answer.headers, answer.body)
                raise refused(answer, error)
            return answer

        return await send_authorized(self.reach.authorizer, wire, send)

    def _credential(self, accepted: Accepted) -> Credential:
        """The credential that a task was handed in with: no other can ask for it.

        Raises:
            UpstreamError: it is gone.
        """
        found = self.reach.pool.credential(self.adapter.provider, accepted.credential_id)
        if found is None or found.secret is None:
            raise UpstreamError(
                f"The credential for {self.provider_name} that this video was handed in with is "
                "gone, and no other can ask for it."
            )
        return found


def _never_arrived(fault: UpstreamFault) -> bool:
    """Whether a request that failed cannot have reached the provider."""
    return isinstance(fault, Unreachable) or (
        isinstance(fault, TimedOut) and fault.phase is Phase.CONNECT
    )


def _waits() -> Iterator[float]:
    wait = _FIRST_WAIT
    while True:
        yield wait * random.uniform(1 - _JITTER, 1 + _JITTER)
        wait = min(_LONGEST_WAIT, wait * _GROWTH)


def _late(deadline: float) -> bool:
    return asyncio.get_running_loop().time() >= deadline
