"""The gateway's server-sent events for a screen, opened again when they are cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from miavo_tui.client import GatewayRefused, GatewayUnreachable
from miavo_tui.sse import Event

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["feed", "gateway_events"]

_AGAIN_SECONDS = 1.0


def gateway_events(app: MiavoApp) -> AsyncGenerator[Event, None] | None:
    """What happens at the gateway, from now on; None while there is none."""
    return app.client.operation.events() if app.client is not None else None


async def feed(
    events: Callable[[], AsyncGenerator[Event, None] | None],
    take: Callable[[Event], None],
    *,
    lost: Callable[[], None],
) -> None:
    """Hands on events until cancelled.

    Args:
        events: opens the stream; None while there is no gateway.
        take: gets each event.
        lost: told when the stream was cut: what came meanwhile has to be asked for.
    """
    while True:
        stream = events()
        if stream is not None:
            try:
                async with aclosing(stream) as opened:
                    async for event in opened:
                        take(event)
            except (GatewayUnreachable, GatewayRefused):
                pass  # the link tells of it, in the bar at the top
            lost()
        await asyncio.sleep(_AGAIN_SECONDS)
