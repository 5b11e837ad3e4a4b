"""What holds for Claude wherever it is served: its thinking, its sampling, its output limit.

Anthropic's Messages and Bedrock's Converse differ in how a request is written down, not in what a
model takes. An adapter takes three steps: `claude_rules(model)`, `output_limit(request, rules)`,
then `thinking(...)`, whose outcome `sampling(...)` wants to know.

A model's own rules are the traits of its catalogue entry, by the names of `ClaudeRules`' fields.
Facts: anthropic 2.12.0; Anthropic's pages on thinking, effort and errors; the profiles of
pydantic-ai-slim 2.68.0, whose authors say that they tried them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import ConfigurationError, InvalidRequest
from miavo_gateway.schema.chat import (
    AssistantMessage,
    ChatCompletionRequest,
    Message,
    NamedToolChoice,
    ToolMessage,
)

__all__ = [
    "ClaudeRules",
    "Sampling",
    "Thinking",
    "check_last",
    "claude_rules",
    "forces_tool",
    "output_limit",
    "sampling",
    "thinking",
    "turn_lacks_thought",
]

_LEAST_BUDGET = 1_024
"""Tokens that a thinking budget has at the least (ThinkingConfigEnabledParam)."""
_BUDGETS: Final = {
    "minimal": 1_024,
    "low": 2_048,
    "medium": 8_192,
    "high": 16_384,
    "xhigh": 32_768,
    "max": 32_768,
}
_LADDER: Final = ("low", "medium", "high", "xhigh", "max")
_LEAST_THINKING_TOP_P = 0.95
"""What `top_p` may be at the least beside thinking."""


class ClaudeRules(Struct, frozen=True, kw_only=True):
    """What is special about one Claude. The defaults let a model through that nobody described."""

    thinking: Literal["adaptive", "budget", "none"] = "adaptive"
    """`budget`: thinking that is enabled with a number of tokens, as before Claude 4.6."""
    thinks_unasked: bool = False
    """Whether it thinks where the request says nothing of it, so that it has to be told not to."""
    efforts: str = "low medium high max"
    """The values that `output_config.effort` takes; empty where there is no such setting."""
    sampling: bool = True
    """Whether `temperature` and `top_p` may be set."""
    max_output: int = 0
    """The most output tokens, thinking included; 0 where it is not known."""
    default_output: int = 0
    """The output limit of a request that sets none; 0 for `max_output`."""
    prefill: bool = True
    """Whether it goes on from an assistant message at the end."""
    schemas: bool = True
    """Whether it takes a JSON schema for its answer natively."""


@dataclass(frozen=True, slots=True)
class Thinking:
    """How a request asks for thought."""

    mode: Literal["unsaid", "adaptive", "budget", "disabled"] = "unsaid"
    budget: int = 0
    """Tokens, inside the output limit; 0 unless `mode` is `budget`."""
    effort: str | None = None
    """For `output_config.effort`."""

    @property
    def on(self) -> bool:
        """Whether the model is asked to think."""
        return self.mode in ("adaptive", "budget")

    def setting(self) -> dict[str, Any] | None:
        """The value of Claude's field `thinking`; None where it is left out."""
        match self.mode:
            case "adaptive":
                # Newer models otherwise return the thought without its words.
                return {"type": "adaptive", "display": "summarized"}
            case "budget":
                return {"type": "enabled", "budget_tokens": self.budget}
            case "disabled":
                return {"type": "disabled"}
            case "unsaid":
                return None


@dataclass(frozen=True, slots=True)
class Sampling:
    """Sampling settings to send; None is left out."""

    temperature: float | None = None
    top_p: float | None = None


def claude_rules(model: Model) -> ClaudeRules:
    """The rules of a model, from its traits; traits that are not Claude's are passed over.

    Raises:
        ConfigurationError: a trait has a value that means nothing.
    """
    try:
        return msgspec.convert(dict(model.traits), ClaudeRules)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"model {model.slug}: traits: {error}") from None


def output_limit(request: ChatCompletionRequest, rules: ClaudeRules, *, otherwise: int) -> int:
    """The output limit to send, in tokens: Claude has to be given one.

    Args:
        request: the request.
        rules: the model's.
        otherwise: the limit where neither the caller nor the rules name one.
    """
    wanted = request.output_limit or rules.default_output or rules.max_output or otherwise
    return min(wanted, rules.max_output) if rules.max_output else wanted


def forces_tool(request: ChatCompletionRequest) -> bool:
    """Whether the request forces a tool to be called."""
    choice = request.tool_choice
    return choice == "required" or isinstance(choice, NamedToolChoice)


