"""`GET /admin/v1/pulse`: what the gateway does at this moment."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from quart import Blueprint, Response

from miavo_gateway.api.access import the_gateway
from miavo_gateway.api.wire import json_answer
from miavo_gateway.clock import now_us
from miavo_gateway.observe.process import process_load
from miavo_gateway.schema.logs import PulseView
from miavo_gateway.schema.totals import LatencyView

__all__ = ["blueprint"]

blueprint = Blueprint("admin_pulse", __name__)

_RECENT_US = 10_000_000


@blueprint.get("/pulse")
async def show_pulse() -> Response:
    """Numbers of this moment, cheap enough to be asked for every second."""
    gateway = the_gateway()
    counts = gateway.observer.counts
    now = now_us()
    recent = counts.recent(now - _RECENT_US)
    requests = errors = 0
    for (_, _, _, state), count in counts.requests.items():
        requests += count
        errors += count if state in ("failed", "truncated", "refused") else 0
    memory, cpu = await asyncio.to_thread(process_load)
    return json_answer(
        PulseView(
            uptime_seconds=round((now - gateway.started_at) / 1_000_000, 3),
            requests_in_flight=len(gateway.live),
            requests=requests,
            errors=errors,
            output_tokens=sum(
                count for (_, bucket), count in counts.tokens.items() if bucket == "output"
            ),
            duration_ms=_latency([one.duration_us for one in recent]),
            first_token_ms=_latency(
                [one.first_token_us for one in recent if one.first_token_us is not None]
            ),
            writes_waiting=(await gateway.books()).writer.waiting if gateway.ready else 0,
            event_listeners=len(gateway.observer.happenings),
            resident_bytes=memory,
            cpu_seconds=round(cpu, 3),
        )
    )


def _latency(durations: Sequence[int]) -> LatencyView:
    """Nearest ranks, in milliseconds."""
    ordered = sorted(durations)
    if not ordered:
        return LatencyView(p50=None, p95=None, p99=None)
    p50, p95, p99 = (
        ordered[max(0, -(-len(ordered) * percent // 100) - 1)] / 1_000 for percent in (50, 95, 99)
    )
    return LatencyView(p50=p50, p95=p95, p99=p99)
