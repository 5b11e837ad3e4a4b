"""One chat completion on its way through the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import cast

from miavo_gateway.chat_events import ChatEvent, ChatEvents, Loading, Piece, Sounding
from miavo_gateway.errors import BudgetExhausted, MiavoError, UpstreamError
from miavo_gateway.flow.begun import Begun
from miavo_gateway.flow.ending import public_error, stopped
from miavo_gateway.flow.key import Key
from miavo_gateway.flow.live import LiveRequests
from miavo_gateway.flow.passage import Admitted, Passage
from miavo_gateway.flow.reply import DONE, ReplyFold, ReplyHead, comment, error_event
from miavo_gateway.flow.router import Router
from miavo_gateway.flow.succession import in_turn
from miavo_gateway.flow.tally import Tally
from miavo_gateway.log import log
from miavo_gateway.schema.chat import ChatCompletion, ChatCompletionRequest
from miavo_gateway.schema.chunk import ChunkChoice, Delta
from miavo_gateway.sound.formats import spoken_format
from miavo_gateway.store.tables import UsageState

__all__ = ["ChatFlow"]

_ENDPOINT = "/v1/chat/completions"


@dataclass(frozen=True, slots=True)
class ChatFlow:
    """Routes, dispatches and settles chat completions."""

    router: Router
    passage: Passage
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
                async for batch in running.events:
                    running.tally.count(batch)
                    if not running.begun:
                        self._look_for_first_token(running)
                    for event in batch:
                        if isinstance(event, Piece):
                            fold.add(event.choice)
                        elif isinstance(event, Sounding):
                            fold.pcm = event.pcm
                    await self.passage.keep_covered(running.admitted, running.tally)
                if fold.spoken:
                    await asyncio.to_thread(fold.encode, spoken_format(request))
                reply = fold.reply(running.head(), running.tally.usage)
            except asyncio.CancelledError:
                if not self.live.stopping:
                    await self._settle(running, UsageState.CANCELLED)
                    raise
                error = stopped()
                await self._settle(running, UsageState.FAILED, error)
                raise error from None
            except BudgetExhausted as spent:
                # What was made is paid for, so it is handed over.
                for index in running.tally.open_choices:
                    fold.add(ChunkChoice(index=index, delta=Delta(), finish_reason="length"))
                await self._settle(running, UsageState.TRUNCATED, spent)
                return fold.reply(running.head(), running.tally.usage)
            except Exception as problem:  # noqa: BLE001  every end of a request is settled
                error = public_error(problem, request_id)
                await self._settle(running, UsageState.FAILED, error)
                raise error from None
            await self._settle(running, UsageState.COMPLETED)
            return reply

    async def stream(
        self, request: ChatCompletionRequest, key: Key, request_id: str
    ) -> Begun[bytes]:
        """The reply as server-sent events.

        What fails before anything was generated is raised here, so that it can be answered with
        its own status; afterwards the stream itself carries the error, and no `[DONE]`.

        Raises:
            MiavoError: any of the documented errors; the row says so.
        """
        with self.live.running():
            running = await self._dispatch(request, key, request_id)
        include_usage = bool(request.stream_options and request.stream_options.include_usage)
        return await Begun.begin(self._relay(running, include_usage=include_usage))

    async def _relay(
        self, running: _Running, *, include_usage: bool
    ) -> AsyncGenerator[bytes, None]:
        head: ReplyHead | None = None
        state = UsageState.CANCELLED
        error: MiavoError | None = None
        begun = False
        with self.live.running():
            try:
                async for batch in running.events:
                    running.tally.count(batch)
                    if not running.begun:
                        self._look_for_first_token(running)
                    # By now it is known which model answers.
                    head = head or running.head()
                    if written := b"".join([_written(event, head) for event in batch]):
                        begun = True
                        yield written
                        await self.passage.keep_covered(running.admitted, running.tally)
                if not running.tally.ended:
                    raise UpstreamError("The reply broke off before its end.")
                state = UsageState.COMPLETED
            except asyncio.CancelledError:
                if not self.live.stopping:
                    raise
                error = stopped()
            except Exception as problem:  # noqa: BLE001  every end of a request is settled
                error = public_error(problem, running.admitted.ticket.request_id)
            finally:
                if error is not None:
                    state = UsageState.TRUNCATED if begun else UsageState.FAILED
                # Also where the caller hung up: the generator is then closed at a yield.
                await self._settle(running, state, error)
            if error is not None:
                if not begun:
                    raise error
                head = head or running.head()
                if isinstance(error, BudgetExhausted):
                    for index in sorted(running.tally.open_choices):
                        yield head.chunk(
                            ChunkChoice(index=index, delta=Delta(), finish_reason="length")
                        )
                yield error_event(error)
                return
            if include_usage:
                head = head or running.head()
                yield head.usage(running.tally.usage, running.tally.usage_event)
            yield DONE

    async def _dispatch(
        self, request: ChatCompletionRequest, key: Key, request_id: str
    ) -> _Running:
        model = self.router.model(request.model)
        try:
            arrival = self.passage.arrive(request, model, key, request_id, endpoint=_ENDPOINT)
        except MiavoError as error:
            self.passage.refused(model, key, error)
            raise
        try:
            candidates = self.router.chat_candidates(model, request, key.terms.allow)
        except MiavoError as error:
            await self.passage.turn_away(arrival, error)
            raise
        try:
            admitted = await self.passage.admit(arrival, [each.model for each in candidates])
        except MiavoError as error:
            self.passage.refused(model, key, error)
            raise
        tally = Tally()
        events = in_turn(candidates, model, admitted.request)
        return _Running(admitted, tally, cast("AsyncGenerator[ChatEvents, None]", events))

    def _look_for_first_token(self, running: _Running) -> None:
        if running.tally.simulated:
            self.passage.simulated()
        if running.tally.first_token is not None:
            running.begun = True
            self.passage.begun(running.admitted, running.tally)

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
        await self.passage.leave(running.admitted, state, running.tally, error)


@dataclass(slots=True)
class _Running:
    admitted: Admitted
    tally: Tally
    events: AsyncGenerator[ChatEvents, None]
    begun: bool = False
    """Whether its first token has been told."""

    def head(self) -> ReplyHead:
        """What every chunk repeats; once the first batch of events is here."""
        return ReplyHead(self.admitted.answering(self.tally).slug)


def _written(event: ChatEvent, head: ReplyHead) -> bytes:
    """An event as the caller gets it; counts come last, if they are wanted."""
    if isinstance(event, Piece):
        return head.event(event)
    return comment(f"loading {event.what}") if isinstance(event, Loading) else b""
