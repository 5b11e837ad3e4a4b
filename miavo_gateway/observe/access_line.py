"""One line of the log for each HTTP request, written when its last byte has been handed over.

It holds no prompt, reply, query string or secret.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from miavo_gateway.log import log

__all__ = ["AccessLine", "current_line", "log_accesses"]

_LONGEST_PATH = 200
_KEY_LIKE = re.compile(r"sk-[\w-]+")
_access = logging.getLogger("miavo.access")

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


@dataclass(slots=True)
class AccessLine:
    """What is known of a request; filled as it goes its way."""

    request_id: str | None = None
    status: int | None = None
    """None: the caller hung up before there was an answer."""
    key_id: str | None = None
    slug: str | None = None
    state: str | None = None
    error_code: str | None = None
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    cost_nano: int | None = None


_current: ContextVar[AccessLine | None] = ContextVar("access_line", default=None)


def current_line() -> AccessLine | None:
    """The line of the request that the running task serves, or was started by."""
    return _current.get()


def log_accesses(app: Asgi) -> Asgi:
    """An ASGI application that logs each request of another one.

    It looks at no message, so the parts of a stream pass at no cost.
    """
    _open()

    async def logged(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not _access.isEnabledFor(logging.INFO):
            await app(scope, receive, send)
            return
        line = AccessLine()
        token = _current.set(line)
        began = time.monotonic()
        try:
            await app(scope, receive, send)
        finally:
            _current.reset(token)
            _access.info("request", extra={"fields": _fields(scope, line, began)})

    return logged


def _fields(scope: Any, line: AccessLine, began: float) -> dict[str, object]:
    fields: dict[str, object] = {
        "request_id": line.request_id,
        "method": scope["method"],
        # A key that was pasted into an address must not end up here.
        "path": _KEY_LIKE.sub("sk-…", scope["path"])[:_LONGEST_PATH],
        "status": line.status,
        "duration_ms": round((time.monotonic() - began) * 1_000, 3),
    }
    for name in AccessLine.__slots__:
        if name not in fields and (value := getattr(line, name)) is not None:
            fields[name] = value
    return fields


class _AccessLines(logging.Formatter):
    """Writes the lines of this module by itself and leaves all others to another formatter."""

    def __init__(self, others: logging.Formatter) -> None:
        super().__init__()
        self._others = others

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] | None = getattr(record, "fields", None)
        if record.name != _access.name or fields is None:
            return self._others.format(record)
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": at, "level": "info", "message": record.msg, **fields}
        return orjson.dumps(line).decode()


def _open() -> None:
    """Make the handlers of the gateway's log write these lines with their fields."""
    for handler in log.handlers:
        others = handler.formatter
        if others is not None and not isinstance(others, _AccessLines):
            handler.setFormatter(_AccessLines(others))
