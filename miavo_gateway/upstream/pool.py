"""The pool: which credential a request goes out with, and in what order others stand in.

Not thread-safe: it belongs to the gateway's loop.
"""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from miavo_gateway.errors import NoUpstream
from miavo_gateway.upstream.credential import Credential
from miavo_gateway.upstream.health import RESTORED, Health, HealthPolicy, Outcome, State
from miavo_gateway.upstream.lease import Lease
from miavo_gateway.upstream.redaction import redact

__all__ = ["CredentialHealth", "CredentialSource", "Pool"]

_MOST_ATTEMPTS = 3
_PROBE_PATIENCE = 1.0
"""Seconds to suggest waiting while another request's probe is under way."""


class CredentialSource(Protocol):
    """Where the pool's credentials come from; `Credentials` is one."""

    def all(self) -> tuple[Credential, ...]:
        """Every credential."""

    def of(self, provider: str) -> tuple[Credential, ...]:
        """Every credential of a provider, in a stable order."""


@dataclass(frozen=True, slots=True)
class CredentialHealth:
    """A credential's standing, for people."""

    credential_id: str
    provider: str
    label: str
    state: State
    reason: str
    """The provider's words for its trouble, cleaned of secrets; empty without trouble."""
    back_in: float | None
    """Seconds until it may be tried again; None when it may be now, or only a person can help."""
    in_flight: int
    counts: Mapping[str, int]
    """Requests since the gateway started, by the name of their outcome."""


@dataclass(slots=True)
class _Slot:
    health: Health = RESTORED
    in_flight: int = 0
    probing: bool = False
    finish: float = 0.0
    """Its place in the rotation: see `_start`."""
    counts: Counter[str] = field(default_factory=Counter)


