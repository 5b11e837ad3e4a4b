"""A realtime model at a provider: sessions over its sockets, with the credentials of the pool."""

from __future__ import annotations

import asyncio
import secrets as random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import MiavoError, NoUpstream
from miavo_gateway.providers.exchange import ProviderError
from miavo_gateway.providers.realtime.adapter import RealtimeAdapter, Step, Translator
from miavo_gateway.upstream.credential import Credential
from miavo_gateway.upstream.dispatch import Answered, as_error, first_answer, outcome_of
from miavo_gateway.upstream.faults import (
    Closed,
    ErrorClass,
    NoUpgrade,
    Phase,
    Refused,
    TimedOut,
    UpstreamFault,
)
from miavo_gateway.upstream.refusal import refusal
from miavo_gateway.upstream.remote_chat import Reach
from miavo_gateway.upstream.sending import name_successor

if TYPE_CHECKING:
    from miavo_gateway.upstream.socket import UpstreamSocket
    from miavo_gateway.upstream.transport import Transport

__all__ = ["ProviderSession", "RemoteRealtime"]

_CREATED_SECONDS = 10.0
"""From the upgrade to the provider's word that the session exists."""
_SEND_SECONDS = 30.0
_PATIENCE = 15.0
"""After which no further credential is tried: a client waits for its own upgrade meanwhile."""
_NORMAL = 200
_OVERUSED = frozenset({ErrorClass.THROTTLE, ErrorClass.QUOTA})
_IN_ORDER = frozenset({1000, 1001})
"""Close codes of a session that has lasted as long as its provider lets one."""


@dataclass(frozen=True, slots=True)
class RemoteRealtime:
    """Opens sessions with one model."""

    model: Model
    adapter: RealtimeAdapter
    provider_name: str
    reach: Reach

    @property
    def obstacle(self) -> NoUpstream | None:
        """Why no credential can be used now, and when one can; None if one can."""
        return self.reach.pool.obstacle(self.adapter.provider)

    async def open(self) -> ProviderSession:
        """A session that its provider has created; close it.

        Credentials are tried until one's session is created, and never after.

        Raises:
            NoUpstream: no credential can be used.
            InvalidRequest: the provider refused the session for what it is.
            UpstreamError: every attempt failed.
        """
        reach = self.reach
        transport = await reach.transport()

        async def call(credential: Credential) -> ProviderSession:
            translator = self.adapter.translator(self.model, random.token_hex(8))
            session = ProviderSession(self, transport, translator, credential)
            try:
                await session.begin()
            except BaseException:
                await asyncio.shield(session.hang_up())
                raise
            return session

        answered = await first_answer(
            reach.pool,
            reach.pool.attempts(self.adapter.provider),
            call,
            name=self.provider_name,
            secrets=reach.secrets,
            patience=_PATIENCE,
        )
        answered.value.answered = answered
        return answered.value

    def refused(
        self,
        error: ProviderError,
        status: int = _NORMAL,
        headers: Mapping[str, str] | None = None,
        *,
        words: str = "",
    ) -> Refused:
        """The fault that a provider's error is.

        Args:
            error: the error.
            status: that of an answer which was to be an upgrade.
            headers: of that answer.
            words: what to say in place of the error's message.
        """
        fault = refusal(status, headers or {}, error)
        if status == _NORMAL:
            said = f"said: {error.message}" if error.message else "refused the session"
            fault.message = words or said
        name_successor(fault, self.model)
        return fault


