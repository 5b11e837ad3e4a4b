"""Servers on the operator's own machine that speak OpenAI's format, each in its way.

Sources: ollama fb30760 (`openai/openai.go`, `middleware/openai.go`), llama.cpp's server as
llama_cpp_python 0.3.36 vendors it, vllm 0.33.0 (`entrypoints/openai`). None fetches images here: a
server inside a network must not be made to call addresses that a caller names.
"""

from __future__ import annotations

from collections.abc import Mapping

from miavo_gateway.providers.adapter import Asked
from miavo_gateway.providers.limits import Limit
from miavo_gateway.providers.openai_shaped.adapter import OpenAIShaped, Reading
from miavo_gateway.providers.openai_shaped.efforts import effort_of
from miavo_gateway.providers.openai_shaped.json_reply import JsonSupport
from miavo_gateway.providers.openai_shaped.messages import Body, MessageRules, Replay
from miavo_gateway.providers.openai_shaped.replay import reasoning_of
from miavo_gateway.providers.openai_shaped.tools import ToolRules
from miavo_gateway.schema.chat import AssistantMessage

__all__ = ["LOCAL_ROWS"]

_EVERYWHERE = (
    Limit("messages[].content[].file", "refused", "Servers on this machine take no files."),
    Limit("tools[].function.strict", "dropped", "These servers have none, or refuse it."),
    Limit("user", "dropped", "Nobody else uses the server."),
)
_OLLAMA_LIMITS = (
    *_EVERYWHERE,
    Limit("n", "refused", "Ollama gives one choice."),
    Limit("logit_bias", "refused", "Ollama ignores it."),
    Limit("tool_choice", "refused", "Ollama ignores it: auto and none are taken."),
    Limit("parallel_tool_calls", "translated", "False leaves out all calls but the first."),
)


def _shape(body: Body, asked: Asked) -> None:
    effort = effort_of(asked.request)
    if effort is not None:
        body["reasoning_effort"] = effort


def _replay_as(field: str) -> Replay:
    def replay(body: Body, message: AssistantMessage, asked: Asked) -> None:
        if reasoning := reasoning_of(message, asked):
            body[field] = reasoning

    return replay


_READING = Reading(think_tags=True)

LOCAL_ROWS: Mapping[str, OpenAIShaped] = {
    "local-ollama": OpenAIShaped(
        provider="local",
        base_url="http://127.0.0.1:11434/v1",
        output_limit_field="max_tokens",
        takes_links=False,
        limits=_OLLAMA_LIMITS,
        messages=MessageRules(
            names=False,
            audio=True,
            detail=False,
            mend_arguments=True,
            replay=_replay_as("reasoning"),
        ),
        tools=ToolRules(choice=False),
        reading=Reading(think_tags=True, one_call=True),
        shape=_shape,
    ),
    "local-llama-cpp": OpenAIShaped(
        provider="local",
        base_url="http://127.0.0.1:8080/v1",
        output_limit_field="max_tokens",
        takes_links=False,
        limits=_EVERYWHERE,
        messages=MessageRules(one_system=True, audio=True, replay=_replay_as("reasoning_content")),
        tools=ToolRules(named=False),
        reading=_READING,
        shape=_shape,
    ),
    "local-vllm": OpenAIShaped(
        provider="local",
        base_url="http://127.0.0.1:8000/v1",
        takes_links=False,
        limits=_EVERYWHERE,
        messages=MessageRules(one_system=True, audio=True, replay=_replay_as("reasoning")),
        reading=_READING,
        shape=_shape,
    ),
    "local-lm-studio": OpenAIShaped(
        provider="local",
        base_url="http://127.0.0.1:1234/v1",
        output_limit_field="max_tokens",
        takes_links=False,
        limits=_EVERYWHERE,
        messages=MessageRules(names=False, detail=False),
        tools=ToolRules(named=False),
        json=JsonSupport.SCHEMA_ONLY,
        reading=_READING,
        shape=_shape,
    ),
}
"""By the slug of the model that forwards to the server."""
