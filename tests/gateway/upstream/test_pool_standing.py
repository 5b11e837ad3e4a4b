"""What the pool tells people: why nothing can be used, when it can, and how everybody stands."""

from __future__ import annotations

import pytest

from miavo_gateway.errors import NoUpstream
from miavo_gateway.upstream.health import BadCredential, Ok, State, Throttled
from miavo_gateway.upstream.pool import Pool

from .pool_of import credential, pool_of


def message(pool: Pool, avoid: tuple[str, ...] = ()) -> str:
    with pytest.raises(NoUpstream) as caught:
        pool.attempts("acme", avoid)
    assert caught.value.retry_after is None
    assert caught.value.headers() == {"x-should-retry": "false"}
    return caught.value.message


def test_no_upstream_says_what_is_missing_and_names_the_provider() -> None:
    pool, _, source = pool_of()
    assert message(pool) == "No credential for Acme is in the pool."
    source.credentials = [credential("a", disabled=True)]
    assert message(pool) == "Every credential for Acme is disabled."
    source.credentials = [credential("a", secret=None)]
    assert message(pool) == "Every credential for Acme is without its secret."
    source.credentials = [credential("a")]
    assert message(pool, ("cred_a",)) == "No other credential for Acme is in the pool."
    pool.report("cred_a", BadCredential())
    assert message(pool) == "Acme refuses every credential in the pool."


def test_no_upstream_tells_when_the_first_credential_is_back() -> None:
    pool, clock, _ = pool_of(*(credential(name) for name in "abc"))
    pool.report("cred_a", Throttled(90))
    pool.report("cred_b", Throttled(12.3))
    pool.report("cred_c", BadCredential())
    with pytest.raises(NoUpstream, match=r"Acme.*13 s") as caught:
        pool.attempts("acme")
    assert caught.value.headers()["retry-after"] == "13"
    assert (caught.value.status, caught.value.code) == (503, "no_upstream")
    clock.now += 13
    assert [one.label for one in pool.attempts("acme")] == ["b"]


def test_the_snapshot_shows_trouble_in_clean_words_and_counts_outcomes() -> None:
    a = credential("a")
    pool, clock, source = pool_of(a)
    assert a.secret is not None
    pool.report("cred_a", Ok())
    pool.report("cred_a", Throttled(5, f"answered 429: slow down, {a.secret.reveal()}\x1b[31m"))
    [shown] = pool.snapshot()
    assert shown.state is State.COOLING
    assert shown.reason == "answered 429: slow down, [redacted] [31m"
    assert shown.back_in == pytest.approx(5)
    assert shown.counts == {"ok": 1, "throttled": 1}
    clock.now += 6
    assert pool.snapshot()[0].reason == ""
    source.credentials = []
    assert pool.snapshot() == ()


def test_the_snapshot_tells_what_a_person_switched_off_and_what_the_keyring_withholds() -> None:
    off = credential("a", disabled=True)
    locked = credential("b", secret=None, problem="the keyring is locked")
    pool, _, _ = pool_of(off, locked)
    pool.report("cred_a", Throttled(30))
    assert [(one.state, one.reason, one.back_in) for one in pool.snapshot()] == [
        (State.DISABLED, "", None),
        (State.NO_SECRET, "the keyring is locked", None),
    ]