class Pool:
    """Chooses among credentials by health, then by load, and learns from how requests end."""

    def __init__(
        self,
        source: CredentialSource,
        *,
        names: Mapping[str, str] | None = None,
        policy: HealthPolicy | None = None,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """A pool.

        Args:
            source: the credentials.
            names: providers' names by their ids, for messages.
            policy: the periods of cooling and of the breaker.
            clock: monotonic seconds.
            jitter: a number from 0 to 1 at each call.
        """
        self._source = source
        self._names = names or {}
        self._policy = policy or HealthPolicy()
        self._clock = clock
        self._jitter = jitter
        self._slots: dict[str, _Slot] = {}
        self._rotation: dict[str, float] = {}

    def obstacle(self, provider: str) -> NoUpstream | None:
        """Why no credential of a provider can be used now, and when one can; None if one can."""
        try:
            self.attempts(provider)
        except NoUpstream as error:
            return error
        return None

    def simulates(self, provider: str) -> bool:
        """Whether a simulated credential is what answers for a provider now."""
        return any(one.simulated for one in self._candidates(provider))

    def attempts(self, provider: str, avoid: Collection[str] = ()) -> tuple[Credential, ...]:
        """The credentials to try for one request, in order: three at most.

        Healthy ones come in order of requests in flight divided by weight, and by turns where
        that is equal; those whose last request failed stand behind. A credential that is due for
        a probe goes first, or it would never come back while others do well.

        Args:
            provider: the provider's id.
            avoid: ids of credentials that must not be tried.

        Raises:
            NoUpstream: none can be used now; it says when one can, unless a person has to change
                something.
        """
        now = self._clock()
        healthy: list[tuple[bool, float, float, int]] = []
        probes: list[Credential] = []
        candidates = self._candidates(provider)
        for position, credential in enumerate(candidates):
            if credential.id in avoid or not credential.usable:
                continue
            slot = self._slot(credential.id)
            match slot.health.state(now):
                case State.OK:
                    load = slot.in_flight / credential.weight
                    start = self._start(provider, slot)
                    healthy.append((slot.health.failures > 0, load, start, position))
                case State.HALF_OPEN if not slot.probing:
                    probes.append(credential)
                case _:
                    pass
        healthy.sort()
        ordered = [*probes[:1], *(candidates[rank[-1]] for rank in healthy), *probes[1:]]
        if not ordered:
            raise self.none_left(provider, avoid)
        return tuple(ordered[:_MOST_ATTEMPTS])

    def credential(self, provider: str, credential_id: str | None) -> Credential | None:
        """One credential, whatever its health; None if it is gone."""
        found = self._source.of(provider)
        return next((one for one in found if one.id == credential_id), None)

    def lease(self, credential: Credential) -> Lease | None:
        """Begin a request with a credential; None if it may no longer be used.

        Time passes between `attempts` and this: the credential may have been removed, thrown out
        or taken by another request's probe. The lease counts as in flight until it is released.
        """
        slot = self._slot(credential.id)
        state = slot.health.state(self._clock())
        probe = state is State.HALF_OPEN and not slot.probing
        if not (state is State.OK or probe) or not self._still_usable(credential):
            return None
        start = self._start(credential.provider, slot)
        self._rotation[credential.provider] = start
        slot.finish = start + 1.0 / credential.weight
        slot.in_flight += 1
        slot.probing = slot.probing or probe
        return Lease(credential, probe, self._on_report, self._on_release)

    def report(self, credential_id: str, outcome: Outcome) -> None:
        """Learn from a request that had no lease, such as a look at a task's progress."""
        self._learn(self._slot(credential_id), outcome, probe=False)

    def reset(self, credential_id: str) -> None:
        """Forget a credential's troubles, as when a person has mended it."""
        self._slot(credential_id).health = RESTORED

    def none_left(self, provider: str, avoid: Collection[str] = ()) -> NoUpstream:
        """The error for a provider of which no credential can be used now."""
        name = self._names.get(provider, provider)
        known = [one for one in self._candidates(provider) if one.id not in avoid]
        if not known:
            other = "other " if avoid else ""
            return NoUpstream(f"No {other}credential for {name} is in the pool.", param="model")
        usable = [one for one in known if one.usable]
        if not usable:
            problem = "disabled" if all(one.disabled for one in known) else "without its secret"
            return NoUpstream(f"Every credential for {name} is {problem}.", param="model")
        now = self._clock()
        waits = [self._wait(one, now) for one in usable]
        coming = [wait for wait in waits if wait is not None]
        if not coming:
            return NoUpstream(f"{name} refuses every credential in the pool.", param="model")
        seconds = max(1, math.ceil(min(coming)))
        return NoUpstream(
            f"No credential for {name} can be used now; the first is back in {seconds} s.",
            param="model",
            retry_after=seconds,
        )

    def snapshot(self) -> tuple[CredentialHealth, ...]:
        """The standing of every credential, in the source's order."""
        now = self._clock()
        credentials = self._source.all()
        self._forget_all_but({one.id for one in credentials})
        return tuple(self._standing(one, now) for one in credentials)

    def _standing(self, credential: Credential, now: float) -> CredentialHealth:
        slot = self._slot(credential.id)
        state, reason = slot.health.state(now), slot.health.reason
        back_in = slot.health.back_in(now) or None
        if state is State.OK and slot.health.failures == 0:
            reason = ""  # what it cooled down for is over
        if credential.disabled:
            state, reason, back_in = State.DISABLED, "", None
        elif credential.secret is None:
            state, reason, back_in = State.NO_SECRET, credential.problem or "", None
        return CredentialHealth(
            credential_id=credential.id,
            provider=credential.provider,
            label=credential.label,
            state=state,
            reason=reason,
            back_in=back_in,
            in_flight=slot.in_flight,
            counts=dict(slot.counts),
        )

    def _candidates(self, provider: str) -> tuple[Credential, ...]:
        """The credentials of a provider that may be chosen from.

        Where there is a real one in use, well or not, a simulated one never stands in for it: an
        answer that was made up must not pass for the provider's.
        """
        found = self._source.of(provider)
        if any(not one.simulated and not one.disabled for one in found):
            return tuple(one for one in found if not one.simulated)
        return found

    def _start(self, provider: str, slot: _Slot) -> float:
        """When its turn is, in a time that moves with the requests of its provider.

        Start-time fair queueing: each request moves its credential's turn by 1/weight, and one
        that was away or is new starts at the present, with nothing to catch up on.
        """
        return max(slot.finish, self._rotation.get(provider, 0.0))

    def _wait(self, credential: Credential, now: float) -> float | None:
        slot = self._slot(credential.id)
        wait = slot.health.back_in(now)
        return max(wait, _PROBE_PATIENCE) if wait is not None and slot.probing else wait

    def _still_usable(self, credential: Credential) -> bool:
        return any(
            one.id == credential.id and one.usable for one in self._source.of(credential.provider)
        )

    def _on_report(self, credential: Credential, outcome: Outcome, probe: bool) -> None:
        slot = self._slot(credential.id)
        self._learn(slot, outcome, probe=probe)
        if probe:
            slot.probing = False

    def _on_release(self, credential: Credential, probe: bool) -> None:
        slot = self._slot(credential.id)
        slot.in_flight -= 1
        if probe:  # it ended without a verdict: the next may try
            slot.probing = False

    def _learn(self, slot: _Slot, outcome: Outcome, *, probe: bool) -> None:
        slot.counts[outcome.name] += 1
        health = slot.health.after(
            outcome, self._clock(), probe=probe, jitter=self._jitter(), policy=self._policy
        )
        if health.reason and health.reason != slot.health.reason:
            secrets = [one.secret for one in self._source.all() if one.secret is not None]
            health = replace(health, reason=redact(health.reason, secrets))
        slot.health = health

    def _slot(self, credential_id: str) -> _Slot:
        slot = self._slots.get(credential_id)
        if slot is None:
            slot = self._slots[credential_id] = _Slot()
        return slot

    def _forget_all_but(self, known: Collection[str]) -> None:
        self._slots = {
            credential_id: slot
            for credential_id, slot in self._slots.items()
            if credential_id in known or slot.in_flight
        }
