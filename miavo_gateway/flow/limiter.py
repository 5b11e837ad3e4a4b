"""How much a key may ask at once and in a minute."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from miavo_gateway.errors import RateLimitExceeded
from miavo_gateway.flow.key import Key
from miavo_gateway.flow.windows import Admission, Windows, WindowState

__all__ = ["Entry", "Limiter"]

_PARALLEL_RETRY_SECONDS = 1.0


@dataclass(slots=True, eq=False)
class Entry:
    """A request that was let in; ended once, by `leave` or `withdraw`."""

    key_id: str
    admission: Admission
    running: bool = True


class Limiter:
    """The windows and the parallel requests of every key."""

    def __init__(self, windows: Windows, clock: Callable[[], float] = time.monotonic) -> None:
        self._windows = windows
        self._clock = clock
        self._running: Counter[str] = Counter()

    def enter(self, key: Key, tokens: int) -> Entry:
        """Let a request in.

        Args:
            key: whose limits hold.
            tokens: those that the request is likely to take, prompt and output together.

        Raises:
            RateLimitExceeded: a window is full, or too many requests of the key run already.
        """
        if key.max_parallel is not None and self._running[key.id] >= key.max_parallel:
            raise RateLimitExceeded(
                f"This key runs at most {key.max_parallel:,} requests at the same time.",
                retry_after=_PARALLEL_RETRY_SECONDS,
            )
        # One request may always try: an estimate above the whole window is capped to it.
        asked = min(tokens, key.limits.tokens)
        admission = self._windows.admit(key.id, key.limits, asked, self._clock())
        self._running[key.id] += 1
        return Entry(key.id, admission)

    def leave(self, entry: Entry, tokens: int) -> None:
        """The request has ended; `tokens` is what it took."""
        self._windows.correct(entry.admission, tokens)
        self._end(entry)

    def withdraw(self, entry: Entry) -> None:
        """The request never reached an upstream: it leaves no trace in the windows."""
        self._windows.withdraw(entry.admission)
        self._end(entry)

    def spend(self, key: Key, tokens: int) -> None:
        """A request that goes on has used tokens."""
        if tokens > 0:
            self._windows.spend(key.id, tokens, self._clock())

    def check_tokens(self, key: Key) -> None:
        """Whether a request that goes on may use more tokens.

        Raises:
            RateLimitExceeded: the window of tokens is full.
        """
        state = self.state(key)
        if state.tokens >= key.limits.tokens:
            raise RateLimitExceeded(
                f"TPM exceeded — {key.limits.tokens:,} tokens in 60 seconds.",
                retry_after=state.reset_tokens,
            )

    def state(self, key: Key) -> WindowState:
        """How full the key's windows are now."""
        return self._windows.state(key.id, key.limits, self._clock())

    def running(self, key_id: str) -> int:
        """Requests of a key in flight."""
        return self._running[key_id]

    def _end(self, entry: Entry) -> None:
        if not entry.running:
            return
        entry.running = False
        self._running[entry.key_id] -= 1
        if not self._running[entry.key_id]:
            del self._running[entry.key_id]
