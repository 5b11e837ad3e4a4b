"""The wire models of the gateway's log and of its pulse."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from miavo_gateway.schema.totals import LatencyView

__all__ = ["LogLineView", "LogPageView", "PulseView"]


class LogLineView(BaseModel):
    """One line of the log. It never holds a prompt, a reply or a secret."""

    time: str
    """ISO 8601 in UTC."""
    level: str
    """`debug`, `info`, `warning`, `error` or `critical`."""
    message: str
    fields: dict[str, Any]
    """What else the line says, such as `request_id`, `method`, `path` and `status`."""
    exception: str | None
    """A traceback, without the values of variables."""


class LogPageView(BaseModel):
    """Lines, newest first."""

    data: list[LogLineView]
    next_before: str | None
    """What to give as `before` for older lines; null at the start of the log."""
    end: str | None
    """What to give as `after` to follow the log from where this page was read."""


class PulseView(BaseModel):
    """What a gateway does at this moment; cheap enough to be asked for every second."""

    uptime_seconds: float
    requests_in_flight: int
    requests: int
    """Requests that ended since the start, those refused for their key included."""
    errors: int
    """Those of them that ended `failed` or `truncated`, or were refused."""
    output_tokens: int
    """Generated since the start."""
    duration_ms: LatencyView
    """Of the requests that ended in the last ten seconds."""
    first_token_ms: LatencyView
    writes_waiting: int
    """Writes that wait for the next transaction of the database."""
    event_listeners: int
    resident_bytes: int
    """Memory of the process, the app's share included where the gateway runs inside it."""
    cpu_seconds: float
    """Of the processor, since the start of the process."""
