"""Sending one request with one credential, whatever it is for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from miavo_gateway.catalogue import Model
from miavo_gateway.providers.exchange import WireRequest
from miavo_gateway.upstream.authorization import Authorizer
from miavo_gateway.upstream.faults import ErrorClass, Refused

__all__ = ["send_authorized"]

T = TypeVar("T")

_STALE = ErrorClass.BAD_CREDENTIAL


async def send_authorized(
    authorizer: Authorizer,
    wire: WireRequest,
    send: Callable[[WireRequest], Awaitable[T]],
    model: Model,
) -> T:
    """What a provider answers; a token or key that it knows no longer is fetched anew, once.

    Raises:
        UpstreamFault: it refuses, cannot be reached, or its answer breaks off. The refusal of a
            model that is retired names what takes its place.
    """
    try:
        try:
            return await send(await authorizer.authorized(wire))
        except Refused as fault:
            if wire.authorization is None or fault.error_class is not _STALE:
                raise
        # What was held may have been withdrawn before its time.
        authorizer.forget(wire.authorization)
        return await send(await authorizer.authorized(wire))
    except Refused as fault:
        successor = model.lifecycle.successor
        if fault.error_class is ErrorClass.RETIRED and successor:
            fault.message = f"{fault.message.rstrip('.')}. '{successor}' takes its place"
        raise