class ProviderSession:
    """A session with a provider. One task receives; several may send."""

    def __init__(
        self,
        engine: RemoteRealtime,
        transport: Transport,
        translator: Translator,
        credential: Credential,
    ) -> None:
        self.translator = translator
        self.answered: Answered[ProviderSession] | None = None
        self.early: list[bytes] = []
        """Events for the client that came before the session was created, and with it."""
        self._engine = engine
        self._transport = transport
        self._credential = credential
        self._socket: UpstreamSocket | None = None
        self._changing = asyncio.Lock()

    @property
    def simulated(self) -> bool:
        """Whether the sandbox is at the other end."""
        return self._credential.simulated

    async def begin(self) -> None:
        """Open the socket and wait until the session is created.

        Raises:
            UpstreamFault: it is not.
        """
        self._socket, steps = await self._open()
        for step in steps:
            self.early += step.down
            await self.send(step.up)

    async def send(self, frames: Iterable[str]) -> None:
        """Send frames, in their order.

        Raises:
            UpstreamFault: the provider is gone, or does not read.
        """
        for frame in frames:
            assert self._socket is not None, "a session is opened first"
            await self._socket.send(frame, seconds=_SEND_SECONDS)

    async def receive(self) -> Step:
        """What follows from the provider's next frame.

        Raises:
            UpstreamFault: the provider closed the socket, or will not go on.
        """
        while True:
            socket = self._socket
            assert socket is not None, "a session is opened first"
            try:
                frame = await socket.receive()
            except Closed as closed:
                async with self._changing:
                    if self._socket is not socket:
                        continue  # it went on over another one
                raise self._meaning(closed) from None
            if self._changing.locked():
                async with self._changing:
                    pass
            if self._socket is not socket:
                continue  # said on a socket that has been left
            step = self.translator.from_provider(frame)
            if step.refusal is not None:
                raise self._engine.refused(step.refusal)
            for trouble in step.troubles:
                self._blame(trouble.error)
            if (failure := step.failure) is not None:
                self._blame(failure.error)
                said = failure.error.message and self.error_of(failure.error).message
                step.down.append(failure.told(said))
            return step

    async def reopen(self) -> list[Step]:
        """Go on over a new socket, with the same credential; what follows from it.

        If the provider does not take the session there, it goes on over the old one, and the
        client is told.
        """
        async with self._changing:
            left = self._socket
            try:
                self._socket, steps = await self._open()
            except UpstreamFault as fault:
                kept = self.translator.kept()
                kept.down.insert(0, self.translator.told(self.error_of(fault)))
                return [kept]
        if left is not None:
            await left.close()
        return steps

    def error_of(self, problem: UpstreamFault | ProviderError) -> MiavoError:
        """What the client is told, without secrets."""
        engine = self._engine
        fault = engine.refused(problem) if isinstance(problem, ProviderError) else problem
        return as_error(fault, engine.provider_name, engine.reach.secrets())

    def failed(self, fault: UpstreamFault) -> None:
        """Tell the pool that the session broke off, unless its provider ended it in order."""
        in_order = isinstance(fault, Closed) and fault.code in _IN_ORDER
        if self.answered is not None and not in_order:
            self.answered.failed(fault)

    async def hang_up(self) -> None:
        """Close the socket at once, and give the credential back."""
        socket, self._socket = self._socket, None
        if self.answered is not None:
            self.answered.lease.release()
        if socket is not None:
            await socket.close()

    async def _open(self) -> tuple[UpstreamSocket, list[Step]]:
        """A socket on which the session exists, and what its first frames lead to."""
        socket = await self._connected()
        steps: list[Step] = []
        try:
            async with asyncio.timeout(_CREATED_SECONDS):
                for frame in self.translator.opening():
                    await socket.send(frame, seconds=_SEND_SECONDS)
                while not self.translator.created:
                    step = self.translator.from_provider(await socket.receive())
                    if step.refusal is not None:
                        raise self._engine.refused(step.refusal)
                    steps.append(step)
        except BaseException as problem:
            await asyncio.shield(socket.close())
            if isinstance(problem, TimeoutError):
                raise TimedOut(Phase.HEAD, _CREATED_SECONDS) from None
            if isinstance(problem, Closed):
                raise self._meaning(problem) from None
            raise
        return socket, steps

    async def _connected(self) -> UpstreamSocket:
        dial = self._engine.adapter.dial(self._engine.model, self._credential.access)
        try:
            return await self._transport.connect(dial.url, headers=dial.headers)
        except NoUpgrade as answer:
            error = self._engine.adapter.refused(answer.status, answer.headers, answer.body)
            raise self._engine.refused(error, answer.status, answer.headers) from None

    def _blame(self, error: ProviderError) -> None:
        """Let a credential rest that its provider will hear no more of for now."""
        fault = self._engine.refused(error)
        if fault.error_class in _OVERUSED:
            self._engine.reach.pool.report(self._credential.id, outcome_of(fault))

    def _meaning(self, closed: Closed) -> UpstreamFault:
        error = self._engine.adapter.closed(closed.code, closed.reason)
        if error.error_class in (None, ErrorClass.RETRY):
            return closed
        return self._engine.refused(error, words=closed.message)
