"""What a request asks of the model, checked and in the model's own terms. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.local.smollm2.json_schema import ARGUMENTS, REPLY, grammar_for
from miavo_gateway.local.smollm2.prompt import render
from miavo_gateway.local.smollm2.runtime import CONTEXT, LONGEST_TOKEN, VOCABULARY
from miavo_gateway.schema.chat import (
    ChatCompletionRequest,
    JsonObjectFormat,
    JsonSchemaFormat,
    NamedToolChoice,
    Tool,
    ToolMessage,
)

__all__ = ["Calling", "Plan", "plan"]

Calling: TypeAlias = Literal["never", "may", "must"]

MOST_CHOICES = 8
MOST_TOOLS = 128
MOST_STOPS = 4
DEFAULT_OUTPUT_LIMIT = 1024
"""A model this small seldom comes to an end by itself; without a limit of the caller's, a reply
that rambles would hold a slot until the window is full."""
# The model card's advice for chat.
DEFAULT_TEMPERATURE = 0.2
DEFAULT_TOP_P = 0.9
REPEAT_PENALTY = 1.1
"""Without it, six of ten plain questions ended in one phrase over and over; with it, two or three.
It is left out where the caller sets a penalty, where JSON needs its quotes and commas, and where a
tool's result has to be repeated."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How one request is answered."""

    prompt: str
    """The conversation, ending where the reply begins."""
    choices: int
    output_limit: int
    """The most tokens of one choice."""
    sampling: dict[str, Any]
    """Sampling parameters under llama.cpp's names; nothing else is passed on."""
    seed: int | None
    stop: tuple[str, ...]
    top_logprobs: int | None
    """Alternatives wanted for each token; None if no log-probabilities are."""
    reply: str | None
    """The grammar that the text of the reply has to fit."""
    calling: Calling
    """Whether the reply calls a function."""
    functions: dict[str, str]
    """The functions it may call, with the grammars of their arguments."""
    several_calls: bool
    """Whether one reply may call more than once."""

    def seed_of(self, choice: int) -> int | None:
        """The seed of one choice: choices of one request differ, and repeat with it."""
        return None if self.seed is None else (self.seed + choice) % 0xFFFF_FFFF


def plan(request: ChatCompletionRequest) -> Plan:
    """Work out how to answer.

    Raises:
        InvalidRequest: the model cannot do what is asked.
    """
    if request.choices_wanted > MOST_CHOICES:
        raise InvalidRequest(
            f"local-smollm2-135m answers with at most {MOST_CHOICES} choices.", param="n"
        )
    calling, allowed = _calling(request)
    prompt = render(request.messages, allowed, demonstrate=calling == "may")
    if (size := len(prompt.encode())) > CONTEXT * LONGEST_TOKEN:
        # Refused unread: llama.cpp would be busy for seconds before it could say so.
        raise InvalidRequest(
            f"The prompt has at least {size // LONGEST_TOKEN} tokens, but local-smollm2-135m has "
            f"a window of {CONTEXT} for prompt and reply together.",
            param="messages",
        )
    tools = request.tools or []
    functions = {
        tool.function.name: grammar_for(
            tool.function.parameters or {"type": "object", "additionalProperties": False},
            strict=bool(tool.function.strict),
            narrowing=ARGUMENTS,
            param=f"tools[{index}].function.parameters",
            root_object=True,
        )
        for index, tool in enumerate(tools)
        if tool in allowed
    }
    return Plan(
        prompt=prompt,
        choices=request.choices_wanted,
        output_limit=request.output_limit or DEFAULT_OUTPUT_LIMIT,
        sampling=_sampling(request),
        seed=request.seed,
        stop=_stop(request),
        top_logprobs=(request.top_logprobs or 0) if request.logprobs else None,
        reply=_reply(request),
        calling=calling,
        functions=functions,
        several_calls=request.parallel_tool_calls is not False,
    )


def _calling(request: ChatCompletionRequest) -> tuple[Calling, list[Tool]]:
    tools = request.tools or []
    if len(tools) > MOST_TOOLS:
        raise InvalidRequest(f"At most {MOST_TOOLS} tools can be offered.", param="tools")
    names = [tool.function.name for tool in tools]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise InvalidRequest(
                f"Two tools are named {name}.", param=f"tools[{index}].function.name"
            )
    choice = request.tool_choice
    if isinstance(choice, NamedToolChoice):
        chosen = [tool for tool in tools if tool.function.name == choice.function.name]
        if not chosen:
            raise InvalidRequest(
                f"tool_choice names {choice.function.name}, which is not among the tools.",
                param="tool_choice.function.name",
            )
        return "must", chosen
    if choice == "required" and not tools:
        raise InvalidRequest("tool_choice is required, but no tools are given.", param="tools")
    if not tools or choice == "none":
        return "never", []
    return ("must" if choice == "required" else "may"), tools


def _reply(request: ChatCompletionRequest) -> str | None:
    wanted = request.response_format
    if isinstance(wanted, JsonObjectFormat):
        return grammar_for(
            {"type": "object"}, strict=False, narrowing=REPLY, param="response_format"
        )
    if isinstance(wanted, JsonSchemaFormat):
        return grammar_for(
            {} if wanted.json_schema.schema_ is None else wanted.json_schema.schema_,
            strict=bool(wanted.json_schema.strict),
            narrowing=REPLY,
            param="response_format.json_schema.schema",
        )
    return None


def _stop(request: ChatCompletionRequest) -> tuple[str, ...]:
    if len(request.stops) > MOST_STOPS:
        raise InvalidRequest(f"At most {MOST_STOPS} stop sequences can be given.", param="stop")
    return request.stops


def _sampling(request: ChatCompletionRequest) -> dict[str, Any]:
    given = request.temperature
    sampling: dict[str, Any] = {
        "temperature": DEFAULT_TEMPERATURE if given is None else given,
        "top_p": DEFAULT_TOP_P if request.top_p is None else request.top_p,
    }
    penalties = (request.presence_penalty, request.frequency_penalty)
    if penalties == (None, None) and not isinstance(request.messages[-1], ToolMessage):
        sampling["repeat_penalty"] = REPEAT_PENALTY
    if request.presence_penalty:
        sampling["presence_penalty"] = request.presence_penalty
    if request.frequency_penalty:
        sampling["frequency_penalty"] = request.frequency_penalty
    if request.logit_bias:
        sampling["logit_bias"] = [_bias(token, bias) for token, bias in request.logit_bias.items()]
    return sampling


def _bias(token: str, bias: float) -> list[Any]:
    if not (token.isdecimal() and token.isascii() and int(token[:9]) < VOCABULARY):
        raise InvalidRequest(
            f"logit_bias is by token id, 0 to {VOCABULARY - 1}.", param="logit_bias"
        )
    if not -100 <= bias <= 100:
        raise InvalidRequest("A logit_bias is between -100 and 100.", param="logit_bias")
    # OpenAI says that -100 bans a token; llama.cpp bans one by `false`.
    return [int(token[:9]), False if bias == -100 else bias]
