"""One request, several credentials: the first that answers, or the error that the caller gets."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Generic, Self, TypeVar

from miavo_gateway.attempts import Attempt, current_attempts
from miavo_gateway.errors import InvalidRequest, MiavoError, UpstreamError
from miavo_gateway.upstream.credential import Credential
from miavo_gateway.upstream.faults import (
    Closed,
    Cut,
    ErrorClass,
    Refused,
    TimedOut,
    Unreachable,
    UpstreamFault,
)
from miavo_gateway.upstream.health import (
    BadCredential,
    ClientError,
    Failed,
    FailureKind,
    Ok,
    Outcome,
    QuotaExhausted,
    Throttled,
)
from miavo_gateway.upstream.lease import Lease
from miavo_gateway.upstream.pool import Pool
from miavo_gateway.upstream.redaction import redact
from miavo_gateway.upstream.secrets import Secret

__all__ = ["Answered", "Attempt", "as_error", "first_answer", "outcome_of"]

T = TypeVar("T")

_PATIENCE = 120.0
_CLIENT_CLASSES = frozenset(
    {ErrorClass.CLIENT, ErrorClass.CONTEXT_LENGTH, ErrorClass.CONTENT_FILTER}
)


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """An answer that has begun. Leave it (`with`) when it has ended: it counts as in flight."""

    value: T
    lease: Lease
    tried: list[Attempt]
    """Every attempt so far, the one that answered last."""

    def failed(self, fault: UpstreamFault) -> None:
        """Tell the pool that the answer broke off, and say so of the attempt."""
        outcome = outcome_of(fault)
        self.lease.report(outcome)
        if self.tried:
            self.tried[-1] = replace(self.tried[-1], outcome=_told(outcome))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.lease.release()


async def first_answer(
    pool: Pool,
    attempts: Sequence[Credential],
    call: Callable[[Credential], Awaitable[T]],
    *,
    name: str,
    secrets: Callable[[], Iterable[Secret]],
    tried: list[Attempt] | None = None,
    patience: float = _PATIENCE,
    clock: Callable[[], float] = time.monotonic,
) -> Answered[T]:
    """Try credentials in order until one answers.

    Args:
        pool: learns how each attempt ends.
        attempts: from `Pool.attempts`, all of one provider; at least one.
        call: sends the request and returns when the first byte of the answer is here; raises
            `UpstreamFault`. Anything else it raises ends the matter, with no blame on a credential.
        name: the provider's name, for messages.
        secrets: every secret in memory, taken out of the provider's words.
        tried: gets an entry as each attempt ends, so that it is complete on failure too; by
            default those of the request that the running task serves.
        patience: seconds after which no further attempt begins.
        clock: monotonic seconds.

    Raises:
        InvalidRequest: the provider refused the request for what it is. Never tried again.
        UpstreamError: all attempts failed; the message is that of the last.
        NoUpstream: none could be made, the state of the pool having changed meanwhile.
    """
    tried = current_attempts() if tried is None else tried
    began = clock()
    last: UpstreamFault | None = None
    for credential in attempts:
        if last is not None and clock() - began >= patience:
            break
        lease = pool.lease(credential)
        if lease is None:
            continue
        start = clock()
        answered = False
        try:
            value = await call(credential)
            answered = True
        except UpstreamFault as fault:
            last = fault
            outcome = outcome_of(fault)
            lease.report(outcome)
            tried.append(_attempt(credential, outcome, fault, clock() - start))
            if isinstance(fault, Refused) and fault.error_class in _CLIENT_CLASSES:
                break
        finally:
            if not answered:
                lease.release()
        if answered:
            lease.report(Ok())
            tried.append(_attempt(credential, Ok(), None, clock() - start))
            return Answered(value, lease, tried)
    if last is None:
        raise pool.none_left(attempts[0].provider)
    # The fault's own text is not clean, so it may not hang on to the error as its cause.
    raise as_error(last, name, secrets()) from None


def outcome_of(fault: UpstreamFault) -> Outcome:
    """What a fault says of the credential it happened with."""
    match fault:
        case Refused(error_class=ErrorClass.BAD_CREDENTIAL):
            return BadCredential(fault.message)
        case Refused(error_class=ErrorClass.QUOTA):
            return QuotaExhausted(fault.retry_after, fault.message)
        case Refused(error_class=ErrorClass.THROTTLE):
            return Throttled(fault.retry_after, fault.message)
        case Refused(error_class=ErrorClass.RETRY):
            return Failed(FailureKind.SERVER_ERROR, fault.message)
        case Refused():
            return ClientError()
        case Unreachable():
            return Failed(FailureKind.UNREACHABLE, fault.message)
        case TimedOut():
            return Failed(FailureKind.TIMED_OUT, fault.message)
        case Cut() | Closed():
            return Failed(FailureKind.CUT, fault.message)
        case _:
            return Failed(FailureKind.UNREADABLE, fault.message)


def as_error(fault: UpstreamFault, name: str, secrets: Iterable[Secret]) -> MiavoError:
    """The error that the caller gets for a fault, its words cleaned of secrets.

    Args:
        fault: what happened.
        name: the provider's name.
        secrets: every secret in memory.
    """
    message = f"{name} {redact(fault.message, secrets)}"
    if message[-1] not in ".!?…":
        message += "."
    if isinstance(fault, Refused) and fault.error_class in _CLIENT_CLASSES:
        return InvalidRequest(message)
    return UpstreamError(message)


def _attempt(
    credential: Credential, outcome: Outcome, fault: UpstreamFault | None, seconds: float
) -> Attempt:
    return Attempt(
        credential_id=credential.id,
        label=credential.label,
        outcome=_told(outcome),
        status=fault.status if isinstance(fault, Refused) else None,
        ms=round(seconds * 1000, 3),
        provider=credential.provider,
    )


def _told(outcome: Outcome) -> str:
    """The outcome's name; of a failure, how it failed."""
    return outcome.kind.value if isinstance(outcome, Failed) else outcome.name
