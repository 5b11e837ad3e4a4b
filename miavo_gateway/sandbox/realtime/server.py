"""Plays a simulated session over a socket: its pace, and its faults."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from miavo_gateway.log import log
from miavo_gateway.sandbox.realtime.talk import Frame, Talk
from miavo_gateway.sandbox.terms import Fault, FaultKind

if TYPE_CHECKING:
    from aiohttp import web

__all__ = ["play"]

_LARGEST = 64 * 1024 * 1024


async def play(
    request: web.BaseRequest, talk: Talk, rate: float | None, fault: Fault | None
) -> web.StreamResponse:
    """Upgrade, and talk until one side has had enough.

    Args:
        request: the upgrade.
        talk: the session.
        rate: output tokens a second; as fast as can be if None.
        fault: what goes wrong after some frames.
    """
    from aiohttp import WSMsgType, web

    socket = web.WebSocketResponse(max_msg_size=_LARGEST, compress=False)
    await socket.prepare(request)
    came = asyncio.Event()
    writing = asyncio.create_task(_write(request, socket, talk, came, rate, fault))
    writing.add_done_callback(lambda _: came.set())
    try:
        async for message in socket:
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                try:
                    talk.receive(message.data)
                except Exception:  # noqa: BLE001  must look like a provider at fault
                    log.exception("a simulated session failed")
                    await _send(socket, talk.error("The simulator failed; the log says why."))
                came.set()
    finally:
        writing.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await writing
    return socket


async def _write(
    request: web.BaseRequest,
    socket: web.WebSocketResponse,
    talk: Talk,
    came: asyncio.Event,
    rate: float | None,
    fault: Fault | None,
) -> None:
    sent = 0
    while True:
        frame = talk.next()
        if frame is None:
            came.clear()
            await came.wait()
            continue
        if fault is not None and sent >= fault.after:
            await _go_wrong(request, socket, talk, fault)
            fault = None
        if rate is not None and frame.tokens:
            await asyncio.sleep(frame.tokens / rate)
        await _send(socket, frame)
        sent += 1
        if frame.close is not None:
            return


async def _send(socket: web.WebSocketResponse, frame: Frame) -> None:
    data = frame.data
    if frame.close is not None:
        await socket.close(
            code=frame.close, message=data if isinstance(data, bytes) else data.encode()
        )
    elif isinstance(data, bytes):
        await socket.send_bytes(data)
    else:
        await socket.send_str(data)


async def _go_wrong(
    request: web.BaseRequest, socket: web.WebSocketResponse, talk: Talk, fault: Fault
) -> None:
    match fault.kind:
        case FaultKind.CUT:
            if request.transport is not None:
                request.transport.abort()
            await asyncio.Event().wait()
        case FaultKind.SILENCE:
            await asyncio.Event().wait()
        case FaultKind.MALFORMED:
            await _send(socket, Frame(talk.malformed()))
        case FaultKind.ERROR_EVENT:
            await _send(socket, talk.error("An internal error happened, as the sandbox was told."))
