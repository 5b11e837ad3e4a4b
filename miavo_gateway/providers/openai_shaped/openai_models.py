"""What is special about OpenAI's models, as their catalogue entries' traits say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.openai_shaped.efforts import EFFORTS, effort_of, nearest
from miavo_gateway.schema.chat import ChatCompletionRequest

__all__ = ["OpenAITraits", "openai_traits", "refuse_sampling", "resolved_effort"]

_APIS = ("chat", "both", "responses")
_NEUTRAL = {
    "temperature": 1,
    "top_p": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "logit_bias": {},
    "logprobs": False,
    "top_logprobs": 0,
}


@dataclass(frozen=True, slots=True)
class OpenAITraits:
    """A model of which nothing is stated is sent everything as it is."""

    api: Literal["chat", "both", "responses"] = "chat"
    """Trait `api`. With "both", tools and reasoning together need the Responses API."""
    efforts: tuple[str, ...] = ()
    """Trait `efforts`, separated by spaces: what the model takes; empty if that is not known."""
    default_effort: str = "none"
    """Trait `default_effort`: how hard the model thinks if it is not told."""
    reasons: bool = True
    """Trait `reasoning`: false for a model that takes no effort at all."""
    takes_stop: bool = True
    """Trait `stop`."""
    takes_parallel: bool = True
    """Trait `parallel_tool_calls`."""
    summary: str | None = None
    """Trait `summary`, such as "auto": ask for summaries of the reasoning. OpenAI gives them to
    verified organizations alone and refuses the request of others, so nobody asks unbidden."""


def openai_traits(model: Model) -> OpenAITraits:
    """The traits of a model."""
    traits = model.traits
    api, summary = traits.get("api"), traits.get("summary")
    default = str(traits.get("default_effort", "none"))
    return OpenAITraits(
        api=cast('Literal["chat", "both", "responses"]', api) if api in _APIS else "chat",
        efforts=tuple(each for each in str(traits.get("efforts", "")).split() if each in EFFORTS),
        default_effort=default if default in EFFORTS else "none",
        reasons=traits.get("reasoning") is not False,
        takes_stop=traits.get("stop") is not False,
        takes_parallel=traits.get("parallel_tool_calls") is not False,
        summary=summary if isinstance(summary, str) and summary else None,
    )


def resolved_effort(request: ChatCompletionRequest, traits: OpenAITraits) -> str | None:
    """The effort to send: the nearest that the model knows; None to leave it to the model.

    Raises:
        InvalidRequest: there is no such effort.
    """
    effort = effort_of(request)
    if effort is None or not traits.reasons:
        return None
    return nearest(effort, traits.efforts)


def refuse_sampling(request: ChatCompletionRequest) -> None:
    """Refuse what a model does not take while it reasons.

    Raises:
        InvalidRequest: names the field.
    """
    for name, neutral in _NEUTRAL.items():
        value = getattr(request, name)
        if value is not None and value != neutral:
            raise InvalidRequest(
                f"'{name}' cannot be used while this model reasons. Leave it out, or set "
                "'reasoning_effort' to 'none' where the model can do without.",
                param=name,
            )
