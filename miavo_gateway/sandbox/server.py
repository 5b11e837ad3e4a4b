"""The sandbox's HTTP server: on loopback, in the gateway's process, mounted once per credential.

`http://127.0.0.1:PORT/<credential id>/<provider>/…` goes to the provider's simulator, and is played
as the credential's terms say.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from miavo_gateway.log import log
from miavo_gateway.sandbox.faults import Misfortune
from miavo_gateway.sandbox.realtime.registry import open_talk
from miavo_gateway.sandbox.realtime.server import play
from miavo_gateway.sandbox.registry import base_path, simulator
from miavo_gateway.sandbox.simulator import (
    ErrsInStream,
    Part,
    Received,
    Simulated,
    Simulator,
)
from miavo_gateway.sandbox.terms import Fault, FaultKind, SandboxTerms

if TYPE_CHECKING:
    from aiohttp import web

__all__ = ["SandboxServer", "Tenant"]

_LOOPBACK = "127.0.0.1"
_STOP_SECONDS = 0.5
_SECRET_HEADERS = ("x-api-key", "x-goog-api-key", "api-key")
_WORDS = {
    400: "This request was refused, as the sandbox was told.",
    401: "This key was refused, as the sandbox was told.",
    403: "This was forbidden, as the sandbox was told.",
    404: "This was not found, as the sandbox was told.",
    429: "Too many requests, as the sandbox was told.",
    500: "An internal error happened, as the sandbox was told.",
    529: "Overloaded, as the sandbox was told.",
}


@dataclass(frozen=True, slots=True)
class Tenant:
    """A credential that the sandbox answers for."""

    id: str
    provider: str
    secret: str = field(repr=False)
    """Made up; a request has to carry it."""
    terms: SandboxTerms


class SandboxServer:
    """Answers as the providers would. Belongs to one event loop."""

    def __init__(
        self,
        find: Callable[[str], Tenant | None],
        *,
        misfortune: Misfortune | None = None,
    ) -> None:
        """A server that does not listen yet.

        Args:
            find: the tenant of a credential's id, asked at each request.
            misfortune: decides when faults strike.
        """
        self._find = find
        self._misfortune = misfortune or Misfortune()
        self._runner: web.ServerRunner | None = None
        self._port = 0
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Listen on a free port, unless it does already."""
        async with self._turn:
            if self._runner is not None:
                return
            # Slow to import, and most gateways have no sandbox.
            web = await asyncio.to_thread(importlib.import_module, "aiohttp.web")
            # A caller that hangs up ends what is being played for it.
            runner = web.ServerRunner(
                web.Server(self._answer, handler_cancellation=True, access_log=None),
                shutdown_timeout=_STOP_SECONDS,
            )
            await runner.setup()
            await web.TCPSite(runner, _LOOPBACK, 0).start()
            self._port = runner.addresses[0][1]
            self._runner = runner

    async def stop(self) -> None:
        """Hang up on everybody and listen no more."""
        async with self._turn:
            if self._runner is not None:
                await self._runner.cleanup()
                self._runner = None

    def base_url(self, credential_id: str, provider: str) -> str:
        """Where a credential's requests go instead of the provider's address; after `start`."""
        assert self._runner is not None, "the sandbox was started"
        return f"http://{_LOOPBACK}:{self._port}/{credential_id}/{provider}{base_path(provider)}"

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        mount, _, query = request.raw_path.partition("?")
        _, credential_id, provider, *rest = (*mount.split("/", 3), "", "")
        tenant = self._find(credential_id)
        if tenant is None or tenant.provider != provider:
            return await _send(
                request, _plain(404, "No credential of the sandbox is mounted here.")
            )
        upgrades = request.headers.get("upgrade", "").lower() == "websocket"
        received = Received(
            method=request.method,
            path="/" + rest[0],
            query=dict(parse_qsl(query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=b"" if upgrades else await request.content.read(),
            base=f"http://{_LOOPBACK}:{self._port}/{credential_id}/{provider}",
            render_seconds=tenant.terms.video_seconds,
        )
        speaker = simulator(provider)
        fault = self._misfortune.strikes(tenant.id, tenant.terms)
        await asyncio.sleep(tenant.terms.latency_ms / 1_000)
        if not _carries(received, tenant.secret):
            simulated = speaker.failure(401, "This is not the secret of the sandbox's credential.")
        elif fault is not None and fault.kind.status is not None:
            simulated = _failure(speaker, fault, fault.kind.status)
        elif upgrades:
            talk = open_talk(speaker, received)
            if not isinstance(talk, Simulated):
                return await play(request, talk, tenant.terms.rate, fault)
            simulated = talk
        else:
            simulated = await asyncio.to_thread(_spoken, speaker, received)
            if fault is not None:
                return await _send_broken(request, speaker, simulated, tenant.terms, fault)
        return await _send(request, simulated, tenant.terms.rate)


def _spoken(speaker: Simulator, received: Received) -> Simulated:
    """The simulator's answer; a fault of its own is logged, and answered as the provider's."""
    try:
        return speaker.answer(received)
    except Exception:  # noqa: BLE001  a simulator at fault must look like a provider at fault
        log.exception("the simulator of %s failed", speaker.provider)
        return speaker.failure(500, "The simulator failed; the gateway's log says why.")


def _carries(received: Received, secret: str) -> bool:
    """Whether a request carries the secret, in any of the providers' places for one."""
    scheme, _, token = received.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token == secret:
        return True
    given = [received.headers.get(name) for name in _SECRET_HEADERS]
    return secret in given or received.query.get("key") == secret


def _failure(speaker: Simulator, fault: Fault, status: int) -> Simulated:
    failure = speaker.failure(status, _WORDS[status])
    if fault.retry_after is None or status not in (429, 529):
        return failure
    headers = {**failure.headers, "retry-after": f"{fault.retry_after:g}"}
    return Simulated(failure.status, headers, failure.parts)


def _plain(status: int, message: str) -> Simulated:
    return Simulated(status, {"content-type": "text/plain"}, (Part(message.encode()),))


async def _send(
    request: web.BaseRequest, simulated: Simulated, rate: float | None = None
) -> web.StreamResponse:
    response = await _begun(request, simulated)
    for part in simulated.parts:
        await _send_part(response, part, rate)
    await response.write_eof()
    return response


async def _begun(request: web.BaseRequest, simulated: Simulated) -> web.StreamResponse:
    from aiohttp import web

    response = web.StreamResponse(status=simulated.status, headers=dict(simulated.headers))
    if len(simulated.parts) == 1:
        response.content_length = len(simulated.parts[0].data)
    await response.prepare(request)
    return response


async def _send_part(response: web.StreamResponse, part: Part, rate: float | None) -> None:
    if rate is not None and part.tokens:
        await asyncio.sleep(part.tokens / rate)
    await response.write(part.data)


async def _send_broken(
    request: web.BaseRequest,
    speaker: Simulator,
    simulated: Simulated,
    terms: SandboxTerms,
    fault: Fault,
) -> web.StreamResponse:
    """An answer up to the point where it goes wrong."""
    parts = simulated.parts
    if len(parts) == 1:
        return await _send_broken_whole(request, speaker, simulated, fault)
    response = await _begun(request, simulated)
    for part in parts[: fault.after]:
        await _send_part(response, part, terms.rate)
    match fault.kind:
        case FaultKind.CUT:
            _hang_up(request)
        case FaultKind.SILENCE:
            await asyncio.Event().wait()
        case FaultKind.MALFORMED:
            await response.write(speaker.malformed())
        case _:
            await response.write(_error_event(speaker))
    return response


async def _send_broken_whole(
    request: web.BaseRequest, speaker: Simulator, simulated: Simulated, fault: Fault
) -> web.StreamResponse:
    """As `_send_broken`, of an answer in one piece."""
    [part] = simulated.parts
    match fault.kind:
        case FaultKind.MALFORMED:
            broken = Part(part.data[: len(part.data) // 2])
            return await _send(request, Simulated(simulated.status, simulated.headers, (broken,)))
        case FaultKind.ERROR_EVENT:
            failure = speaker.failure(500, _WORDS[500])
            return await _send(request, Simulated(200, failure.headers, failure.parts))
    response = await _begun(request, simulated)
    await response.write(part.data[: len(part.data) // 2])
    if fault.kind is FaultKind.SILENCE:
        await asyncio.Event().wait()
    _hang_up(request)
    return response


def _error_event(speaker: Simulator) -> bytes:
    """An error in the middle of a stream, as server-sent events carry one unless it says how."""
    if isinstance(speaker, ErrsInStream):
        return speaker.error_event(_WORDS[500])
    body = b"".join(part.data for part in speaker.failure(500, _WORDS[500]).parts)
    return b"event: error\ndata: " + body + b"\n\n"


def _hang_up(request: web.BaseRequest) -> None:
    if request.transport is not None:
        request.transport.abort()
