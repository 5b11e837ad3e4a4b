"""Rolling windows: how many requests and tokens a key may use in any 60 seconds.

The windows are true ones. Each admitted request stays in its key's window for exactly 60 seconds
from its admission; request N+1 inside any 60 seconds is refused, and is admitted at the moment
the oldest leaves. Time is `time.monotonic()`, so a wall clock that jumps changes nothing.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from miavo_gateway.errors import RateLimitExceeded

__all__ = ["Admission", "Limits", "MemoryWindows", "WindowState", "Windows"]

WINDOW_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a key may use in any 60 seconds."""

    requests: int
    tokens: int


@dataclass(slots=True, eq=False)
class Admission:
    """One request inside its key's window."""

    key_id: str
    at: float
    """Seconds, monotonic."""
    tokens: int
    """The estimate, until `correct` puts the count in its place."""
    inside: bool = True
    """False once it has left the window, or was withdrawn."""
    is_request: bool = True
    """False of tokens alone, that a request which goes on has used."""


@dataclass(frozen=True, slots=True)
class WindowState:
    """How full a key's window is now."""

    limits: Limits
    requests: int
    tokens: int
    reset_requests: float
    """Seconds until the window is empty again if nothing more is asked."""
    reset_tokens: float


class Windows(Protocol):
    """Where windows are kept: in memory for one process, elsewhere for several."""

    def admit(self, key_id: str, limits: Limits, tokens: int, now: float) -> Admission:
        """Let one request in, with an estimate of its tokens.

        Raises:
            RateLimitExceeded: a limit is reached; says which one, its size, and when to retry.
        """
        ...

    def correct(self, admission: Admission, tokens: int) -> None:
        """Put the tokens that were used in the place of the estimate."""
        ...

    def withdraw(self, admission: Admission) -> None:
        """Take back a request that never reached an upstream."""
        ...

    def spend(self, key_id: str, tokens: int, now: float) -> None:
        """Tokens that a request which goes on has used by now; they fit or not."""
        ...

    def state(self, key_id: str, limits: Limits, now: float) -> WindowState:
        """How full the window is."""
        ...


@dataclass(slots=True)
class _Window:
    admissions: deque[Admission] = field(default_factory=deque)
    tokens: int = 0
    requests: int = 0

    def add(self, admission: Admission) -> None:
        """Take one in."""
        self.admissions.append(admission)
        self.tokens += admission.tokens
        self.requests += admission.is_request

    def forget_before(self, now: float) -> None:
        """Drop what is 60 seconds old: it leaves at that very moment."""
        while self.admissions and self.admissions[0].at + WINDOW_SECONDS <= now:
            left = self.admissions.popleft()
            self.tokens -= left.tokens
            self.requests -= left.is_request
            left.inside = False


class MemoryWindows:
    """The windows of one process. Nothing here awaits, so requests cannot slip past together."""

    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}

    def admit(self, key_id: str, limits: Limits, tokens: int, now: float) -> Admission:
        """See `Windows`."""
        window = self._windows.setdefault(key_id, _Window())
        window.forget_before(now)
        if tokens > limits.tokens:
            raise RateLimitExceeded(
                f"TPM exceeded — this request alone needs about {tokens:,} tokens, and the key's "
                f"limit is {limits.tokens:,} tokens in 60 seconds.",
                retry_after=None,
            )
        if window.requests >= limits.requests:
            free_at = self._when_requests_fit(window, limits)
            raise RateLimitExceeded(
                f"RPM exceeded — {limits.requests:,} requests in 60 seconds.",
                retry_after=None if free_at is None else free_at - now,
            )
        if window.tokens + tokens > limits.tokens:
            raise RateLimitExceeded(
                f"TPM exceeded — {limits.tokens:,} tokens in 60 seconds.",
                retry_after=_when_tokens_fit(window, limits.tokens - tokens) - now,
            )
        admission = Admission(key_id, now, tokens)
        window.add(admission)
        return admission

    def correct(self, admission: Admission, tokens: int) -> None:
        """See `Windows`."""
        if admission.inside:
            self._windows[admission.key_id].tokens += tokens - admission.tokens
        admission.tokens = tokens

    def withdraw(self, admission: Admission) -> None:
        """See `Windows`."""
        if admission.inside:
            window = self._windows[admission.key_id]
            window.admissions.remove(admission)
            window.tokens -= admission.tokens
            window.requests -= admission.is_request
            admission.inside = False

    def spend(self, key_id: str, tokens: int, now: float) -> None:
        """See `Windows`."""
        window = self._windows.setdefault(key_id, _Window())
        window.forget_before(now)
        window.add(Admission(key_id, now, tokens, is_request=False))

    def state(self, key_id: str, limits: Limits, now: float) -> WindowState:
        """See `Windows`."""
        window = self._windows.get(key_id)
        if window is None:
            return WindowState(limits, 0, 0, 0.0, 0.0)
        window.forget_before(now)
        if not window.admissions:
            # A key that rests takes no memory.
            del self._windows[key_id]
            return WindowState(limits, 0, 0, 0.0, 0.0)
        empty_in = window.admissions[-1].at + WINDOW_SECONDS - now
        return WindowState(limits, window.requests, window.tokens, empty_in, empty_in)

    @staticmethod
    def _when_requests_fit(window: _Window, limits: Limits) -> float | None:
        if limits.requests == 0:
            return None
        # A limit that was lowered may have several to wait for.
        requests = [each for each in window.admissions if each.is_request]
        last_to_leave = requests[len(requests) - limits.requests]
        return last_to_leave.at + WINDOW_SECONDS


def _when_tokens_fit(window: _Window, room_for: int) -> float:
    used = window.tokens
    for admission in window.admissions:
        used -= admission.tokens
        if used <= room_for:
            return admission.at + WINDOW_SECONDS
    return window.admissions[-1].at + WINDOW_SECONDS