def check_last(rules: ClaudeRules, *, goes_on: bool) -> None:
    """Check that the model takes the end of a conversation.

    Args:
        rules: the model's.
        goes_on: whether it is to go on from an assistant message.

    Raises:
        InvalidRequest: it does not.
    """
    if goes_on and not rules.prefill:
        raise InvalidRequest(
            "The last message is the assistant's, which this model does not go on from.",
            param="messages",
        )


def turn_lacks_thought(messages: Iterable[Message], remembered: Callable[[str], bool]) -> bool:
    """Whether the last turn is in the middle of tool calls, and began without a thought.

    Manual thinking has to have been on since the turn began; adaptive thinking need not.

    Args:
        messages: the conversation.
        remembered: whether there is a thought for a tool call's id.
    """
    first: AssistantMessage | None = None
    in_loop = False
    for message in messages:
        if isinstance(message, AssistantMessage):
            first, in_loop = first or message, False
        elif isinstance(message, ToolMessage):
            in_loop = True
        elif not in_loop:  # Words after tool results are of the same turn as these.
            first = None
    if not in_loop or first is None:
        return False
    return not first.tool_calls or not remembered(first.tool_calls[0].id)


def thinking(
    request: ChatCompletionRequest,
    rules: ClaudeRules,
    *,
    limit: int,
    forced: bool,
    lacks_thought: bool,
) -> Thinking:
    """How `reasoning_effort` is asked for.

    Manual thinking goes with neither a forced tool nor a turn that began without it: there the
    effort gives way, as the request would be refused.

    Args:
        request: the request.
        rules: the model's.
        limit: its output limit, in tokens.
        forced: whether a tool has to be called, or the model goes on from an assistant message.
        lacks_thought: what `turn_lacks_thought` says.

    Raises:
        InvalidRequest: the effort is not known, or the model does not think.
    """
    wanted = request.reasoning_effort
    if wanted is None:
        return Thinking()
    if wanted == "none":
        return Thinking("disabled" if rules.thinks_unasked else "unsaid")
    if wanted not in _BUDGETS:
        known = ", ".join(["none", *_BUDGETS])
        raise InvalidRequest(f"'reasoning_effort' is none of {known}.", param="reasoning_effort")
    if rules.thinking == "none":
        raise InvalidRequest(
            "'reasoning_effort' cannot be set: this model does not reason.",
            param="reasoning_effort",
        )
    effort = _nearest(wanted, rules.efforts.split())
    if rules.thinking == "adaptive":
        return Thinking("adaptive", effort=effort)
    # Half of the output is left for the answer, unless the least thought takes more.
    budget = min(_BUDGETS[wanted], max(_LEAST_BUDGET, limit // 2))
    if forced or lacks_thought or budget >= limit:
        return Thinking(effort=effort)
    return Thinking("budget", budget, effort)


def _nearest(wanted: str, offered: list[str]) -> str | None:
    """The effort itself, else the next above it that there is, else the highest."""
    rungs = [rung for rung in _LADDER if rung in offered]
    if not rungs:
        return None
    place = _LADDER.index(wanted) if wanted in _LADDER else 0
    above = (rung for rung in rungs if _LADDER.index(rung) >= place)
    return next(above, rungs[-1])


def sampling(request: ChatCompletionRequest, rules: ClaudeRules, *, thinking: bool) -> Sampling:
    """The sampling settings. 1 is Claude's default for both, and the most that there is.

    Args:
        request: the request.
        rules: the model's.
        thinking: whether it is asked to think.

    Raises:
        InvalidRequest: the model, its thinking or the other setting does not allow one.
    """
    temperature = _below_one(request.temperature)
    top_p = _below_one(request.top_p)
    for field, value in (("temperature", temperature), ("top_p", top_p)):
        if value is None:
            continue
        if not rules.sampling:
            raise InvalidRequest(
                f"'{field}' cannot be set for this model; only 1, the default, is taken.",
                param=field,
            )
        if thinking and (field == "temperature" or value < _LEAST_THINKING_TOP_P):
            raise InvalidRequest(
                f"'{field}' cannot be set while the model reasons: leave it out, or set "
                "'reasoning_effort' to \"none\".",
                param=field,
            )
    if temperature is not None and top_p is not None:
        raise InvalidRequest(
            "Claude takes either 'temperature' or 'top_p', not both.", param="top_p"
        )
    return Sampling(temperature, top_p)


def _below_one(value: float | None) -> float | None:
    return value if value is not None and value < 1 else None
