"""The pool: who is chosen, who stands in, and what a troubled credential must wait for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from miavo_gateway.errors import NoUpstream
from miavo_gateway.upstream.health import (
    BadCredential,
    ClientError,
    Failed,
    FailureKind,
    Health,
    HealthPolicy,
    Ok,
    Outcome,
    QuotaExhausted,
    State,
    Throttled,
)
from miavo_gateway.upstream.lease import Lease
from miavo_gateway.upstream.pool import Pool

from .pool_of import Clock, credential, pool_of

BROKEN = Failed(FailureKind.SERVER_ERROR, "answered 500")
POLICY = HealthPolicy()


def lease(pool: Pool, name: str) -> Lease:
    """A lease on a credential, which must be given."""
    found = pool.lease(credential(name))
    assert found is not None
    return found


def state(pool: Pool, name: str) -> State:
    return next(one.state for one in pool.snapshot() if one.label == name)


def labels(pool: Pool, avoid: tuple[str, ...] = ()) -> list[str]:
    return [one.label for one in pool.attempts("acme", avoid)]


def break_down(pool: Pool, name: str) -> None:
    for _ in range(POLICY.failures_to_open):
        pool.report(f"cred_{name}", BROKEN)


outcomes = st.one_of(
    st.just(Ok()),
    st.just(ClientError()),
    st.just(BadCredential("no")),
    st.builds(Throttled, st.none() | st.floats(0, 100)),
    st.builds(QuotaExhausted, st.none() | st.floats(0, 5_000)),
    st.just(BROKEN),
)


class AnyTraffic(RuleBasedStateMachine):
    """Requests begin, report and end in any order while time passes."""

    leases = Bundle("leases")
    names = st.sampled_from("abcd")

    def __init__(self) -> None:
        super().__init__()
        weights = {"a": 1, "b": 1, "c": 2, "d": 5}
        credentials = [credential(name, weight=weight) for name, weight in weights.items()]
        self.pool, self.clock, _ = pool_of(*credentials)
        self.open: list[Lease] = []
        self.probes: dict[str, Lease] = {}

    def states(self) -> dict[str, State]:
        return {one.credential_id: one.state for one in self.pool.snapshot()}

    @rule(target=leases, rank=st.integers(0, 2))
    def begin(self, rank: int) -> Lease | None:
        before = self.states()
        try:
            chosen = self.pool.attempts("acme")
        except NoUpstream:
            assert State.OK not in before.values()
            return None
        assert 1 <= len(chosen) <= 3
        assert len(set(chosen)) == len(chosen)
        for one in chosen:  # never one that is out, cooling or open, healthy ones there or not
            assert before[one.id] in (State.OK, State.HALF_OPEN)
        picked = chosen[min(rank, len(chosen) - 1)]
        lease = self.pool.lease(picked)
        assert lease is not None
        if before[picked.id] is State.HALF_OPEN:
            assert picked.id not in self.probes  # one probe at a time
            self.probes[picked.id] = lease
        self.open.append(lease)
        return lease

    @rule(lease=leases, outcome=outcomes)
    def report(self, lease: Lease | None, outcome: Outcome) -> None:
        if lease in self.open:
            lease.report(outcome)
            self._no_probe(lease)

    @rule(lease=leases)
    def end(self, lease: Lease | None) -> None:
        if lease is not None:
            lease.release()  # releasing what has ended changes nothing
            if lease in self.open:
                self.open.remove(lease)
                self._no_probe(lease)

    def _no_probe(self, lease: Lease) -> None:
        if self.probes.get(lease.credential.id) is lease:
            del self.probes[lease.credential.id]

    @rule(name=names, outcome=outcomes)
    def hear_of(self, name: str, outcome: Outcome) -> None:
        self.pool.report(f"cred_{name}", outcome)

    @rule(name=names)
    def mend(self, name: str) -> None:
        self.pool.reset(f"cred_{name}")
        assert state(self.pool, name) is State.OK

    @rule(seconds=st.sampled_from([0.0, 0.3, 1.0, 7.0, 60.0, 700.0]))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def in_flight_is_what_is_open(self) -> None:
        counted = Counter(lease.credential.id for lease in self.open)
        assert {one.credential_id: one.in_flight for one in self.pool.snapshot()} == {
            f"cred_{name}": counted[f"cred_{name}"] for name in "abcd"
        }

    @invariant()
    def the_wait_that_is_told_is_the_wait(self) -> None:
        for one in self.pool.snapshot():
            if one.state in (State.COOLING, State.OPEN):
                assert one.back_in is not None
                assert one.back_in > 0
            else:
                assert one.back_in is None


TestAnyTraffic = AnyTraffic.TestCase
TestAnyTraffic.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)


@given(
    weights=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    endings=st.lists(st.booleans(), max_size=80),
)
def test_requests_in_flight_are_shared_by_weight_to_within_one(
    weights: list[int], endings: list[bool]
) -> None:
    pool, _, _ = pool_of(*(credential(str(i), weight=w) for i, w in enumerate(weights)))
    load = [0] * len(weights)
    for _ in endings:
        chosen = pool.attempts("acme")[0]
        assert pool.lease(chosen) is not None
        load[int(chosen.label)] += 1
        # Nobody is more than one request ahead of what another's load amounts to.
        for mine, my_weight in zip(load, weights, strict=True):
            for theirs, their_weight in zip(load, weights, strict=True):
                assert (mine - 1) * their_weight <= theirs * my_weight


@given(weights=st.lists(st.integers(1, 9), min_size=1, max_size=5), rounds=st.integers(1, 4))
def test_requests_one_after_another_take_turns_by_weight(weights: list[int], rounds: int) -> None:
    pool, _, _ = pool_of(*(credential(str(i), weight=w) for i, w in enumerate(weights)))
    served: Counter[int] = Counter()
    for _ in range(sum(weights) * rounds):
        chosen = pool.attempts("acme")[0]
        with lease_of(pool, chosen):
            served[int(chosen.label)] += 1
    for index, weight in enumerate(weights):
        assert abs(served[index] - weight * rounds) <= 1


def lease_of(pool: Pool, chosen: Any) -> Lease:
    found = pool.lease(chosen)
    assert found is not None
    return found


def test_one_that_was_away_does_not_get_all_the_traffic_on_its_return() -> None:
    pool, clock, _ = pool_of(credential("a"), credential("b"))
    pool.report("cred_a", Throttled(30))
    for _ in range(50):
        with lease_of(pool, pool.attempts("acme")[0]):
            pass
    clock.now += 31
    served: Counter[str] = Counter()
    for _ in range(10):
        chosen = pool.attempts("acme")[0]
        with lease_of(pool, chosen):
            served[chosen.label] += 1
    assert abs(served["a"] - served["b"]) <= 2  # five each, and one where it happened to be


def test_one_whose_last_request_failed_stands_behind_until_it_does_well() -> None:
    pool, _, _ = pool_of(credential("a", weight=100), credential("b"))
    pool.report("cred_a", BROKEN)
    assert labels(pool) == ["b", "a"]
    pool.report("cred_a", Ok())
    assert labels(pool) == ["a", "b"]


def test_avoided_disabled_and_secretless_ones_are_not_attempted() -> None:
    pool, _, source = pool_of(*(credential(name) for name in "abcde"))
    source.credentials[1] = replace(source.credentials[1], disabled=True)
    source.credentials[2] = replace(source.credentials[2], secret=None)
    assert labels(pool, avoid=("cred_a",)) == ["d", "e"]


def test_a_lease_is_refused_when_things_changed_after_the_attempts_were_decided() -> None:
    pool, _, source = pool_of(credential("a"), credential("b"), credential("c"))
    a, b, c = pool.attempts("acme")
    pool.report(a.id, BadCredential())
    source.credentials.remove(b)
    assert pool.lease(a) is None
    assert pool.lease(b) is None
    assert pool.lease(c) is not None


def test_an_outcome_of_401_takes_it_out_until_it_is_reset() -> None:
    pool, clock, _ = pool_of(credential("a"), credential("b"))
    late = lease(pool, "a")
    pool.report("cred_a", BadCredential("answered 401: bad key"))
    clock.now += 1e9
    late.report(Ok())  # began before; says nothing of now
    assert (state(pool, "a"), labels(pool)) == (State.OUT, ["b"])
    pool.reset("cred_a")
    assert state(pool, "a") is State.OK


@pytest.mark.parametrize(
    ("outcome", "seconds"),
    [
        (Throttled(7.5), 7.5),
        (Throttled(None), POLICY.throttle),
        (Throttled(0), POLICY.shortest_cooling),
        (Throttled(1e12), POLICY.longest_cooling),
        (QuotaExhausted(None), POLICY.quota),
        (QuotaExhausted(5), POLICY.quota),
        (QuotaExhausted(5_000), 5_000),
    ],
)
def test_a_throttled_one_cools_for_exactly_as_long_as_it_was_told(
    outcome: Outcome, seconds: float
) -> None:
    pool, clock, _ = pool_of(credential("a"))
    pool.report("cred_a", outcome)
    pool.report("cred_a", Throttled(0))  # a shorter wait does not shorten the longer one
    began = clock.now
    clock.now = began + seconds - 0.01
    assert state(pool, "a") is State.COOLING
    clock.now = began + seconds + 0.01
    assert state(pool, "a") is State.OK


def test_the_breaker_opens_after_failures_in_a_row_and_doubles_to_its_cap() -> None:
    pool, clock, _ = pool_of(credential("a"))
    pool.report("cred_a", BROKEN)
    pool.report("cred_a", Ok())  # the row ends here
    break_down(pool, "a")
    periods = []
    for _ in range(9):
        assert state(pool, "a") is State.OPEN
        wait = pool.snapshot()[0].back_in
        assert wait is not None
        periods.append(wait)
        pool.report("cred_a", BROKEN)  # of a request that was under way: no further blame
        clock.now += wait
        assert state(pool, "a") is State.HALF_OPEN
        with lease(pool, "a") as probe:
            probe.report(BROKEN)
    assert periods == pytest.approx([1, 2, 4, 8, 16, 32, 60, 60, 60])


@given(openings=st.integers(1, 10**6), jitter=st.floats(0, 1))
def test_an_open_period_stays_within_its_jitter(openings: int, jitter: float) -> None:
    full = POLICY.open_period(openings, 0)
    assert full * 0.75 <= POLICY.open_period(openings, jitter) <= full <= POLICY.longest_open


def half_open(*names: str) -> tuple[Pool, Clock]:
    """A pool whose `a` has just become half-open."""
    pool, clock, _ = pool_of(*(credential(name) for name in names))
    break_down(pool, "a")
    clock.now += POLICY.first_open
    return pool, clock


def test_half_open_lets_one_probe_through_ahead_of_the_healthy() -> None:
    pool, _ = half_open("a", "b")
    assert labels(pool) == ["a", "b"]
    probe = lease(pool, "a")
    assert labels(pool) == ["b"]
    assert pool.lease(credential("a")) is None
    probe.report(Ok())
    assert state(pool, "a") is State.OK


@pytest.mark.parametrize("verdict", [ClientError(), Throttled(5), BadCredential()])
def test_a_probe_that_is_answered_at_all_closes_the_breaker(verdict: Outcome) -> None:
    pool, clock = half_open("a")
    lease(pool, "a").report(verdict)
    clock.now += 6
    pool.report("cred_a", BROKEN)
    assert state(pool, "a") in (State.OK, State.OUT)


def test_a_probe_that_ends_without_a_verdict_makes_room_for_the_next() -> None:
    pool, _ = half_open("a")
    lease(pool, "a").release()
    assert labels(pool) == ["a"]


def test_a_request_from_before_the_breaker_opened_does_not_close_it() -> None:
    pool, clock, _ = pool_of(credential("a"))
    old = lease(pool, "a")
    break_down(pool, "a")
    clock.now += POLICY.first_open
    old.report(Ok())
    assert state(pool, "a") is State.HALF_OPEN


def test_health_knows_only_the_clock_it_is_given() -> None:
    health = Health().after(Throttled(5), -100.0, probe=False, jitter=0, policy=POLICY)
    assert [health.state(now) for now in (-100, -95.1, -95, 0)] == [
        State.COOLING,
        State.COOLING,
        State.OK,
        State.OK,
    ]
