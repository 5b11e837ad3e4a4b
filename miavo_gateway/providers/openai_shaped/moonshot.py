"""Moonshot's Kimi: a fixed temperature, thoughts that must come back, no forced calls.

Sources: platform.kimi.ai's pages, litellm 1.109.1 and pydantic-ai-slim 2.68.0; nothing was called
live. Traits: `thinking` is "switch" (default), "always" or "never"; `sampling` is false where the
platform fixes it.
"""

from __future__ import annotations

from collections.abc import Mapping

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.adapter import Asked
from miavo_gateway.providers.exchange import ErrorClass
from miavo_gateway.providers.limits import Limit
from miavo_gateway.providers.openai_shaped.adapter import OpenAIShaped, Reading
from miavo_gateway.providers.openai_shaped.efforts import effort_of
from miavo_gateway.providers.openai_shaped.fields import limit_of, refuse
from miavo_gateway.providers.openai_shaped.json_reply import JsonSupport
from miavo_gateway.providers.openai_shaped.messages import Body, MessageRules
from miavo_gateway.providers.openai_shaped.replay import reasoning_of
from miavo_gateway.providers.openai_shaped.tools import ToolRules
from miavo_gateway.schema.chat import AssistantMessage, ChatCompletionRequest

__all__ = ["LIMITS", "MOONSHOT"]

LIMITS = (
    Limit("temperature", "translated", "1 for what is above; K2.5 and K2.6 take 1 alone."),
    Limit("top_p", "translated", "K2.5 and K2.6 take their own alone."),
    Limit("n", "translated", "K2.5 and K2.6 give one choice."),
    Limit("presence_penalty", "translated", "K2.5 and K2.6 take 0 alone."),
    Limit("frequency_penalty", "translated", "K2.5 and K2.6 take 0 alone."),
    Limit("logit_bias", "refused", "Kimi has none."),
    Limit("logprobs", "refused", "Kimi tells no probabilities."),
    Limit("top_logprobs", "refused", "Kimi tells no probabilities."),
    Limit("tool_choice", "refused", "Kimi forces no calls: auto and none are taken."),
    Limit("parallel_tool_calls", "translated", "False leaves out all calls but the first."),
    Limit("response_format", "translated", "A schema goes into the instructions, in JSON mode."),
    Limit("reasoning_effort", "translated", "Into thinking on or off, where it can be off."),
    Limit("messages[].content[].image_url.detail", "dropped", "Kimi has one size of image."),
    Limit("messages[].content[].input_audio", "refused", "Kimi does not hear."),
    Limit("messages[].content[].file", "refused", "Kimi's chat takes no files."),
    Limit("tools[].function.strict", "dropped", "Kimi's schemas are a dialect of their own."),
    Limit("seed", "dropped", "Kimi has none; OpenAI promises no more than best effort."),
    Limit("user", "dropped", "Kimi has no such field."),
)

_SAMPLING: Mapping[str, tuple[float, ...]] = {
    "temperature": (1,),
    "top_p": (0.95, 1),
    "n": (1,),
    "presence_penalty": (0,),
    "frequency_penalty": (0,),
}
"""What a model of fixed sampling does anyway, and what says as much."""
_CLASSES: Mapping[str, ErrorClass] = {
    "exceeded_current_quota_error": ErrorClass.QUOTA,
    "rate_limit_reached_error": ErrorClass.THROTTLE,
    "engine_overloaded_error": ErrorClass.RETRY,
    "invalid_authentication_error": ErrorClass.BAD_CREDENTIAL,
    "incorrect_api_key_error": ErrorClass.BAD_CREDENTIAL,
    "content_filter": ErrorClass.CONTENT_FILTER,
    "resource_not_found_error": ErrorClass.RETIRED,
}


def _classify(status: int, code: str, message: str) -> ErrorClass | None:
    found = _CLASSES.get(code)
    if found is None and status == 403 and "balance" in message.lower():
        return ErrorClass.QUOTA
    return found


def _thinks(asked: Asked) -> bool:
    """Whether the model may think on this request."""
    kind = asked.model.traits.get("thinking", "switch")
    return kind == "always" or (kind == "switch" and asked.request.reasoning_effort != "none")


def _replay(body: Body, message: AssistantMessage, asked: Asked) -> None:
    if message.tool_calls and _thinks(asked):
        # A single space is the least that Kimi takes in the place of what is lost.
        body["reasoning_content"] = reasoning_of(message, asked) or " "


def _shape(body: Body, asked: Asked) -> None:
    request, traits = asked.request, asked.model.traits
    effort = effort_of(request)
    if traits.get("sampling") is False:
        _refuse_sampling(request)
    else:
        for name in _SAMPLING:
            if getattr(request, name) is not None:
                body[name] = getattr(request, name)
        if request.temperature is not None:
            body["temperature"] = min(1.0, request.temperature)
    if effort is not None and traits.get("thinking", "switch") == "switch":
        body["thinking"] = {"type": "disabled" if effort == "none" else "enabled"}
    last = request.messages[-1]
    if isinstance(last, AssistantMessage) and (last.model_extra or {}).get("partial") is True:
        body["messages"][-1]["partial"] = True


def _refuse_sampling(request: ChatCompletionRequest) -> None:
    for name, taken in _SAMPLING.items():
        value = getattr(request, name)
        if value is not None and value not in taken:
            limit = limit_of(LIMITS, name)
            if name == "n":
                refuse(limit)
            raise InvalidRequest(
                f"'{name}' is fixed for this model by Moonshot: leave it out.", param=name
            )


MOONSHOT = OpenAIShaped(
    provider="moonshot",
    base_url="https://api.moonshot.ai/v1",
    takes_links=False,
    limits=LIMITS,
    messages=MessageRules(detail=False, replay=_replay),
    tools=ToolRules(choice=False),
    json=JsonSupport.OBJECT,
    reading=Reading(keeps_reasoning=True, one_call=True),
    shape=_shape,
    classify=_classify,
)
