"""Messages in Converse's shape; botocore's model of the service holds them to account."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from tests.gateway.providers.bedrock.asking import (
    ASKED_WEATHER,
    GIF,
    PDF,
    WEATHER,
    asked,
    call,
    user,
)
from tests.gateway.providers.bedrock.checked import body_of, simulated

GIF64, PDF64 = base64.b64encode(GIF).decode(), base64.b64encode(PDF).decode()
IMAGE = {"image": {"format": "gif", "source": {"bytes": GIF64}}}
ODD_ID = "call/1 ü"
FIT_ID = "call_" + hashlib.sha256(ODD_ID.encode()).hexdigest()[:32]


def document(name: str) -> dict[str, Any]:
    return {"document": {"format": "pdf", "name": name, "source": {"bytes": PDF64}}}


MESSAGES = {
    "instructions lead": (
        [
            {"role": "system", "content": "Be brief."},
            {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
            user("Hi"),
        ],
        [{"text": "Be brief."}, {"text": "Be kind."}],
        [("user", [{"text": "Hi"}])],
    ),
    "later instructions are said by the user, where they stand": (
        [user("Hi"), {"role": "system", "content": "Now in French."}, user("And you?")],
        None,
        [("user", [{"text": "Hi"}, {"text": "Now in French."}, {"text": "And you?"}])],
    ),
    "instructions alone are what the user says": (
        [{"role": "system", "content": "Tell a joke."}],
        None,
        [("user", [{"text": "Tell a joke."}])],
    ),
    "blank text is left out": (
        [user(" "), {"role": "assistant", "content": ""}, user("Hi", "\n")],
        None,
        [("user", [{"text": "Hi"}])],
    ),
    "an image and its text": (
        [user("What is this?", "image/gif")],
        None,
        [("user", [{"text": "What is this?"}, IMAGE])],
    ),
    "a document has a name and a text beside it": (
        [
            user("application/pdf"),
            {"role": "assistant", "content": "And?"},
            user("application/pdf", "Sum up"),
        ],
        None,
        [
            (
                "user",
                [
                    document("Q3 report final"),
                    {"text": "See the document 'Q3 report final'."},
                ],
            ),
            ("assistant", [{"text": "And?"}]),
            (
                "user",
                [
                    document("Q3 report final (2)"),
                    {"text": "Sum up"},
                ],
            ),
        ],
    ),
    "results of parallel calls come first in one turn": (
        [
            *ASKED_WEATHER[:3],
            {"role": "system", "content": "Hurry."},
            ASKED_WEATHER[3],
            user("Well?"),
        ],
        None,
        [
            ("user", [{"text": "Weather in Rome and Oslo?"}]),
            (
                "assistant",
                [
                    {"text": "Looking."},
                    {"toolUse": {"toolUseId": "a", "name": "weather", "input": {"city": "Rome"}}},
                    {"toolUse": {"toolUseId": "b", "name": "weather", "input": {"city": "Oslo"}}},
                ],
            ),
            (
                "user",
                [
                    {"toolResult": {"toolUseId": "a", "content": [{"text": "sun"}]}},
                    {"toolResult": {"toolUseId": "b", "content": [{"text": "(empty)"}]}},
                    {"text": "Hurry."},
                    {"text": "Well?"},
                ],
            ),
        ],
    ),
    "a tool's result can show an image": (
        [
            user("Draw"),
            call(("a", "weather", "")),
            {"role": "tool", "tool_call_id": "a", "content": user("Here", "image/gif")["content"]},
        ],
        None,
        [
            ("user", [{"text": "Draw"}]),
            ("assistant", [{"toolUse": {"toolUseId": "a", "name": "weather", "input": {}}}]),
            ("user", [{"toolResult": {"toolUseId": "a", "content": [{"text": "Here"}, IMAGE]}}]),
        ],
    ),
    "a document after a tool's result has a turn of its own": (
        [
            user("Hi"),
            call(("a", "weather", "{}")),
            {"role": "tool", "tool_call_id": "a", "content": "sun"},
            user("Compare", "application/pdf"),
        ],
        None,
        [
            ("user", [{"text": "Hi"}]),
            ("assistant", [{"toolUse": {"toolUseId": "a", "name": "weather", "input": {}}}]),
            ("user", [{"toolResult": {"toolUseId": "a", "content": [{"text": "sun"}]}}]),
            ("assistant", [{"text": "."}]),
            (
                "user",
                [
                    {"text": "Compare"},
                    document("Q3 report final"),
                ],
            ),
        ],
    ),
    "an id that AWS would refuse is the same in call and result": (
        [
            user("Hi"),
            call((ODD_ID, "weather", "{}")),
            {"role": "tool", "tool_call_id": ODD_ID, "content": "sun"},
        ],
        None,
        [
            ("user", [{"text": "Hi"}]),
            (
                "assistant",
                [
                    {
                        "toolUse": {
                            "toolUseId": FIT_ID,
                            "name": "weather",
                            "input": {},
                        }
                    }
                ],
            ),
            (
                "user",
                [
                    {
                        "toolResult": {
                            "toolUseId": FIT_ID,
                            "content": [{"text": "sun"}],
                        }
                    }
                ],
            ),
        ],
    ),
    "a refusal is what the assistant said": (
        [user("Hi"), {"role": "assistant", "refusal": "No."}, user("Why?")],
        None,
        [
            ("user", [{"text": "Hi"}]),
            ("assistant", [{"text": "No."}]),
            ("user", [{"text": "Why?"}]),
        ],
    ),
    "words to go on from end without white space": (
        [user("Count"), {"role": "assistant", "content": "One, \n"}],
        None,
        [("user", [{"text": "Count"}]), ("assistant", [{"text": "One,"}])],
    ),
    "cache_control becomes a cache point": (
        [
            {
                "role": "user",
                "content": [
                    {
                        "type": "text",
                        "text": "Long",
                        "cache_control": {"type": "ephemeral", "ttl": "1h"},
                    },
                    {"type": "text", "text": "Short"},
                ],
            }
        ],
        None,
        [
            (
                "user",
                [
                    {"text": "Long"},
                    {"cachePoint": {"type": "default", "ttl": "1h"}},
                    {"text": "Short"},
                ],
            )
        ],
    ),
}


@pytest.mark.parametrize(
    ("messages", "system", "turns"),
    MESSAGES.values(),
    ids=[name.replace(" ", "_") for name in MESSAGES],
)
def test_messages(messages: list[Any], system: Any, turns: list[tuple[str, Any]]) -> None:
    request = asked(messages=messages, tools=[WEATHER])
    body = body_of(request)
    assert body.get("system") == system
    assert [(turn["role"], turn["content"]) for turn in body["messages"]] == turns
    assert simulated(request) == 200


def test_thoughts_go_back_before_their_call_and_between_the_words_they_stood_between() -> None:
    kept = {
        "a": [
            {"after": 0, "text": "First.", "signature": "c2lnMQ=="},
            {"after": 4, "redacted": "AAEC"},
        ],
        "b": [{"after": 8, "text": "Last.", "signature": "c2lnMg=="}],
    }
    request = asked(
        "haiku-4-5",
        messages=ASKED_WEATHER,
        tools=[WEATHER],
        reasoning_effort="low",
        recall=kept.get,
    )
    body = body_of(request)
    assert body["messages"][1]["content"] == [
        {"reasoningContent": {"reasoningText": {"text": "First.", "signature": "c2lnMQ=="}}},
        {"text": "Look"},
        {"reasoningContent": {"redactedContent": "AAEC"}},
        {"text": "ing."},
        {"toolUse": {"toolUseId": "a", "name": "weather", "input": {"city": "Rome"}}},
        {"reasoningContent": {"reasoningText": {"text": "Last.", "signature": "c2lnMg=="}}},
        {"toolUse": {"toolUseId": "b", "name": "weather", "input": {"city": "Oslo"}}},
    ]


def thought(call_id: str) -> Any:
    return [{"after": 0, "text": "Two calls.", "signature": "c2ln"}] if call_id == "a" else None


def test_thoughts_stay_here_where_the_request_asks_for_none() -> None:
    request = asked(messages=ASKED_WEATHER, tools=[WEATHER], recall=thought)
    assert "reasoningContent" not in json.dumps(body_of(request))
