"""One request over several credentials: who is tried, who is blamed, what the caller is told."""

from __future__ import annotations

import asyncio

import pytest

from miavo_gateway.attempts import Attempt
from miavo_gateway.errors import InvalidRequest, MiavoError, NoUpstream, UpstreamError
from miavo_gateway.providers.exchange import ProviderError
from miavo_gateway.upstream.credential import Credential
from miavo_gateway.upstream.dispatch import Answered, first_answer
from miavo_gateway.upstream.exchange_terms import Timeouts
from miavo_gateway.upstream.faults import (
    Cut,
    ErrorClass,
    Phase,
    Refused,
    TimedOut,
    Unreachable,
    Unreadable,
    UpstreamFault,
)
from miavo_gateway.upstream.health import (
    BadCredential,
    Failed,
    FailureKind,
    State,
    Throttled,
)
from miavo_gateway.upstream.pool import Pool
from miavo_gateway.upstream.refusal import refusal
from miavo_gateway.upstream.transport import Transport, UpstreamStream

from .pool_of import Clock, Listed, credential, pool_of
from .scripted_server import STREAM_HEAD, Connection, chunk, serving, whole


class Upstream:
    """Answers by a plan: a label's fault, or its name if it has none."""

    def __init__(self, clock: Clock, **plan: UpstreamFault) -> None:
        self.clock = clock
        self.plan = plan
        self.asked: list[str] = []

    async def __call__(self, one: Credential) -> str:
        self.asked.append(one.label)
        self.clock.now += 0.010
        if one.label in self.plan:
            raise self.plan[one.label]
        return one.label


async def dispatch(
    pool: Pool, source: Listed, upstream: Upstream, tried: list[Attempt] | None = None
) -> Answered[str]:
    return await first_answer(
        pool,
        pool.attempts("acme"),
        upstream,
        name="Acme",
        secrets=lambda: [one.secret for one in source.all() if one.secret],
        tried=tried,
        clock=upstream.clock,
    )


async def failure(pool: Pool, source: Listed, upstream: Upstream) -> MiavoError:
    with pytest.raises(MiavoError) as caught:
        await dispatch(pool, source, upstream)
    assert caught.value.__suppress_context__
    assert all(one.in_flight == 0 for one in pool.snapshot())
    return caught.value


def states(pool: Pool) -> dict[str, State]:
    return {one.label: one.state for one in pool.snapshot()}


FAULTS = [
    (Refused(ErrorClass.BAD_CREDENTIAL, 401, "bad key"), "bad_credential", State.OUT),
    (Refused(ErrorClass.QUOTA, 429, "no money"), "quota_exhausted", State.COOLING),
    (Refused(ErrorClass.THROTTLE, 429, "slow", retry_after=3), "throttled", State.COOLING),
    (Refused(ErrorClass.RETRY, 500, "oops"), "server_error", State.OK),
    (Refused(ErrorClass.RETIRED, 404, "no such model"), "client_error", State.OK),
    (Unreachable("cannot be reached"), "unreachable", State.OK),
    (TimedOut(Phase.HEAD, 5), "timed_out", State.OK),
    (Cut("hung up without an answer"), "cut", State.OK),
    (Unreadable("answered with garbage"), "unreadable", State.OK),
]


@pytest.mark.parametrize(("fault", "outcome", "state"), FAULTS, ids=lambda value: repr(value)[:30])
async def test_the_next_credential_stands_in_and_the_attempts_are_recorded(
    fault: UpstreamFault, outcome: str, state: State
) -> None:
    pool, clock, source = pool_of(credential("a"), credential("b"))
    answered = await dispatch(pool, source, Upstream(clock, a=fault))
    status = fault.status if isinstance(fault, Refused) else None
    assert answered.value == "b"
    assert answered.tried == [
        Attempt("cred_a", "a", outcome, status, 10.0, "acme"),
        Attempt("cred_b", "b", "ok", None, 10.0, "acme"),
    ]
    assert states(pool) == {"a": state, "b": State.OK}
    assert [one.in_flight for one in pool.snapshot()] == [0, 1]
    with answered:
        pass
    assert [one.in_flight for one in pool.snapshot()] == [0, 0]


@pytest.mark.parametrize("kind", ["client", "context_length", "content_filter"])
async def test_a_client_error_is_told_as_400_and_never_tried_again(kind: str) -> None:
    pool, clock, source = pool_of(credential("a"), credential("b"))
    upstream = Upstream(clock, a=Refused(ErrorClass(kind), 422, "messages: is wrong"))
    error = await failure(pool, source, upstream)
    assert isinstance(error, InvalidRequest)
    assert error.message == "Acme answered 422: messages: is wrong."
    assert upstream.asked == ["a"]
    assert states(pool) == {"a": State.OK, "b": State.OK}
    assert pool.snapshot()[0].counts == {"client_error": 1}


