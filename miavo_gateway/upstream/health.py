"""What a credential's answers say of its health. Pure: the time is a number that is passed in.

| answer | what follows |
|---|---|
| `BadCredential` (401, 403) | out, until `RESTORED` replaces the health |
| `Throttled` (429) | cools down for the provider's `retry-after`, else for a default |
| `QuotaExhausted` | cools down for longer |
| `Failed` (5xx, time-out, lost or refused connection) | after some in a row, the breaker opens |
| `Ok`, `ClientError` | the provider is there: a row of failures ends |

An open breaker turns half-open when its period is over. Then one probe at a time is let through:
its success closes the breaker, its failure opens it for twice as long, up to a cap.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar

__all__ = [
    "RESTORED",
    "BadCredential",
    "ClientError",
    "Failed",
    "FailureKind",
    "Health",
    "HealthPolicy",
    "Ok",
    "Outcome",
    "QuotaExhausted",
    "State",
    "Throttled",
]


class State(StrEnum):
    """Whether a credential can be used, and if not, why."""

    OK = "ok"
    COOLING = "cooling"
    """Throttled, or its quota is used up; back at a known time."""
    OPEN = "open"
    """Its requests failed; not tried for a while."""
    HALF_OPEN = "half_open"
    """Its requests failed; one may be tried now."""
    OUT = "out"
    """The provider refuses it; out until a person has seen to it."""
    DISABLED = "disabled"
    """Switched off by a person."""
    NO_SECRET = "no_secret"
    """The store of secrets did not give its secret."""


class FailureKind(StrEnum):
    """How an upstream failed."""

    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    CUT = "cut"
    UNREADABLE = "unreadable"
    SERVER_ERROR = "server_error"


@dataclass(frozen=True, slots=True)
class Ok:
    """It answered."""

    name: ClassVar[str] = "ok"


@dataclass(frozen=True, slots=True)
class ClientError:
    """It refused the request for what the request is; that says nothing against the credential."""

    name: ClassVar[str] = "client_error"


@dataclass(frozen=True, slots=True)
class BadCredential:
    """It refused the credential."""

    name: ClassVar[str] = "bad_credential"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Throttled:
    """Too many requests. `retry_after` is in seconds; None if the provider did not say."""

    name: ClassVar[str] = "throttled"
    retry_after: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class QuotaExhausted:
    """The account's money or quota is used up. `retry_after` as in `Throttled`."""

    name: ClassVar[str] = "quota_exhausted"
    retry_after: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not answer, or answered that it cannot."""

    name: ClassVar[str] = "failed"
    kind: FailureKind
    reason: str = ""


Outcome = Ok | ClientError | BadCredential | Throttled | QuotaExhausted | Failed


@dataclass(frozen=True, slots=True)
class HealthPolicy:
    """The periods, in seconds."""

    throttle: float = 10.0
    """The cooling after a throttle that names no time."""
    quota: float = 600.0
    """The least cooling after a used-up quota: topping up takes a person."""
    shortest_cooling: float = 0.25
    longest_cooling: float = 86_400.0
    """Bounds on what a provider says, so that a wild header cannot bench a credential for good."""
    failures_to_open: int = 3
    """Failures in a row that open the breaker."""
    first_open: float = 1.0
    longest_open: float = 60.0
    """The first open period, and the cap on its doubling."""
    jitter_share: float = 0.25
    """The part of an open period that jitter may take off, so that breakers do not beat as one."""

    def open_period(self, openings: int, jitter: float) -> float:
        """The length of the n-th open period in a row, from 1; jitter is from 0 to 1."""
        # The exponent is bounded too: a float's is.
        full = min(self.longest_open, self.first_open * 2.0 ** min(openings - 1, 60))
        return full * (1.0 - self.jitter_share * jitter)


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of one credential. Times are those of the pool's monotonic clock."""

    out: bool = False
    cooling_until: float | None = None
    failures: int = 0
    """In a row, while the breaker is closed."""
    openings: int = 0
    """Open periods in a row; 0 while the breaker is closed."""
    open_until: float | None = None
    reason: str = ""
    """The provider's words for the last trouble; empty once that is over."""

    def state(self, now: float) -> State:
        """The state at a time; the most lasting trouble wins."""
        if self.out:
            return State.OUT
        if self.cooling_until is not None and now < self.cooling_until:
            return State.COOLING
        if self.open_until is not None:
            return State.OPEN if now < self.open_until else State.HALF_OPEN
        return State.OK

    def back_in(self, now: float) -> float | None:
        """Seconds until it may be tried again, 0 if it may now; None if only a person can help."""
        if self.out:
            return None
        return max(0.0, (self.cooling_until or now) - now, (self.open_until or now) - now)

    def after(
        self, outcome: Outcome, now: float, *, probe: bool, jitter: float, policy: HealthPolicy
    ) -> Health:
        """The health after an outcome.

        Args:
            outcome: how a request ended.
            now: when.
            probe: whether the request was let through as a half-open breaker's probe. Others that
                end while the breaker is not closed began before it opened and say nothing new.
            jitter: from 0 to 1, for the length of an open period.
            policy: the periods.
        """
        match outcome:
            case Ok() | ClientError():
                return self._answered(now, probe)
            case BadCredential(reason):
                return replace(self._answered(now, probe), out=True, reason=reason)
            case Throttled(retry_after, reason):
                seconds = policy.throttle if retry_after is None else retry_after
                return self._answered(now, probe)._cooled(now, seconds, reason, policy)
            case QuotaExhausted(retry_after, reason):
                seconds = max(policy.quota, retry_after or 0.0)
                return self._answered(now, probe)._cooled(now, seconds, reason, policy)
            case Failed(_, reason):
                return self._failed(now, probe, reason, jitter, policy)

    def _answered(self, now: float, probe: bool) -> Health:
        if self.open_until is not None and not probe:
            return self
        troubled = self.out or (self.cooling_until is not None and now < self.cooling_until)
        return replace(
            self,
            failures=0,
            openings=0,
            open_until=None,
            reason=self.reason if troubled else "",
        )

    def _cooled(self, now: float, seconds: float, reason: str, policy: HealthPolicy) -> Health:
        if self.out:
            return self
        bounded = min(max(seconds, policy.shortest_cooling), policy.longest_cooling)
        # Several requests are throttled together: the longest of what they were told counts.
        return replace(
            self, cooling_until=max(self.cooling_until or now, now + bounded), reason=reason
        )

    def _failed(
        self, now: float, probe: bool, reason: str, jitter: float, policy: HealthPolicy
    ) -> Health:
        if self.out:
            return self
        if self.open_until is not None:
            if not probe:
                return self
            openings = self.openings + 1
        elif self.failures + 1 < policy.failures_to_open:
            return replace(self, failures=self.failures + 1, reason=reason)
        else:
            openings = 1
        return replace(
            self,
            failures=0,
            openings=openings,
            open_until=now + policy.open_period(openings, jitter),
            reason=reason,
        )


RESTORED = Health()
"""The health of a credential that is new, or that a person has seen to."""
