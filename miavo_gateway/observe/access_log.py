"""The lines of requests, written to the log several at a time: a write each would cost more."""

from __future__ import annotations

import asyncio
import logging

from miavo_gateway.observe.access_line import AccessLine

__all__ = ["AccessLog"]

_access = logging.getLogger("miavo.access")
_WRITTEN_EVERY_SECONDS = 0.2


class AccessLog:
    """Collects lines in the gateway's loop. A crash takes the last ones; the usage rows stay."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []

    def add(self, line: AccessLine) -> None:
        """Take the line of a request that has ended."""
        if not _access.isEnabledFor(logging.DEBUG if line.is_look else logging.INFO):
            return
        if not self._lines:
            asyncio.get_running_loop().call_later(_WRITTEN_EVERY_SECONDS, self.flush)
        self._lines.append(line.written())

    def flush(self) -> None:
        """Write what has been collected."""
        if self._lines:
            text = b"\n".join(self._lines).decode()
            self._lines = []
            _access.info(text, extra={"as_it_is": True})