async def test_with_none_left_the_last_ones_words_are_told_without_its_secret() -> None:
    a, b = credential("a"), credential("b")
    pool, clock, source = pool_of(a, b)
    assert b.secret is not None
    leaking = Refused(ErrorClass.BAD_CREDENTIAL, 401, f"Key {b.secret.reveal()} is unknown!")
    error = await failure(pool, source, Upstream(clock, a=Cut("hung up"), b=leaking))
    assert isinstance(error, UpstreamError)
    assert error.message == "Acme answered 401: Key [redacted] is unknown!"
    assert pool.snapshot()[1].reason == "answered 401: Key [redacted] is unknown!"


async def test_three_credentials_at_most_are_tried() -> None:
    pool, clock, source = pool_of(*(credential(name) for name in "abcde"))
    upstream = Upstream(clock, **{name: Cut("hung up") for name in "abcde"})
    assert isinstance(await failure(pool, source, upstream), UpstreamError)
    assert len(upstream.asked) == 3


async def test_no_attempt_begins_when_patience_is_over() -> None:
    pool, clock, _ = pool_of(credential("a"), credential("b"))
    upstream = Upstream(clock, a=TimedOut(Phase.HEAD, 300))

    async def slow(one: Credential) -> str:
        clock.now += 300
        return await upstream(one)

    with pytest.raises(UpstreamError, match="within 300 s"):
        await first_answer(
            pool, pool.attempts("acme"), slow, name="Acme", secrets=list, clock=clock
        )
    assert upstream.asked == ["a"]


async def test_one_that_went_out_meanwhile_is_passed_over() -> None:
    pool, clock, _ = pool_of(credential("a"), credential("b"))
    attempts = pool.attempts("acme")
    pool.report("cred_a", BadCredential())
    upstream = Upstream(clock)
    await first_answer(pool, attempts, upstream, name="Acme", secrets=list, clock=clock)
    assert upstream.asked == ["b"]
    pool.report("cred_b", Throttled(30))
    with pytest.raises(NoUpstream, match="30 s"):
        await first_answer(pool, attempts, upstream, name="Acme", secrets=list, clock=clock)
    assert upstream.asked == ["b"]


async def test_a_fault_of_the_gateway_itself_blames_no_credential_and_leaks_no_lease() -> None:
    pool, clock, _ = pool_of(credential("a"), credential("b"))

    async def broken(one: Credential) -> str:
        raise InvalidRequest("this model takes no tools")

    with pytest.raises(InvalidRequest):
        await first_answer(
            pool, pool.attempts("acme"), broken, name="Acme", secrets=list, clock=clock
        )
    shown = pool.snapshot()
    assert all(one.in_flight == 0 and one.counts == {} for one in shown)


async def test_a_caller_who_hangs_up_blames_no_credential_and_frees_the_probe() -> None:
    pool, clock, _ = pool_of(credential("a"))
    for _ in range(3):
        pool.report("cred_a", Failed(FailureKind.CUT))
    clock.now += 1
    began = asyncio.Event()

    async def never(one: Credential) -> str:
        began.set()
        await asyncio.Event().wait()
        return ""

    task = asyncio.create_task(
        first_answer(pool, pool.attempts("acme"), never, name="Acme", secrets=list, clock=clock)
    )
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert states(pool) == {"a": State.HALF_OPEN}
    assert [one.label for one in pool.attempts("acme")] == ["a"]


async def test_over_real_sockets_a_500_a_silence_and_a_refusal_end_in_the_one_that_answers(
    transport: Transport,
) -> None:
    async def fail(connection: Connection) -> None:
        await connection.send(whole(b"oops", "500 Oops"))

    async def say_nothing(connection: Connection) -> None:
        await connection.closed_by_client()

    async def answer(connection: Connection) -> None:
        await connection.send(STREAM_HEAD + chunk(b"data: 1\n\n"))
        connection.writer.close()  # and break off

    async def call(one: Credential) -> UpstreamStream:
        assert one.base_url is not None
        timeouts = Timeouts(connect=5, head=0.2)
        stream = await transport.stream("POST", one.base_url, content=b"{}", timeouts=timeouts)
        if stream.status != 200:
            body = await stream.read()
            raise refusal(stream.status, stream.headers, ProviderError("", body.decode()))
        return stream

    async with serving(fail) as a, serving(say_nothing) as b, serving(answer) as c:
        servers = {"a": a, "b": b, "c": c}
        pool, _, _ = pool_of(
            *(credential(name, base_url=server.url) for name, server in servers.items())
        )
        answered = await first_answer(pool, pool.attempts("acme"), call, name="Acme", secrets=list)
        assert [(one.label, one.outcome, one.status) for one in answered.tried] == [
            ("a", "server_error", 500),
            ("b", "timed_out", None),
            ("c", "ok", None),
        ]
        pieces = []
        with answered:
            try:
                async for piece in answered.value.chunks():
                    pieces.append(piece)  # noqa: PERF401  what came before the fault counts
            except Cut as fault:
                answered.failed(fault)
    assert pieces == [b"data: 1\n\n"]
    assert answered.tried[-1].outcome == "cut"
    assert pool.snapshot()[2].counts == {"ok": 1, "failed": 1}
    assert pool.snapshot()[2].in_flight == 0
