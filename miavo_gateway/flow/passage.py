"""The way in and the way out of every request: allow-list, windows and hold; settle and correct."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import BudgetExhausted, MiavoError, ModelNotAllowed
from miavo_gateway.flow.allow_list import allows
from miavo_gateway.flow.estimate import (
    DEFAULT_OUTPUT,
    PromptEstimate,
    estimate_prompt,
    output_bound,
)
from miavo_gateway.flow.fallbacks import dearest_price
from miavo_gateway.flow.key import Key
from miavo_gateway.flow.ledger import Ledger
from miavo_gateway.flow.limiter import Entry, Limiter
from miavo_gateway.flow.pricing import affordable_output, price_of
from miavo_gateway.flow.sound_bounds import sound_hold
from miavo_gateway.flow.tally import Tally
from miavo_gateway.flow.ticket import HoldRange, Outcome, Ticket
from miavo_gateway.schema.chat import ChatCompletionRequest
from miavo_gateway.store.tables import UsageState

__all__ = ["Admitted", "Arrival", "Passage"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request that its key may make now; nothing is held for it yet."""

    request_id: str
    request: ChatCompletionRequest
    model: Model
    key: Key
    endpoint: str
    entry: Entry
    prompt: PromptEstimate


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request that may leave: paid for as far as its hold goes."""

    model: Model
    ticket: Ticket
    entry: Entry
    prompt: PromptEstimate
    request: ChatCompletionRequest
    """As it may leave: capped to what the hold pays for, where nothing else bounds it."""
    models: Sequence[Model]
    """Those that may answer: the model asked for, or what stands in for it."""

    def answering(self, tally: Tally) -> Model:
        """The model that answers, as far as is known."""
        stands_in = (each for each in self.models if each.slug == tally.answered_by)
        return next(stands_in, self.model) if tally.answered_by else self.model


@dataclass(frozen=True, slots=True)
class Passage:
    """Lets requests in and settles them when they end."""

    limiter: Limiter
    ledger: Ledger

    def arrive(
        self,
        request: ChatCompletionRequest,
        model: Model,
        key: Key,
        request_id: str,
        *,
        endpoint: str,
    ) -> Arrival:
        """Check what a key may ask.

        Raises:
            ModelNotAllowed: the model is not on the key's allow-list.
            RateLimitExceeded: a window of the key is full.
        """
        prompt = estimate_prompt(request)
        entry = self.enter(model, key, prompt.likely + output_bound(request))
        return Arrival(request_id, request, model, key, endpoint, entry, prompt)

    def enter(self, model: Model, key: Key, tokens: int) -> Entry:
        """Let a key's request through its allow-list and its windows.

        Args:
            model: the model asked for.
            key: the caller's.
            tokens: those that the request is likely to take.

        Raises:
            ModelNotAllowed: the model is not on the key's allow-list.
            RateLimitExceeded: a window of the key is full.
        """
        if not allows(key.terms.allow, model):
            raise ModelNotAllowed(
                f"'{model.slug}' is not on the allow-list of the key '{key.name}'.", param="model"
            )
        return self.limiter.enter(key, tokens)

    async def turn_away(self, arrival: Arrival, error: MiavoError) -> None:
        """End a request that nothing here can answer; it is on record and costs nothing."""
        self.limiter.withdraw(arrival.entry)
        await self.ledger.refuse(
            arrival.request_id,
            arrival.key,
            arrival.model,
            endpoint=arrival.endpoint,
            stream=arrival.request.stream,
            error=error,
        )

    async def admit(self, arrival: Arrival, models: Sequence[Model]) -> Admitted:
        """Hold the most that a request may cost; its row and hold are written on return.

        Args:
            arrival: the request.
            models: those that may answer it; the hold covers the dearest.

        Raises:
            BudgetExhausted: the credit or the key's budget does not cover the request.
        """
        request, model, prompt = arrival.request, arrival.model, arrival.prompt
        # Wanted is the most there can be. The last of a balance goes to one request at a time,
        # for what it is likely to take; what it may take beyond that the ledger never charges.
        try:
            hold = await sound_hold(model, request) or HoldRange(
                least=dearest_price(models, prompt.likely, 1),
                wanted=dearest_price(models, prompt.most, output_bound(request)),
            )
            ticket = await self.ledger.open(
                arrival.request_id,
                arrival.key,
                model,
                endpoint=arrival.endpoint,
                stream=request.stream,
                hold=hold,
            )
        except BaseException:
            self.limiter.withdraw(arrival.entry)
            raise
        capped = _capped(request, models, prompt, ticket, whole=ticket.held >= hold.wanted)
        return Admitted(model, ticket, arrival.entry, prompt, capped, models)

    def refused(self, model: Model, key: Key, error: MiavoError) -> None:
        """Tell that a request was refused for its key; it is on no record."""
        self.ledger.observer.refused(key, model, error)

    def simulated(self) -> None:
        """Tell that the sandbox answers the request that the running task serves."""
        self.ledger.observer.simulated()

    def begun(self, admitted: Admitted, tally: Tally) -> None:
        """Tell that the first token of a reply has come."""
        ticket = admitted.ticket
        if tally.first_token is not None:
            took = round((tally.first_token - ticket.clock) * 1_000_000)
            self.ledger.observer.first_token(ticket.request_id, ticket.model.slug, took)

    async def keep_covered(self, admitted: Admitted, tally: Tally) -> None:
        """Hold more for a reply that outgrows its hold.

        Raises:
            BudgetExhausted: nothing is left to hold.
        """
        if tally.output < tally.covered:
            return
        prices, prompt = admitted.answering(tally).prices, admitted.prompt.likely
        if not prices.output_nano:
            return
        if price_of(prices, prompt, tally.output + 1) <= admitted.ticket.held:
            tally.covered = affordable_output(prices, prompt, admitted.ticket.held) or 0
            return
        if not await self.ledger.extend(admitted.ticket, DEFAULT_OUTPUT * prices.output_nano):
            raise BudgetExhausted("The credit ran out while the reply was being written.")

    async def leave(
        self, admitted: Admitted, state: UsageState, tally: Tally, error: MiavoError | None
    ) -> None:
        """End a request: charge what was delivered, correct the windows; durable on return."""
        usage = tally.usage
        if tally.seen and not (usage.prompt or usage.milliseconds):
            # Cut before anything was counted: the prompt was read all the same.
            usage = replace(usage, uncached_input=admitted.prompt.likely)
        self.limiter.leave(admitted.entry, usage.total)
        await self.ledger.settle(
            admitted.ticket,
            Outcome(
                state,
                usage=usage,
                finish_reason=tally.finish_reason,
                first_token=tally.first_token,
                error=error,
                answered_by=admitted.answering(tally) if tally.answered_by else None,
                simulated=tally.simulated,
            ),
        )


def _capped(
    request: ChatCompletionRequest,
    models: Iterable[Model],
    prompt: PromptEstimate,
    ticket: Ticket,
    *,
    whole: bool,
) -> ChatCompletionRequest:
    """Bound the output by the hold, where nothing else does.

    The caller's own limit may do so already. Without one a `whole` hold is extended as the reply
    grows; one that is short took the last of the balance.
    """
    own = request.output_limit
    if own is None and whole:
        return request
    bounds = [affordable_output(model.prices, prompt.likely, ticket.held) for model in models]
    affordable = min((bound for bound in bounds if bound is not None), default=None)
    if affordable is None:
        return request
    each = max(1, affordable // request.choices_wanted)
    if own is not None and own <= each:
        return request
    return request.model_copy(update={"max_tokens": None, "max_completion_tokens": each})
