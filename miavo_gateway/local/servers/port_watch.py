"""Whether something listens on a port of this machine, without ever waiting for the answer."""

from __future__ import annotations

import errno
import ipaddress
import selectors
import socket
import time
from collections.abc import Callable

__all__ = ["PortWatch"]

_FRESH_SECONDS = 5.0
_GIVEN_UP_SECONDS = 2.0
_UNDER_WAY = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN})


class PortWatch:
    """Looks by connecting. On loopback the system knows at once whether it can.

    A look is good for 5 seconds. Where the system takes its time, the look goes on by itself and
    is read when it is asked for the next time.
    """

    def __init__(
        self, host: str, port: int, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """A watch that has not looked yet.

        Args:
            host: an address in numbers, or `localhost`. Other names are not looked up, which
                would take time: of those nothing is ever known.
            port: the TCP port.
            clock: monotonic seconds.
        """
        self._address = _numeric(host)
        self._port = port
        self._clock = clock
        self._looked: float | None = None
        self._listening: bool | None = None
        self._socket: socket.socket | None = None

    @property
    def listening(self) -> bool | None:
        """Whether something listens; None if that is not known."""
        now = self._clock()
        if self._socket is not None:
            self._read(now)
        elif self._looked is None or now - self._looked >= _FRESH_SECONDS:
            self._look(now)
        return self._listening

    def close(self) -> None:
        """Stop looking."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _look(self, now: float) -> None:
        self._looked = now
        self._listening = None
        if self._address is None:
            return
        family = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        code = self._socket.connect_ex((self._address, self._port))
        if code in _UNDER_WAY:
            self._read(now)
        else:
            self._tell(code == 0)

    def _read(self, now: float) -> None:
        assert self._socket is not None, "a look is under way"
        # Not `select`: a busy gateway has more files open than that can look at.
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_WRITE)
            answered = selector.select(0)
        if answered:
            self._tell(self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0)
        elif now - (self._looked or now) >= _GIVEN_UP_SECONDS:
            self._tell(False)

    def _tell(self, listening: bool) -> None:
        self._listening = listening
        self.close()


def _numeric(host: str) -> str | None:
    if host == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None
