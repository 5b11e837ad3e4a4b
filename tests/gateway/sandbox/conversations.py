"""The conversations that every simulated provider is put through."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)
BALLOONS = "🎈日本語é👩‍🚀" * 8


def tool(name: str) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": f"Tells the {name} of a city",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
                "additionalProperties": False,
            },
        },
    }


WEATHER, TIME = tool("weather"), tool("time")
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "people": {"type": "integer"}},
    "required": ["city", "people"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Said:
    """A reply, whether it came whole or as a stream."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: tuple[tuple[str, str, str], ...] = ()
    """Id, name and arguments."""
    finish: str | None = None
    prompt_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass(frozen=True)
class Case:
    """A request, and what has to be true of the reply to it."""

    fields: dict[str, Any]
    holds: Callable[[Said], bool]
    refusable: tuple[str, ...] = ()
    """Words of which a refusal names one; without any, the provider has to be able to do it."""
    or_blocked: bool = False
    """Whether a refusal may be the provider's own, about the content."""


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def shown(text: str) -> dict[str, Any]:
    image = {"type": "image_url", "image_url": {"url": PIXEL}}
    return {"role": "user", "content": [{"type": "text", "text": text}, image]}


def answered(*results: tuple[str, Any]) -> list[dict[str, Any]]:
    """A turn with tool calls and their results."""
    calls = [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": name, "arguments": '{"city": "Oslo"}'},
        }
        for number, (name, _) in enumerate(results)
    ]
    return [
        user("How is Oslo?"),
        {"role": "assistant", "content": None, "tool_calls": calls},
        *(
            {"role": "tool", "tool_call_id": f"call_{number}", "content": content}
            for number, (_, content) in enumerate(results)
        ),
    ]


def says(*words: str) -> Callable[[Said], bool]:
    return lambda said: said.finish == "stop" and all(word in said.text for word in words)


def calls(*names: str, ends: tuple[str, ...] = ("tool_calls",)) -> Callable[[Said], bool]:
    def hold(said: Said) -> bool:
        ids = {call_id for call_id, _, _ in said.calls}
        return (
            said.finish in ends
            and [name for _, name, _ in said.calls] == list(names)
            and all("city" in json.loads(arguments) for _, _, arguments in said.calls)
            and len(ids) == len(names)
            and "" not in ids
        )

    return hold


def json_of(*names: str) -> Callable[[Said], bool]:
    def hold(said: Said) -> bool:
        value = json.loads(said.text)
        return said.finish == "stop" and isinstance(value, dict) and set(names) <= set(value)

    return hold


IMAGES = ("image", "vision")
PICTURE_RESULT = [
    {"type": "text", "text": "A picture:"},
    {"type": "image_url", "image_url": {"url": PIXEL}},
]

