"""One chat completion on its way through the gateway."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import cast

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import InternalError, MiavoError, UpstreamError
from miavo_gateway.flow.keys import Key
from miavo_gateway.flow.ledger import Ledger, Outcome, Ticket
from miavo_gateway.flow.live import LiveRequests
from miavo_gateway.flow.reply import DONE, ReplyFold, ReplyHead, comment, error_event
from miavo_gateway.flow.router import Router
from miavo_gateway.local.engine import ChatEvent, Counted, Piece
from miavo_gateway.log import log
from miavo_gateway.schema.chat import ChatCompletion, ChatCompletionRequest
from miavo_gateway.store.tables import UsageState
from miavo_gateway.usage import UsageBuckets

__all__ = ["ChatFlow"]

_ENDPOINT = "/v1/chat/completions"


@dataclass(frozen=True, slots=True)
class ChatFlow:
    """Routes, dispatches and settles chat completions."""

    router: Router
    ledger: Ledger
    live: LiveRequests

    async def answer(
        self, request: ChatCompletionRequest, key: Key, request_id: str
    ) -> ChatCompletion:
        """The whole reply; its row is durable on return.

        Raises:
            MiavoError: any of the documented errors; the row says so.
        """
        with self.live.running():
            running = await self._dispatch(request, key, request_id)
            fold = ReplyFold()
            try:
                async for event in running.events:
                    if isinstance(event, Piece):
                        fold.add(event.choice)
                reply = fold.reply(ReplyHead(running.model.slug), running.tally.usage)
            except asyncio.CancelledError:
                if not self.live.stopping:
                    await self._settle(running, UsageState.CANCELLED)
                    raise
                error = _stopped()
                await self._settle(running, UsageState.FAILED, error)
                raise error from None
            except Exception as problem:  # noqa: BLE001  every end of a request is settled
                error = _public(problem, request_id)
                await self._settle(running, UsageState.FAILED, error)
                raise error from None
            await self._settle(running, UsageState.COMPLETED)
            return reply

    async def stream(
        self, request: ChatCompletionRequest, key: Key, request_id: str
    ) -> AsyncIterator[bytes]:
        """The reply as server-sent events.

        What fails before anything was generated is raised here, so that it can be answered with
        its own status; afterwards the stream itself carries the error, and no `[DONE]`.

        Raises:
            MiavoError: any of the documented errors; the row says so.
        """
        with self.live.running():
            running = await self._dispatch(request, key, request_id)
        include_usage = bool(request.stream_options and request.stream_options.include_usage)
        relay = self._relay(running, include_usage=include_usage)
        # Started here, the relay is settled whatever becomes of it: a generator that has begun is
        # closed by the event loop even if the server drops it unread.
        first = await anext(relay)
        return _chain(first, relay)

    async def _relay(self, running: _Running, *, include_usage: bool) -> AsyncIterator[bytes]:
        head = ReplyHead(running.model.slug)
        state = UsageState.CANCELLED
        error: MiavoError | None = None
        begun = False
        with self.live.running():
            try:
                async for event in running.events:
                    if isinstance(event, Counted):
                        continue
                    begun = True
                    if isinstance(event, Piece):
                        yield head.chunk(event.choice)
                    else:
                        yield comment(f"loading {event.what}")
                if not running.tally.ended:
                    raise UpstreamError("The reply broke off before its end.")
                state = UsageState.COMPLETED
            except asyncio.CancelledError:
                if not self.live.stopping:
                    raise
                error = _stopped()
            except Exception as problem:  # noqa: BLE001  every end of a request is settled
                error = _public(problem, running.ticket.request_id)
            finally:
                if error is not None:
                    state = UsageState.TRUNCATED if begun else UsageState.FAILED
                # Also where the caller hung up: the generator is then closed at a yield.
                await self._settle(running, state, error)
            if error is not None:
                if not begun:
                    raise error
                yield error_event(error)
                return
            if include_usage:
                yield head.usage(running.tally.usage)
            yield DONE

    async def _dispatch(
        self, request: ChatCompletionRequest, key: Key, request_id: str
    ) -> _Running:
        model = self.router.model(request.model)
        ticket = await self.ledger.open(
            request_id, key, model, endpoint=_ENDPOINT, stream=request.stream
        )
        tally = _Tally()
        try:
            engine = self.router.chat_engine(model, request)
            return _Running(model, ticket, tally, tally.watch(engine.stream(request)))
        except MiavoError as error:
            await self.ledger.settle(ticket, Outcome(UsageState.FAILED, error=error))
            raise

    async def _settle(
        self, running: _Running, state: UsageState, error: MiavoError | None = None
    ) -> None:
        """Stop what may still generate, then complete the row, whoever cancels this meanwhile."""
        await self.live.finish(
            asyncio.create_task(self._settle_now(running, state, error), name="settle")
        )

    async def _settle_now(
        self, running: _Running, state: UsageState, error: MiavoError | None
    ) -> None:
        try:
            await running.events.aclose()
        except Exception:  # noqa: BLE001  the row matters more than how the engine stopped
            log.exception("an engine failed while it was stopped")
        tally = running.tally
        await self.ledger.settle(
            running.ticket,
            Outcome(
                state,
                usage=tally.usage,
                finish_reason=tally.finish_reason,
                first_token=tally.first_token,
                error=error,
            ),
        )


@dataclass(slots=True)
class _Tally:
    """What is known of a reply so far; right at any moment it may be cut."""

    usage: UsageBuckets = field(default_factory=UsageBuckets)
    first_token: float | None = None
    finish_reason: str | None = None
    open_choices: set[int] = field(default_factory=set)
    seen: bool = False

    @property
    def ended(self) -> bool:
        """Whether every choice that began has its finish reason."""
        return self.seen and not self.open_choices

    async def watch(self, events: AsyncIterator[ChatEvent]) -> AsyncGenerator[ChatEvent, None]:
        """The same events, counted as they pass."""
        async with aclosing(cast("AsyncGenerator[ChatEvent, None]", events)) as source:
            async for event in source:
                if isinstance(event, Piece):
                    self._count(event)
                elif isinstance(event, Counted):
                    self.usage = event.usage
                yield event

    def _count(self, piece: Piece) -> None:
        choice = piece.choice
        self.seen = True
        if piece.tokens:
            self.first_token = self.first_token or time.monotonic()
            self.usage = replace(self.usage, output=self.usage.output + piece.tokens)
        if choice.finish_reason is None:
            self.open_choices.add(choice.index)
        else:
            self.open_choices.discard(choice.index)
            self.finish_reason = self.finish_reason or choice.finish_reason


@dataclass(frozen=True, slots=True)
class _Running:
    model: Model
    ticket: Ticket
    tally: _Tally
    events: AsyncGenerator[ChatEvent, None]


async def _chain(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _stopped() -> MiavoError:
    return UpstreamError("The gateway was stopped while it answered.")


def _public(problem: Exception, request_id: str) -> MiavoError:
    """The error to show for a problem; what is not ours is logged, and never shown."""
    if isinstance(problem, MiavoError):
        return problem
    log.error("request failed", exc_info=problem, extra={"request_id": request_id})
    return InternalError(
        f"The gateway failed to serve this request. Its log has the reason under {request_id}."
    )
