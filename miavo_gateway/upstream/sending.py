"""Sending one request with one credential, whatever it is for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from miavo_gateway.catalogue import Model
from miavo_gateway.providers.exchange import WireRequest
from miavo_gateway.upstream.authorization import Authorizer
from miavo_gateway.upstream.faults import ErrorClass, Refused

__all__ = ["name_successor", "send_authorized"]

T = TypeVar("T")

_STALE = ErrorClass.BAD_CREDENTIAL


async def send_authorized(
    authorizer: Authorizer,
    wire: WireRequest,
    send: Callable[[WireRequest], Awaitable[T]],
    model: Model | None = None,
) -> T:
    """What a provider answers; a token or key that it knows no longer is fetched anew, once.

    Args:
        authorizer: works out what the request is authorized with.
        wire: the request.
        send: sends it.
        model: what is asked for. None where it is something else, such as a task's progress.

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
        if model is not None:
            name_successor(fault, model)
        raise


def name_successor(fault: Refused, model: Model) -> None:
    """Let the refusal of a model that is retired say what takes its place."""
    successor = model.lifecycle.successor
    if fault.error_class is ErrorClass.RETIRED and successor:
        fault.message = f"{fault.message.rstrip('.')}. '{successor}' takes its place"
