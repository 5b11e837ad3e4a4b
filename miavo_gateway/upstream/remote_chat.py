"""A model at a provider, asked over HTTP with the credentials of the pool."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from miavo_gateway.catalogue import Model
from miavo_gateway.chat_events import Answering, ChatEvents
from miavo_gateway.errors import NoUpstream
from miavo_gateway.providers.adapter import Asked, ChatAdapter
from miavo_gateway.providers.exchange import WireRequest
from miavo_gateway.remote_engine import RemoteEngine
from miavo_gateway.schema.chat import ChatCompletionRequest
from miavo_gateway.upstream.answer import BegunAnswer
from miavo_gateway.upstream.authorization import Authorizer
from miavo_gateway.upstream.credential import Credential
from miavo_gateway.upstream.dispatch import as_error, first_answer
from miavo_gateway.upstream.faults import UpstreamFault
from miavo_gateway.upstream.fetching import inlined
from miavo_gateway.upstream.pool import Pool
from miavo_gateway.upstream.recollection import Recollection
from miavo_gateway.upstream.secrets import Secret
from miavo_gateway.upstream.sending import send_authorized

if TYPE_CHECKING:
    from miavo_gateway.upstream.fetching.fetcher import Fetcher
    from miavo_gateway.upstream.transport import Transport

__all__ = ["Reach", "RemoteChat"]


@dataclass(frozen=True, slots=True)
class Reach:
    """What every model at a provider is reached through."""

    pool: Pool
    secrets: Callable[[], Iterable[Secret]]
    """Every secret in memory, taken out of the providers' words."""
    transport: Callable[[], Awaitable[Transport]]
    fetcher: Callable[[], Awaitable[Fetcher]]
    """Fetches what a request links to, for providers that do not."""
    recollection: Recollection = field(default_factory=Recollection)
    authorizer: Authorizer = field(default_factory=Authorizer)


@dataclass(frozen=True, slots=True)
class RemoteChat(RemoteEngine):
    """Answers chat requests for one model as the local engines do."""

    model: Model
    adapter: ChatAdapter
    provider_name: str
    reach: Reach

    @property
    def obstacle(self) -> NoUpstream | None:
        """Why no credential can be used now, and when one can; None if one can."""
        return self.reach.pool.obstacle(self.adapter.provider)

    async def stream(self, request: ChatCompletionRequest) -> AsyncIterator[ChatEvents]:
        """Ask the provider; see `ChatEngine.stream`.

        Raises:
            NoUpstream: no credential can be used.
            InvalidRequest: the provider refused the request for what it is, or cannot do it.
            UpstreamError: every attempt failed, or the answer broke off.
        """
        reach, provider = self.reach, self.adapter.provider
        transport = await reach.transport()
        if not self.adapter.takes_links:
            request = await inlined(request, reach.fetcher)
        asked = Asked(request, self.model, reach.recollection.of(provider))
        keep = partial(reach.recollection.keep, provider)

        async def send(wire: WireRequest) -> BegunAnswer:
            stream = await transport.stream(
                wire.method, wire.url, headers=wire.headers, content=wire.body
            )
            return await BegunAnswer.begin(self.adapter, self.adapter.reader(asked), stream, keep)

        async def call(credential: Credential) -> BegunAnswer:
            wire = self.adapter.chat_request(asked, credential.access)
            return await send_authorized(reach.authorizer, wire, send, self.model)

        answered = await first_answer(
            reach.pool,
            reach.pool.attempts(provider),
            call,
            name=self.provider_name,
            secrets=reach.secrets,
        )
        with answered:
            try:
                if answered.lease.credential.simulated:
                    yield (Answering(simulated=True),)
                async with aclosing(answered.value.events()) as batches:
                    async for batch in batches:
                        yield batch
            except UpstreamFault as fault:
                answered.failed(fault)
                raise as_error(fault, self.provider_name, reach.secrets()) from None

    async def close(self) -> None:
        """Nothing of its own is open."""
