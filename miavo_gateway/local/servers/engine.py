"""The engine that forwards chat requests to another program's server on this machine."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from miavo_gateway.catalogue import Catalogue, Model
from miavo_gateway.chat_events import ChatEvents
from miavo_gateway.errors import MiavoError, NoUpstream
from miavo_gateway.local.servers.model_list import chat_model, read_models
from miavo_gateway.local.servers.port_watch import PortWatch
from miavo_gateway.local.servers.programs import PROGRAMS, Program
from miavo_gateway.schema.chat import ChatCompletionRequest
from miavo_gateway.upstream.exchange_terms import Timeouts

if TYPE_CHECKING:
    from miavo_gateway.upstream.faults import UpstreamFault
    from miavo_gateway.upstream.transport import Transport

__all__ = ["LocalServer", "server_engines"]

_ANY_MODEL = "auto"
_CHOICE_SECONDS = 5.0
"""How long a choice of model is good: it may be unloaded, and another loaded."""
_LARGEST_LIST = 4 * 1024 * 1024
_OK = 200
_LIST_SECONDS = 5.0
_LOADING_SECONDS = 900.0
"""The longest silence: a server may load its model first, or read a long prompt on a CPU."""
_PORTS = {"http": 80, "https": 443}


def server_engines(
    catalogue: Catalogue, transport: Callable[[], Awaitable[Transport]]
) -> Mapping[str, LocalServer]:
    """An engine for each such model of the catalogue, by slug."""
    return {
        model.slug: LocalServer(model, PROGRAMS[model.slug], transport)
        for model in catalogue.models
        if model.slug in PROGRAMS
    }


@dataclass(slots=True)
class _Choice:
    name: str
    until: float


@dataclass(slots=True)
class LocalServer:
    """Forwards to one server. It is a `ChatEngine`."""

    model: Model
    program: Program
    transport: Callable[[], Awaitable[Transport]]
    _watch: PortWatch = field(init=False)
    _choice: _Choice | None = None

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        self._watch = PortWatch(parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 80))

    @property
    def base_url(self) -> str:
        """Where the server is: the trait `base_url` of the model, else its usual address."""
        own = self.model.traits.get("base_url")
        return (own if isinstance(own, str) else self.program.base_url).rstrip("/")

    @property
    def state(self) -> Literal["ready", "unavailable"]:
        """Whether something listens there."""
        return "ready" if self.unavailable is None else "unavailable"

    @property
    def unavailable(self) -> str | None:
        """That nothing listens there, and how to change that; None if something may."""
        if self._watch.listening is not False:
            return None
        return (
            f"{self.program.name} does not listen on {self._address}. {self.program.starts}; "
            "another address goes into config.toml, as base_url in the model's traits."
        )

    @property
    def _address(self) -> str:
        return urlsplit(self.base_url).netloc

    async def stream(self, request: ChatCompletionRequest) -> AsyncIterator[ChatEvents]:
        """Ask the server; see `ChatEngine.stream`.

        Raises:
            NoUpstream: nothing listens, what listens is another program, or it has no model.
            InvalidRequest: the server refused the request for what it is, or cannot do it.
            UpstreamError: the server failed.
        """
        from miavo_gateway.providers.adapter import Access, Asked
        from miavo_gateway.providers.openai_shaped.local import LOCAL_ROWS
        from miavo_gateway.upstream.answer import BegunAnswer
        from miavo_gateway.upstream.faults import UpstreamFault

        transport = await self.transport()
        row = LOCAL_ROWS[self.model.slug]
        try:
            asked = Asked(request, replace(self.model, upstream=await self._name(transport)))
            wire = row.chat_request(asked, Access("", self.base_url))
            timeouts = Timeouts(connect=5.0, head=_LOADING_SECONDS, silence=_LOADING_SECONDS)
            stream = await transport.stream(
                wire.method, wire.url, headers=wire.headers, content=wire.body, timeouts=timeouts
            )
            answer = await BegunAnswer.begin(row, row.reader(asked), stream, _keep_nothing)
            async with aclosing(answer.events()) as batches:
                async for batch in batches:
                    yield batch
        except UpstreamFault as fault:
            self._choice = None
            raise self._error(fault) from None

    async def close(self) -> None:
        """Stop looking; the server itself goes on."""
        self._watch.close()

    async def _name(self, transport: Transport) -> str:
        """The model to call: the catalogue's, or one that the server has."""
        if self.model.upstream != _ANY_MODEL:
            return self.model.upstream
        now = time.monotonic()
        if self._choice is None or now >= self._choice.until:
            self._choice = _Choice(await self._chosen(transport), now + _CHOICE_SECONDS)
        return self._choice.name

    async def _chosen(self, transport: Transport) -> str:
        if self.program.loaded_path is not None:
            root = self.base_url.removesuffix("/v1")
            body = await self._get(transport, root + self.program.loaded_path)
            ollama = self.program.loaded_path.endswith("/ps")
            loaded = read_models(body, all_loaded=ollama) if body is not None else None
            if loaded and (name := chat_model(loaded)):
                return name
        body = await self._get(transport, f"{self.base_url}/models")
        models = read_models(body) if body is not None else None
        if models is None:
            raise NoUpstream(
                f"What listens on {self._address} does not list its models as {self.program.name} "
                "does. Is it another program?",
                param="model",
            )
        name = chat_model(models)
        if name is None:
            raise NoUpstream(
                f"{self.program.name} has no model that chats. {self.program.gets_a_model}.",
                param="model",
            )
        return name

    async def _get(self, transport: Transport, url: str) -> bytes | None:
        """What is there; None if the server has no such page."""
        answer = await transport.request(
            "GET",
            url,
            timeouts=Timeouts(
                connect=_LIST_SECONDS, head=_LIST_SECONDS, silence=_LIST_SECONDS, total=15.0
            ),
            largest=_LARGEST_LIST,
        )
        return answer.body if answer.status == _OK else None

    def _error(self, fault: UpstreamFault) -> MiavoError:
        from miavo_gateway.upstream.dispatch import as_error
        from miavo_gateway.upstream.faults import Unreachable

        if isinstance(fault, Unreachable):
            return NoUpstream(
                f"{self.program.name} does not listen on {self._address}. {self.program.starts}.",
                param="model",
            )
        return as_error(fault, self.program.name, ())


def _keep_nothing(call_id: str, state: Any) -> None:
    """These servers want nothing back that a caller would lose."""
    del call_id, state
