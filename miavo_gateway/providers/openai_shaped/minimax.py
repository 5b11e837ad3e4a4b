"""MiniMax' chat completions: errors in answers of status 200, thoughts that are always there.

Sources: the mirror of platform.minimax.io's text-openai-api page, litellm 1.109.1, agno 3.1.10, and
issues of MiniMax-AI's repositories; nothing was called live.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

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

__all__ = ["LIMITS", "MINIMAX"]

LIMITS = (
    Limit("temperature", "translated", "Into MiniMax' range: 0.01 for 0, 1 for what is above."),
    Limit("top_p", "translated", "0.01 for 0."),
    Limit("n", "refused", "MiniMax gives one choice."),
    Limit("stop", "refused", "MiniMax has no stop sequences."),
    Limit("presence_penalty", "refused", "MiniMax ignores it; 0 is taken."),
    Limit("frequency_penalty", "refused", "MiniMax ignores it; 0 is taken."),
    Limit("logit_bias", "refused", "MiniMax ignores it."),
    Limit("logprobs", "refused", "MiniMax tells no probabilities."),
    Limit("top_logprobs", "refused", "MiniMax tells no probabilities."),
    Limit("tool_choice", "refused", "MiniMax forces no calls: auto and none are taken."),
    Limit("parallel_tool_calls", "translated", "False leaves out all calls but the first."),
    Limit("response_format", "translated", "Into an instruction: M2 has no JSON mode."),
    Limit("reasoning_effort", "dropped", "The models always think, as hard as they do."),
    Limit("messages[].content[].input_audio", "refused", "MiniMax' chat does not hear."),
    Limit("messages[].content[].file", "refused", "MiniMax' chat takes no files."),
    Limit("messages[].name", "dropped", "MiniMax' names have a meaning of their own."),
    Limit("tools[].function.strict", "dropped", "MiniMax has none."),
    Limit("seed", "dropped", "MiniMax has none; OpenAI promises no more than best effort."),
    Limit("user", "dropped", "MiniMax has no such field."),
)

_LEAST = 0.01
_CODE_AT_END = re.compile(r"\((\d{4,10})\)\s*$")
_CLASSES: Mapping[str, ErrorClass] = {
    **dict.fromkeys(("1000", "1001", "1013", "1024", "1033"), ErrorClass.RETRY),
    # 1039 is said to be a limit on tokens: of the minute, or of the request.
    **dict.fromkeys(("1002", "1039", "1041", "2045"), ErrorClass.THROTTLE),
    **dict.fromkeys(("1004", "2038", "2049"), ErrorClass.BAD_CREDENTIAL),
    **dict.fromkeys(
        ("1008", "1028", "1030", "2056", "2067", "1400010161"),
        ErrorClass.QUOTA,
    ),
    **dict.fromkeys(("1026", "1027"), ErrorClass.CONTENT_FILTER),
    **dict.fromkeys(("1042", "2013", "2042", "20132"), ErrorClass.CLIENT),
    "2061": ErrorClass.RETIRED,
}


def _classify(status: int, code: str, message: str) -> ErrorClass | None:
    """By the number, which HTTP errors have at the end of their message."""
    number = _CODE_AT_END.search(message)
    found = _CLASSES.get(number[1] if number else code)
    # An unknown number under status 200 says nothing against the credential.
    return found or (ErrorClass.RETRY if status < 400 and code.isdecimal() else None)


def _replay(body: Body, message: AssistantMessage, asked: Asked) -> None:
    reasoning = reasoning_of(message, asked)
    if reasoning:
        body["reasoning_details"] = [{"type": "reasoning.text", "text": reasoning}]


def _shape(body: Body, asked: Asked) -> None:
    request = asked.request
    effort_of(request)  # One that does not exist is refused here too.
    if request.temperature is not None:
        body["temperature"] = min(1.0, max(_LEAST, request.temperature))
    if request.top_p is not None:
        body["top_p"] = max(_LEAST, request.top_p)
    body["reasoning_split"] = True


MINIMAX = OpenAIShaped(
    provider="minimax",
    base_url="https://api.minimax.io/v1",
    limits=LIMITS,
    messages=MessageRules(one_system=True, names=False, mend_arguments=True, replay=_replay),
    tools=ToolRules(choice=False),
    json=JsonSupport.NOTHING,
    reading=Reading(think_tags=True, may_grow=True, keeps_reasoning=True, one_call=True),
    shape=_shape,
    classify=_classify,
)