CASES: dict[str, Case] = {
    "plain": Case({"messages": [user("Hello")]}, says("Simulated reply of", "Hello")),
    "system": Case(
        {"messages": [{"role": "system", "content": "Be brief."}, user("Hello")]}, says("Hello")
    ),
    "several-system": Case(
        {
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "developer", "content": "Be kind."},
                user("Hello"),
            ]
        },
        says("Hello"),
    ),
    "multi-turn": Case(
        {
            "messages": [
                user("One " * 40),
                {"role": "assistant", "content": "Two"},
                user("Three"),
                user("Four"),
            ]
        },
        says("Four"),
    ),
    "one-tool": Case(
        {"messages": [user("Ask weather")], "tools": [WEATHER, TIME]}, calls("weather")
    ),
    "parallel-tools": Case(
        {"messages": [user("Ask weather and time")], "tools": [WEATHER, TIME]},
        calls("weather", "time"),
    ),
    "forced-tool": Case(
        {"messages": [user("Hello")], "tools": [WEATHER, TIME], "tool_choice": "required"},
        calls("weather"),
        refusable=("tool_choice",),
    ),
    "named-tool": Case(
        {
            "messages": [user("Hello")],
            "tools": [WEATHER, TIME],
            "tool_choice": {"type": "function", "function": {"name": "time"}},
        },
        # OpenAI ends a call by name with "stop", and others need not.
        calls("time", ends=("tool_calls", "stop")),
        refusable=("tool_choice",),
    ),
    "no-tool": Case(
        {
            "messages": [user("Ask weather")],
            "tools": [WEATHER],
            "tool_choice": "none",
        },
        says("Ask weather"),
    ),
    "tool-result": Case(
        {"messages": answered(("weather", "Sunny")), "tools": [WEATHER]},
        says("weather returned: Sunny"),
    ),
    "tool-results": Case(
        {
            "messages": answered(("weather", "Sunny"), ("time", "Noon")),
            "tools": [WEATHER, TIME],
        },
        says("Sunny", "Noon"),
    ),
    "tool-result-with-image": Case(
        {"messages": answered(("weather", PICTURE_RESULT)), "tools": [WEATHER]},
        # Some providers show the picture in a user message after the result.
        lambda said: said.finish == "stop" and "1x1" in said.text,
        refusable=(*IMAGES, "messages"),
    ),
    "image": Case(
        {"messages": [shown("What is this?")]}, says("with 1 image", "1x1"), refusable=IMAGES
    ),
    "json-mode": Case(
        {"messages": [user("Say it in JSON")], "response_format": {"type": "json_object"}},
        json_of(),
        refusable=("response_format",),
    ),
    "strict-schema": Case(
        {
            "messages": [user("Say it in JSON")],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "town", "strict": True, "schema": SCHEMA},
            },
        },
        json_of("city", "people"),
        refusable=("response_format",),
    ),
    "reasoning": Case(
        {"messages": [user("Hello")], "reasoning_effort": "high"},
        says("Hello"),
        refusable=("reasoning_effort",),
    ),
    "reasoning-with-tool": Case(
        {"messages": [user("Ask weather")], "reasoning_effort": "high", "tools": [WEATHER]},
        calls("weather"),
        refusable=("reasoning_effort",),
    ),
    "no-reasoning": Case(
        {"messages": [user("Hello")], "reasoning_effort": "none"},
        says("Hello"),
        refusable=("reasoning_effort",),
    ),
    "temperature": Case(
        {"messages": [user("Hello")], "temperature": 0.5},
        says("Hello"),
        refusable=("temperature",),
    ),
    "stop": Case(
        {"messages": [user("one HALT two")], "stop": ["HALT"]},
        lambda said: said.finish == "stop" and "one" in said.text and "HALT" not in said.text,
        refusable=("stop",),
    ),
    "limit": Case(
        {"messages": [user("A lot [[long 200]]")], "max_tokens": 60},
        lambda said: said.finish == "length" and said.output_tokens <= 60,
    ),
    "length": Case({"messages": [user("Cut it [[length]]")]}, lambda said: said.finish == "length"),
    "refusal": Case(
        {"messages": [user("No [[refuse]]")]},
        lambda said: said.finish == "content_filter" or bool(said.refusal),
        or_blocked=True,
    ),
    "empty": Case(
        {"messages": [user("Nothing [[empty]]")]},
        lambda said: said.text == "" and said.finish == "stop",
    ),
    "unicode": Case({"messages": [user(BALLOONS)]}, says(BALLOONS)),
}


@dataclass
class Assembly:
    """Puts the chunks of a stream together."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: dict[int, list[str]] = field(default_factory=dict)
    finish: str | None = None

    def add(self, choice: Any) -> None:
        delta = choice.delta
        self.text += delta.content or ""
        self.refusal += delta.refusal or ""
        self.reasoning += (delta.model_extra or {}).get("reasoning_content") or ""
        for call in delta.tool_calls or ():
            told = self.calls.setdefault(call.index, ["", "", ""])
            told[0] += call.id or ""
            told[1] += call.function.name or ""
            told[2] += call.function.arguments or ""
        assert not (self.finish and choice.finish_reason), "there is one finish reason"
        self.finish = self.finish or choice.finish_reason
