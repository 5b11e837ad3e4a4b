"""A model that hears at a provider, asked over HTTP with the credentials of the pool."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import MiavoError
from miavo_gateway.providers.exchange import WireRequest
from miavo_gateway.providers.speech.adapter import TranscriptionAdapter
from miavo_gateway.sound.transcription import Heard, Transcript
from miavo_gateway.upstream.answer import refused, understood
from miavo_gateway.upstream.credential import Credential
from miavo_gateway.upstream.dispatch import first_answer
from miavo_gateway.upstream.remote_chat import Reach
from miavo_gateway.upstream.sending import send_authorized

__all__ = ["RemoteTranscription"]

_OK = 200


@dataclass(frozen=True, slots=True)
class RemoteTranscription:
    """Hears for one model as the local engine does. It is a `TranscriptionEngine`."""

    model: Model
    adapter: TranscriptionAdapter
    provider_name: str
    reach: Reach

    @property
    def obstacle(self) -> MiavoError | None:
        """Why no credential can be used now, and when one can; None if one can."""
        return self.reach.pool.obstacle(self.adapter.provider)

    async def hear(self, heard: Heard) -> AsyncGenerator[str | Transcript, None]:
        """Ask the provider, which answers at once; see `TranscriptionEngine.hear`.

        Raises:
            NoUpstream: no credential can be used.
            InvalidRequest: the provider refused the request for what it is, or cannot do it.
            UpstreamError: every attempt failed.
        """
        reach, adapter = self.reach, self.adapter
        transport = await reach.transport()

        async def send(wire: WireRequest) -> Transcript:
            answer = await transport.request(
                wire.method, wire.url, headers=wire.headers, content=wire.body
            )
            if answer.status != _OK:
                raise refused(answer, adapter.error(answer.status, answer.headers, answer.body))
            return understood(answer, adapter.reply(answer.body, heard))

        async def call(credential: Credential) -> Transcript:
            wire = adapter.request(heard, self.model, credential.access)
            return await send_authorized(reach.authorizer, wire, send, self.model)

        answered = await first_answer(
            reach.pool,
            reach.pool.attempts(adapter.provider),
            call,
            name=self.provider_name,
            secrets=reach.secrets,
        )
        with answered:
            yield replace(answered.value, simulated=answered.lease.credential.simulated)

    async def close(self) -> None:
        """Nothing of its own is open."""
