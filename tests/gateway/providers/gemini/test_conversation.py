"""Conversations in Gemini's shape."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from miavo_gateway.errors import InvalidRequest
from tests.gateway.providers.gemini.asking import PNG, added, body, called, result, user

DUMMY = b64encode(b"skip_thought_signature_validator").decode()
KEPT = {"signature": "c2lnbmVk", "model": "gemini-3.1-pro-preview"}
IMAGE = {"inlineData": {"mimeType": "image/png", "data": PNG}}


def contents(*messages: Any, **fields: Any) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = body(messages=list(messages), **fields)["contents"]
    return made


def old(*messages: Any) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = body(added("gemini-2.5-flash"), messages=list(messages))[
        "contents"
    ]
    return made


def text(role: str, *texts: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"text": each} for each in texts]}


def refused(*messages: Any) -> str | None:
    with pytest.raises(InvalidRequest) as refusal:
        contents(*messages)
    return refusal.value.param


def test_all_instructions_are_the_system_instruction() -> None:
    made = body(
        messages=[
            {"role": "system", "content": "Be kind."},
            user("Hi"),
            {"role": "developer", "content": [{"type": "text", "text": "Be brief."}]},
        ]
    )
    assert made["systemInstruction"] == {"parts": [{"text": "Be kind."}, {"text": "Be brief."}]}
    assert made["contents"] == [text("user", "Hi")]


def test_instructions_alone_are_what_the_user_says() -> None:
    made = body(messages=[{"role": "system", "content": "Say hello."}])
    assert made["contents"] == [text("user", "Say hello.")]
    assert "systemInstruction" not in made


def test_messages_of_one_role_are_one_turn() -> None:
    assistant = {"role": "assistant", "content": "b", "reasoning_content": "a thought"}
    refusal = {"role": "assistant", "content": [{"type": "refusal", "refusal": "c"}]}
    assert contents(user("a"), user("a"), assistant, refusal, user("d")) == [
        text("user", "a", "a"),
        text("model", "b", "c"),
        text("user", "d"),
    ]


def test_a_conversation_that_the_assistant_begins_has_a_user_before() -> None:
    made = contents({"role": "assistant", "content": "Hello!"}, user("Hi"))
    assert [each["role"] for each in made] == ["user", "model", "user"]
    assert made[0]["parts"] == [{"text": " "}]


def test_results_follow_their_calls_in_a_content_of_their_own() -> None:
    made = contents(
        user("Hi"), called("c1", "c2", text="So."), user("And?"), result("c2", "2"), result("c1")
    )
    assert made[1]["parts"] == [
        {"text": "So."},
        {
            "functionCall": {"name": "weather", "args": {"city": "Oslo"}, "id": "c1"},
            "thoughtSignature": DUMMY,
        },
        {"functionCall": {"name": "weather", "args": {"city": "Oslo"}, "id": "c2"}},
    ]
    assert made[2] == {
        "role": "user",
        "parts": [
            {"functionResponse": {"name": "weather", "response": {"output": "sunny"}, "id": "c1"}},
            {"functionResponse": {"name": "weather", "response": {"output": "2"}, "id": "c2"}},
        ],
    }
    assert made[3] == text("user", "And?")


def test_a_signature_goes_back_on_its_call() -> None:
    asked_for: list[str] = []

    def recall(call_id: str) -> Any:
        asked_for.append(call_id)
        return KEPT if call_id == "c1" else None

    made = contents(user("Hi"), called("c1", "c2"), result("c1"), result("c2"), recall=recall)
    first, second = made[1]["parts"]
    assert first["thoughtSignature"] == "c2lnbmVk"
    assert "thoughtSignature" not in second
    assert asked_for == ["c1", "c2"]


@pytest.mark.parametrize("kept", [None, {**KEPT, "model": "gemini-3-flash-preview"}, "broken", {}])
def test_a_signature_that_is_lost_or_of_another_model_has_a_stand_in(kept: Any) -> None:
    made = contents(user("Hi"), called("c1"), result("c1"), recall=lambda call_id: kept)
    assert made[1]["parts"][0]["thoughtSignature"] == DUMMY


def test_models_before_3_are_sent_neither_ids_nor_signatures() -> None:
    made = old(user("Hi"), called("c1"), result("c1"))
    assert made[1]["parts"] == [{"functionCall": {"name": "weather", "args": {"city": "Oslo"}}}]
    assert made[2]["parts"] == [
        {"functionResponse": {"name": "weather", "response": {"output": "sunny"}}}
    ]


@pytest.mark.parametrize(
    ("content", "response"),
    [
        ("sunny", {"output": "sunny"}),
        ("", {"output": ""}),
        ('{"sky": "clear"}', {"sky": "clear"}),
        ("[1]", {"output": "[1]"}),
        ('{"broken": ', {"output": '{"broken": '}),
        ('{"$ref": "#/x"}', {"output": '{"$ref": "#/x"}'}),
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], {"output": "a\nb"}),
    ],
)
def test_a_result_is_an_object(content: Any, response: dict[str, Any]) -> None:
    made = contents(user("Hi"), called("c1"), result("c1", content))
    assert made[2]["parts"][0]["functionResponse"]["response"] == response


def test_an_image_in_a_result_is_part_of_the_response() -> None:
    shown = [{"type": "text", "text": "Here."}, *user("image/png")["content"]]
    made = contents(user("Hi"), called("c1"), result("c1", shown))
    response = made[2]["parts"][0]["functionResponse"]
    assert response["response"] == {"output": "Here."}
    assert response["parts"] == [IMAGE]


def test_an_image_in_a_result_follows_it_where_responses_hold_none() -> None:
    made = old(user("Hi"), called("c1"), result("c1", user("image/png")["content"]))
    assert "parts" not in made[2]["parts"][0]["functionResponse"]
    assert made[3]["parts"] == [{"text": "What weather returned shows:"}, IMAGE]


def test_images_files_and_recordings_are_inline() -> None:
    audio = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}
    made = contents(user("Look.", "image/jpg", "application/pdf", "application/json", audio))
    kinds = [part["inlineData"]["mimeType"] for part in made[0]["parts"][1:]]
    assert kinds == ["image/jpeg", "application/pdf", "text/plain", "audio/wav"]


def test_an_image_alone_has_a_text_beside_it() -> None:
    assert contents(user("image/png"))[0]["parts"] == [IMAGE, {"text": " "}]


def file(**fields: Any) -> dict[str, Any]:
    return user({"type": "file", "file": fields})


def image(url: str) -> dict[str, Any]:
    return user({"type": "image_url", "image_url": {"url": url}})


def audio(kind: str, data: str = "UklGRg==") -> dict[str, Any]:
    return user({"type": "input_audio", "input_audio": {"data": data, "format": kind}})


@pytest.mark.parametrize(
    ("messages", "param"),
    [
        ([image("data:image/gif;base64,R0lG")], "messages[0].content[0].image_url.url"),
        ([image("https://example.com/a.png")], "messages[0].content[0].image_url.url"),
        ([image("data:image/png;base64,???")], "messages[0].content[0].image_url.url"),
        ([file(file_id="file-1")], "messages[0].content[0].file.file_data"),
        (
            [file(file_data="data:application/zip;base64,UEs=")],
            "messages[0].content[0].file.file_data",
        ),
        ([audio("midi")], "messages[0].content[0].input_audio.format"),
        ([audio("wav", "!")], "messages[0].content[0].input_audio.data"),
        ([user("Hi"), result("c1")], "messages[1].tool_call_id"),
    ],
)
def test_what_gemini_cannot_take_is_refused_by_name(messages: list[Any], param: str) -> None:
    assert refused(*messages) == param


@pytest.mark.parametrize("arguments", ["[1]", "{", "7"])
def test_arguments_that_are_no_object_are_refused(arguments: str) -> None:
    message = called("c1")
    message["tool_calls"][0]["function"]["arguments"] = arguments
    assert refused(user("Hi"), message) == "messages[1].tool_calls[0].function.arguments"


def test_arguments_that_are_left_out_are_an_empty_object() -> None:
    message = called("c1")
    message["tool_calls"][0]["function"]["arguments"] = ""
    made = contents(user("Hi"), message, result("c1"))
    assert made[1]["parts"][0]["functionCall"]["args"] == {}


def test_json_that_is_nested_too_deeply_is_refused() -> None:
    deep = '{"a":' * 300 + "1" + "}" * 300
    assert refused(user("Hi"), called("c1"), result("c1", deep)) == "messages"
