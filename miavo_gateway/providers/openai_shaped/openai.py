"""OpenAI's own chat completions (the `openai` package 3.54, `types/chat`).

Reasoning models take no sampling parameters while they reason, each knows its own efforts, and from
gpt-5.4 on function tools beside reasoning need the Responses API (`openai_responses`).
"""

from __future__ import annotations

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.adapter import Asked
from miavo_gateway.providers.limits import Limit
from miavo_gateway.providers.openai_shaped.adapter import OpenAIShaped, Reading
from miavo_gateway.providers.openai_shaped.messages import Body, MessageRules
from miavo_gateway.providers.openai_shaped.openai_models import (
    openai_traits,
    refuse_sampling,
    resolved_effort,
)
from miavo_gateway.providers.openai_shaped.tools import ToolRules
from miavo_gateway.schema.chat import ChatCompletionRequest

__all__ = ["LIMITS", "OPENAI"]

LIMITS = (
    Limit("max_tokens", "translated", "Into max_completion_tokens, which every model takes."),
    Limit("reasoning_effort", "translated", "To the nearest effort that the model knows."),
    Limit("audio.format", "refused", "A streamed reply is spoken as pcm16; plain ones in any."),
    Limit("messages[].content[].file.file_id", "refused", "Send the file itself."),
    Limit("messages[].content[].image_url", "translated", "Out of a tool's result to the user's."),
)

_PASSED_ON = ("verbosity", "prompt_cache_key", "safety_identifier")
"""OpenAI's own fields that change neither the price nor whose data is touched."""
_VOICE = "alloy"
"""Of a spoken reply whose caller names none."""
_SAMPLING = (
    "temperature",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
)


def _shape(body: Body, asked: Asked) -> None:
    request = asked.request
    traits = openai_traits(asked.model)
    effort = resolved_effort(request, traits)
    if request.tools and traits.api == "both" and effort is None:
        # What reasons by default goes to the Responses API; told so, the others surely do not.
        effort = "none"
    if effort is not None:
        body["reasoning_effort"] = effort
    if traits.efforts and (effort or traits.default_effort) != "none":
        refuse_sampling(request)
        for name in _SAMPLING:
            body.pop(name, None)
    if request.stop and not traits.takes_stop:
        raise InvalidRequest("'stop' cannot be used with this model.", param="stop")
    if not traits.takes_parallel or not body.get("tools"):
        body.pop("parallel_tool_calls", None)
    extra = request.model_extra or {}
    for name in _PASSED_ON:
        if extra.get(name) is not None:
            body[name] = extra[name]
    _put_audio(body, request)


def _put_audio(body: Body, request: ChatCompletionRequest) -> None:
    if request.modalities is None:
        return
    body["modalities"] = list(request.modalities)
    if "audio" not in request.modalities:
        return
    wanted = request.audio
    if request.stream and wanted is not None and wanted.format != "pcm16":
        raise InvalidRequest(
            "'audio.format': a streamed reply is spoken as 'pcm16' only.", param="audio.format"
        )
    # Replies come as streams, which OpenAI speaks in this format alone; a plain reply is put into
    # the caller's format here.
    body["audio"] = {"voice": (wanted and wanted.voice) or _VOICE, "format": "pcm16"}


OPENAI = OpenAIShaped(
    provider="openai",
    base_url="https://api.openai.com/v1",
    limits=LIMITS,
    messages=MessageRules(developer="developer", files=True, audio=True, refusals=True),
    tools=ToolRules(strict=True),
    reading=Reading(relays=True),
    shape=_shape,
)
