"""DeepSeek: thinks by default, forces no calls while it thinks, knows JSON but no schema.

Sources: the mirror of api-docs.deepseek.com, litellm 1.109.1 and pydantic-ai-slim 2.68.0; nothing
was called live. The trait `thinking` is "on" (default: unless the caller says otherwise), "always"
or "never".
"""

from __future__ import annotations

from collections.abc import Mapping

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.adapter import Asked
from miavo_gateway.providers.limits import Limit
from miavo_gateway.providers.openai_shaped.adapter import OpenAIShaped, Reading
from miavo_gateway.providers.openai_shaped.efforts import effort_of
from miavo_gateway.providers.openai_shaped.json_reply import JsonSupport
from miavo_gateway.providers.openai_shaped.messages import Body, MessageRules
from miavo_gateway.providers.openai_shaped.replay import reasoning_of
from miavo_gateway.providers.openai_shaped.tools import forces_a_call
from miavo_gateway.schema.chat import AssistantMessage

__all__ = ["DEEPSEEK", "LIMITS"]

LIMITS = (
    Limit("max_completion_tokens", "translated", "Into max_tokens: DeepSeek ignores the newer."),
    Limit("n", "refused", "DeepSeek gives one choice."),
    Limit("logit_bias", "refused", "DeepSeek has none."),
    Limit("logprobs", "translated", "Told without thinking only, so thinking is switched off."),
    Limit("top_logprobs", "translated", "As logprobs."),
    Limit("tool_choice", "translated", "A forced call switches thinking off."),
    Limit("parallel_tool_calls", "translated", "False leaves out all calls but the first."),
    Limit("response_format", "translated", "A schema goes into the instructions, in JSON mode."),
    Limit("reasoning_effort", "translated", "Into thinking off, or low, high or max."),
    Limit("messages[].content[].image_url.detail", "dropped", "DeepSeek has one size of image."),
    Limit("messages[].content[].input_audio", "refused", "DeepSeek does not hear."),
    Limit("messages[].content[].file", "refused", "DeepSeek takes no files."),
    Limit("tools[].function.strict", "dropped", "DeepSeek has it on its beta address only."),
    Limit("seed", "dropped", "DeepSeek has none; OpenAI promises no more than best effort."),
    Limit("user", "dropped", "DeepSeek would keep a cache for each user apart."),
)

_EFFORTS: Mapping[str, str] = {
    "minimal": "low",
    "low": "low",
    "medium": "high",
    "high": "high",
    "xhigh": "max",
    "max": "max",
}
"""DeepSeek's own are low, high and max."""


def _needs_no_thought(asked: Asked) -> str | None:
    """The field that DeepSeek serves only without thinking, if the request has one."""
    request = asked.request
    if forces_a_call(request):
        return "tool_choice"
    return "logprobs" if request.logprobs or request.top_logprobs else None


def _thinks(asked: Asked) -> bool:
    """Whether the model thinks on this request.

    Raises:
        InvalidRequest: it has to, and has not to.
    """
    kind = asked.model.traits.get("thinking", "on")
    effort = effort_of(asked.request)
    if kind == "never" or (effort == "none" and kind != "always"):
        return False
    field = _needs_no_thought(asked)
    if field is None:
        return True
    if kind == "always" or effort is not None:
        raise InvalidRequest(
            f"'{field}' cannot be used while this model thinks. Another model, or "
            "'reasoning_effort' of 'none' where that is possible, does it.",
            param=field,
        )
    return False


def _replay(body: Body, message: AssistantMessage, asked: Asked) -> None:
    if _thinks(asked):
        # In a turn with tool calls each reply needs it; a space is taken for what is lost.
        body["reasoning_content"] = reasoning_of(message, asked) or " "


def _shape(body: Body, asked: Asked) -> None:
    request = asked.request
    effort = effort_of(request)
    thinks = _thinks(asked)
    body["thinking"] = {"type": "enabled" if thinks else "disabled"}
    if thinks and effort is not None and effort in _EFFORTS:
        body["reasoning_effort"] = _EFFORTS[effort]
    if request.logprobs and not thinks:
        body["logprobs"] = True
        if request.top_logprobs is not None:
            body["top_logprobs"] = request.top_logprobs


DEEPSEEK = OpenAIShaped(
    provider="deepseek",
    base_url="https://api.deepseek.com",
    output_limit_field="max_tokens",
    limits=LIMITS,
    messages=MessageRules(detail=False, replay=_replay),
    json=JsonSupport.OBJECT,
    reading=Reading(keeps_reasoning=True, one_call=True),
    shape=_shape,
)
