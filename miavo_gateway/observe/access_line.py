"""What is known of one HTTP request while it is served, and the line of the log it becomes.

It holds no prompt, reply, query string or secret.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson

__all__ = ["AccessLine", "current_line", "serving"]

_LONGEST_PATH = 200
_KEY_LIKE = re.compile(r"sk-[\w-]+")


@dataclass(slots=True)
class AccessLine:
    """One request; filled as it goes its way."""

    request_id: str
    method: str
    path: str
    began: float = field(default_factory=time.monotonic)
    """Seconds, monotonic."""
    route: str = "none"
    """The rule that its path met, as counts go by: a scanner must not make a label for every
    address it tries."""
    status: int | None = None
    """None: the caller hung up before there was an answer."""
    key_id: str | None = None
    slug: str | None = None
    state: str | None = None
    error_code: str | None = None
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    cost_nano: int | None = None
    simulated: bool | None = None
    """True where the sandbox answered in place of a provider."""
    headers: Callable[[], Iterable[tuple[bytes, bytes]]] | None = None
    """More headers for its answer, as of when that begins."""

    @property
    def is_look(self) -> bool:
        """Whether it only looked at the gateway, as the app does each second, and all went well."""
        well = self.status is not None and self.status < 400
        return well and self.method == "GET" and self.path.startswith("/admin/")

    def written(self) -> bytes:
        """The line, as JSON, now that the request has ended."""
        path = self.path
        if "sk-" in path:
            # A key that was pasted into an address must not end up here.
            path = _KEY_LIKE.sub("sk-…", path)
        line: dict[str, object] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": "debug" if self.is_look else "info",
            "message": "request",
            "request_id": self.request_id,
            "method": self.method,
            "path": path[:_LONGEST_PATH],
            "status": self.status,
            "duration_ms": round((time.monotonic() - self.began) * 1_000, 3),
        }
        for name in _OPTIONAL:
            value = getattr(self, name)
            if value is not None:
                line[name] = value
        return orjson.dumps(line)


_OPTIONAL = (
    "key_id",
    "slug",
    "state",
    "error_code",
    "prompt_tokens",
    "output_tokens",
    "cost_nano",
    "simulated",
)

serving: ContextVar[AccessLine | None] = ContextVar("access_line", default=None)
"""The line of the request that the running task serves, or was started by."""


def current_line() -> AccessLine | None:
    """What `serving` holds."""
    return serving.get()
