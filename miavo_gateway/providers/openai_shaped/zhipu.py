"""Zhipu's GLM: one stop sequence, no forced calls, a user's message always, codes of its own.

Sources: docs.z.ai, the mirror of docs.bigmodel.cn, `zai-sdk` 0.2.3, litellm 1.109.1; nothing was
called live. Traits: `thinking` is "switch" (default) or "never"; `tool_stream` asks for arguments
as they are written.
"""

from __future__ import annotations

from collections.abc import Mapping

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.adapter import Asked
from miavo_gateway.providers.exchange import ErrorClass
from miavo_gateway.providers.limits import Limit
from miavo_gateway.providers.openai_shaped.adapter import OpenAIShaped, Reading
from miavo_gateway.providers.openai_shaped.efforts import effort_of
from miavo_gateway.providers.openai_shaped.json_reply import JsonSupport
from miavo_gateway.providers.openai_shaped.messages import Body, MessageRules
from miavo_gateway.providers.openai_shaped.replay import reasoning_of
from miavo_gateway.providers.openai_shaped.tools import ToolRules
from miavo_gateway.schema.chat import AssistantMessage

__all__ = ["LIMITS", "ZHIPU"]

LIMITS = (
    Limit("max_completion_tokens", "translated", "Into max_tokens."),
    Limit("temperature", "translated", "1 for what is above; 0 chooses the likeliest token."),
    Limit("top_p", "translated", "0.01 for what is below."),
    Limit("stop", "translated", "One sequence is taken, more are refused."),
    Limit("n", "refused", "GLM gives one choice."),
    Limit("presence_penalty", "refused", "GLM has none; 0 is taken."),
    Limit("frequency_penalty", "refused", "GLM has none; 0 is taken."),
    Limit("logit_bias", "refused", "GLM has none."),
    Limit("logprobs", "refused", "GLM tells no probabilities."),
    Limit("top_logprobs", "refused", "GLM tells no probabilities."),
    Limit("tool_choice", "refused", "GLM forces no calls: auto and none are taken."),
    Limit("parallel_tool_calls", "translated", "False leaves out all calls but the first."),
    Limit("response_format", "translated", "A schema goes into the instructions, in JSON mode."),
    Limit("reasoning_effort", "translated", "Into thinking on or off, by the models that think."),
    Limit("messages[].content[].image_url.detail", "dropped", "GLM has one size of image."),
    Limit("messages[].content[].input_audio", "refused", "GLM's chat does not hear."),
    Limit("messages[].content[].file", "refused", "GLM takes files by link only."),
    Limit("messages[].name", "dropped", "GLM knows no names of speakers."),
    Limit("tools[].function.strict", "dropped", "GLM has none."),
    Limit("seed", "dropped", "What it does is not documented."),
    Limit("user", "dropped", "GLM's is for persons only."),
)

_LEAST_TOP_P = 0.01
_CLASSES: Mapping[str, ErrorClass] = {
    **dict.fromkeys(("1000", "1001", "1002", "1003", "1004"), ErrorClass.BAD_CREDENTIAL),
    **dict.fromkeys(("1110", "1111", "1112", "1121", "1220"), ErrorClass.BAD_CREDENTIAL),
    **dict.fromkeys(("1120", "1230", "1231", "1234", "1305", "500"), ErrorClass.RETRY),
    **dict.fromkeys(("1113", "1304", "1308", "1309", "1310", "1311"), ErrorClass.QUOTA),
    **{str(code): ErrorClass.QUOTA for code in range(1313, 1322)},
    **dict.fromkeys(("1210", "1212", "1213", "1214", "1215"), ErrorClass.CLIENT),
    **dict.fromkeys(("1211", "1221", "1222"), ErrorClass.RETIRED),
    "1261": ErrorClass.CONTEXT_LENGTH,
    **dict.fromkeys(("1300", "1301"), ErrorClass.CONTENT_FILTER),
    **dict.fromkeys(("1302", "1303"), ErrorClass.THROTTLE),
}


def _classify(status: int, code: str, message: str) -> ErrorClass | None:
    """By the code alone: all kinds of trouble have the status 429."""
    del status, message
    return _CLASSES.get(code)


def _replay(body: Body, message: AssistantMessage, asked: Asked) -> None:
    if message.tool_calls and (reasoning := reasoning_of(message, asked)):
        body["reasoning_content"] = reasoning


def _shape(body: Body, asked: Asked) -> None:
    request, traits = asked.request, asked.model.traits
    effort = effort_of(request)
    if request.temperature is not None:
        if request.temperature == 0:
            body["do_sample"] = False
        else:
            body["temperature"] = min(1.0, request.temperature)
    if request.top_p is not None:
        body["top_p"] = max(_LEAST_TOP_P, request.top_p)
    if len(request.stops) > 1:
        raise InvalidRequest("'stop' has more than one sequence: GLM takes one.", param="stop")
    if request.stops:
        body["stop"] = list(request.stops)
    if effort is not None and traits.get("thinking", "switch") == "switch":
        body["thinking"] = {"type": "disabled" if effort == "none" else "enabled"}
    if body.get("tools") and traits.get("tool_stream") is True:
        body["tool_stream"] = True
    _make_ids_differ(body["messages"])
    _let_a_user_speak(body["messages"])


def _make_ids_differ(messages: list[Body]) -> None:
    """GLM refuses a conversation in which two calls have the same id."""
    latest: dict[str, str] = {}
    for message in messages:
        for call in message.get("tool_calls", ()):
            wire_id = call["id"]
            if wire_id in latest:
                call["id"] = f"{latest[wire_id]}_"
            latest[wire_id] = call["id"]
        if message["role"] == "tool":
            called = message["tool_call_id"]
            message["tool_call_id"] = latest.get(called, called)


def _let_a_user_speak(messages: list[Body]) -> None:
    """GLM refuses a conversation without a user: the last instruction speaks for one."""
    if any(message["role"] == "user" for message in messages):
        return
    for message in reversed(messages):
        if message["role"] == "system":
            message["role"] = "user"
            return
    raise InvalidRequest("'messages' needs one of role 'user' for GLM.", param="messages")


ZHIPU = OpenAIShaped(
    provider="zhipu",
    # The host in China has all the models, api.z.ai most; a key is good for one of them.
    base_url="https://open.bigmodel.cn/api/paas/v4",
    output_limit_field="max_tokens",
    counts_on_request=False,
    limits=LIMITS,
    messages=MessageRules(names=False, detail=False, bare_images=True, replay=_replay),
    tools=ToolRules(choice=False),
    json=JsonSupport.OBJECT,
    reading=Reading(
        think_tags=True,
        markers=("<|begin_of_box|>", "<|end_of_box|>"),
        keeps_reasoning=True,
        one_call=True,
    ),
    shape=_shape,
    classify=_classify,
)
