"""The simulated Bedrock: botocore's own client takes it for AWS, and wrong requests are refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from miavo_gateway.sandbox.bedrock import BedrockSimulator
from miavo_gateway.sandbox.simulator import Part, Received, Simulated
from tests.gateway.sandbox.simulated_http import over_http

SONNET_45 = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
OPUS_46 = "global.anthropic.claude-opus-4-6-v1"
OPUS_47 = "global.anthropic.claude-opus-4-7"
SONNET_4 = "global.anthropic.claude-sonnet-4-20250514-v1:0"
WEATHER = {
    "toolSpec": {
        "name": "weather",
        "inputSchema": {"json": {"type": "object", "properties": {"city": {"type": "string"}}}},
    }
}
CLOCK = {"toolSpec": {"name": "clock", "inputSchema": {"json": {"type": "object"}}}}
BUDGET = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
GIF += b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x01D\x00;"


def user(*content: Any) -> dict[str, Any]:
    blocks = [{"text": each} if isinstance(each, str) else each for each in content]
    return {"role": "user", "content": blocks}


def assistant(*content: Any) -> dict[str, Any]:
    return {**user(*content), "role": "assistant"}


def use(call_id: str = "t1") -> dict[str, Any]:
    return {"toolUse": {"toolUseId": call_id, "name": "weather", "input": {}}}


def result(call_id: str = "t1", text: str = "sun") -> dict[str, Any]:
    return {"toolResult": {"toolUseId": call_id, "content": [{"text": text}]}}


def document(name: str) -> dict[str, Any]:
    return {"document": {"format": "txt", "name": name, "source": {"bytes": "QUJD"}}}


def client_of(url: str) -> Any:
    session = botocore.session.Session()
    session.set_credentials("AKIAEXAMPLE", "made-up", "a-session-token")
    return session.create_client(
        "bedrock-runtime",
        region_name="eu-north-1",
        endpoint_url=url,
        config=Config(retries={"max_attempts": 0}),
    )


@pytest.fixture
def client() -> Iterator[Any]:
    with over_http(BedrockSimulator()) as url:
        yield client_of(url)


def put_together(stream: Any) -> dict[str, Any]:
    """A stream's events as the message that Converse would have answered with."""
    blocks: dict[int, dict[str, Any]] = {}
    reply: dict[str, Any] = {}
    for event in stream:
        [(kind, payload)] = event.items()
        match kind:
            case "contentBlockStart":
                call = payload["start"]["toolUse"]
                blocks[payload["contentBlockIndex"]] = {"toolUse": {**call, "input": ""}}
            case "contentBlockDelta":
                _add(blocks.setdefault(payload["contentBlockIndex"], {}), payload["delta"])
            case "messageStop" | "metadata":
                reply |= payload
    for block in blocks.values():
        if "toolUse" in block:
            block["toolUse"]["input"] = json.loads(block["toolUse"]["input"] or "{}")
    return {"content": list(blocks.values()), **reply}


def _add(block: dict[str, Any], delta: dict[str, Any]) -> None:
    if "text" in delta:
        block["text"] = block.get("text", "") + delta["text"]
    elif "toolUse" in delta:
        block["toolUse"]["input"] += delta["toolUse"]["input"]
    else:
        thought = block.setdefault("reasoningContent", {"reasoningText": {}})["reasoningText"]
        for name, text in delta["reasoningContent"].items():
            thought[name] = thought.get(name, "") + text


REPLIES: dict[str, dict[str, Any]] = {
    "text": {"messages": [user("Grüße \N{WAVING HAND SIGN}")]},
    "a system text, an image and a document": {
        "system": [{"text": "Be brief."}, {"cachePoint": {"type": "default"}}],
        "messages": [
            user(
                "What is this?",
                {"image": {"format": "gif", "source": {"bytes": GIF}}},
                {"document": {"format": "txt", "name": "Notes (1)", "source": {"bytes": b"ABC"}}},
            )
        ],
    },
    "parallel calls": {
        "messages": [user("Use weather and clock.")],
        "toolConfig": {"tools": [WEATHER, CLOCK], "toolChoice": {"auto": {}}},
    },
    "a forced call": {
        "messages": [user("Hi")],
        "toolConfig": {"tools": [WEATHER, CLOCK], "toolChoice": {"tool": {"name": "clock"}}},
    },
    "a thought, counted": {
        "messages": [user("Use weather")],
        "toolConfig": {"tools": [WEATHER]},
        "additionalModelRequestFields": BUDGET,
        "additionalModelResponseFieldPaths": ["/usage/output_tokens_details"],
    },
    "a schema": {
        "messages": [user("Hi")],
        "outputConfig": {
            "textFormat": {
                "type": "json_schema",
                "structure": {
                    "jsonSchema": {
                        "schema": '{"type":"object","properties":{"a":{"type":"integer"}},'
                        '"required":["a"],"additionalProperties":false}'
                    }
                },
            }
        },
    },
    "a limit": {"messages": [user("Hi")], "inferenceConfig": {"maxTokens": 3}},
    "a stop sequence": {
        "messages": [user("one END two")],
        "inferenceConfig": {"stopSequences": ["END"]},
    },
    "a refusal": {"messages": [user("Hi [[refuse]]")]},
    "nothing": {"messages": [user("Hi [[empty]]")]},
}


@pytest.mark.parametrize(
    "arguments", REPLIES.values(), ids=[each.replace(" ", "_") for each in REPLIES]
)
def test_botocores_client_gets_the_same_reply_plain_and_streamed(
    client: Any, arguments: dict[str, Any]
) -> None:
    plain = client.converse(modelId=SONNET_45, **arguments)
    streamed = put_together(client.converse_stream(modelId=SONNET_45, **arguments)["stream"])
    fields = plain.get("additionalModelResponseFields")
    assert streamed["content"] == plain["output"]["message"]["content"]
    assert (streamed["stopReason"], streamed["usage"], streamed["metrics"]) == (
        plain["stopReason"], plain["usage"], plain["metrics"],
    )  # fmt: skip
    assert streamed.get("additionalModelResponseFields") == fields


def test_a_thought_is_taken_back_unchanged_and_refused_otherwise(client: Any) -> None:
    messages = [user("Use weather")]
    settings = {
        "modelId": SONNET_45,
        "toolConfig": {"tools": [WEATHER]},
        "additionalModelRequestFields": BUDGET,
    }
    first = client.converse(messages=messages, **settings)["output"]["message"]
    answer = user(result(first["content"][1]["toolUse"]["toolUseId"]))
    second = client.converse(messages=[*messages, first, answer], **settings)
    assert second["stopReason"] == "end_turn"
    without = {**first, "content": first["content"][1:]}
    with pytest.raises(ClientError, match="must start with a thinking block"):
        client.converse(messages=[*messages, without, answer], **settings)
    first["content"][0]["reasoningContent"]["reasoningText"]["text"] += "?"
    with pytest.raises(ClientError, match="Invalid `signature` in `thinking` block"):
        client.converse(messages=[*messages, first, answer], **settings)


class Broken(BedrockSimulator):
    """Streams that end in an exception."""

    def answer(self, received: Received) -> Simulated:
        answer = BedrockSimulator.answer(self, received)
        parts = (*answer.parts[:3], Part(self.error_event("Went wrong")))
        return Simulated(answer.status, answer.headers, parts)


def test_botocores_client_understands_an_exception_in_the_middle_of_a_stream() -> None:
    with over_http(Broken()) as url:
        stream = client_of(url).converse_stream(modelId=OPUS_47, messages=[user("Hi")])["stream"]
        with pytest.raises(EventStreamError, match="Went wrong"):
            list(stream)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "ValidationException"),
        (401, "UnrecognizedClientException"),
        (403, "AccessDeniedException"),
        (404, "ResourceNotFoundException"),
        (429, "ThrottlingException"),
        (500, "InternalServerException"),
        (529, "ServiceUnavailableException"),
    ],
)
def test_botocores_client_knows_a_failure_by_its_name(status: int, kind: str) -> None:
    class Failing(BedrockSimulator):
        def answer(self, received: Received) -> Simulated:
            return self.failure(status, "Played")

    with over_http(Failing()) as url, pytest.raises(ClientError) as error:
        client_of(url).converse(modelId=OPUS_47, messages=[user("Hi")])
    assert error.value.response["Error"] == {"Code": kind, "Message": "Played"}


def answered(
    body: Any, model_id: str = SONNET_45, authorization: str = "Bearer key"
) -> tuple[int, str]:
    """The status, and the message if it is an error."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    path = f"/model/{model_id.replace(':', '%3A')}/converse"
    headers = {"authorization": authorization} if authorization else {}
    answer = BedrockSimulator().answer(Received("POST", path, {}, headers, data))
    return answer.status, json.loads(answer.parts[0].data).get("message", "")


CONFIG = {"tools": [WEATHER]}
ASKED = user("Hi")
WRONG: list[tuple[str, dict[str, Any], str]] = [
    (SONNET_45, {}, "messages field is empty"),
    (SONNET_45, {"messages": [ASKED], "stream": True}, "#: extraneous key [stream]"),
    (SONNET_45, {"messages": [{**ASKED, "name": "x"}]}, "#/messages/0: extraneous key [name]"),
    (SONNET_45, {"messages": [{"role": "tool", "content": []}]}, "messages.0.role"),
    (SONNET_45, {"messages": [{"role": "user", "content": []}]}, "content field in the Message"),
    (SONNET_45, {"messages": [user(" ")]}, "messages.0.content.0 is blank"),
    (SONNET_45, {"messages": [user({"text": "a", **use()})]}, "one member of a union"),
    (SONNET_45, {"messages": [ASKED, ASKED]}, "must alternate"),
    (SONNET_45, {"messages": [{**ASKED, "role": "system"}]}, "role 'system'"),
    (SONNET_45, {"messages": [user(use())], "toolConfig": CONFIG}, "tool_use block at"),
    (
        SONNET_45,
        {"messages": [user({"image": {"format": "gif", "source": {"bytes": "?"}}})]},
        "base64",
    ),
    (SONNET_45, {"messages": [user(document("a"))]}, "A text block must be"),
    (SONNET_45, {"messages": [user("x", document("a.b"))]}, "document file name"),
    (SONNET_45, {"messages": [user("x", document("a"), document("A"))]}, "duplicate document"),
    (SONNET_45, {"messages": [ASKED, assistant(use()), user(result())]}, "toolConfig field must"),
    (
        SONNET_45,
        {"messages": [ASKED, assistant(use()), user("Well?")], "toolConfig": CONFIG},
        "Expected toolResult blocks at messages.2.content for the following Ids: t1",
    ),
    (
        SONNET_45,
        {"messages": [ASKED, assistant(use()), user(result(), result())], "toolConfig": CONFIG},
        "exceeds the number of toolUse blocks",
    ),
    (
        SONNET_45,
        {"messages": [ASKED, assistant(use()), user("x", result())], "toolConfig": CONFIG},
        "must come first",
    ),
    (
        SONNET_45,
        {
            "messages": [ASKED, assistant(use()), user(result(), "x", document("a"))],
            "toolConfig": CONFIG,
        },
        "cannot be provided in the same turn",
    ),
    (SONNET_45, {"messages": [ASKED], "inferenceConfig": {"temperature": 1.5}}, "temperature"),
    (SONNET_45, {"messages": [ASKED], "inferenceConfig": {"maxTokens": 64_001}}, "64000"),
    (
        SONNET_45,
        {"messages": [ASKED], "inferenceConfig": {"temperature": 0.5, "topP": 0.5}},
        "cannot both be specified",
    ),
    (OPUS_47, {"messages": [ASKED], "inferenceConfig": {"topP": 1}}, "`top_p` is deprecated"),
    (OPUS_46, {"messages": [ASKED, assistant("One,")]}, "assistant message prefill"),
    (SONNET_45, {"messages": [ASKED], "toolConfig": {"tools": []}}, "toolConfig.tools"),
    (SONNET_45, {"messages": [ASKED], "toolConfig": {"tools": [WEATHER, WEATHER]}}, "unique"),
    (
        SONNET_45,
        {"messages": [ASKED], "toolConfig": {**CONFIG, "toolChoice": {"tool": {"name": "x"}}}},
        "Tool 'x' not found",
    ),
    (
        SONNET_45,
        {"messages": [ASKED], "additionalModelRequestFields": {"seed": 1}},
        "seed: Extra inputs are not permitted",
    ),
    (
        SONNET_45,
        {
            "messages": [ASKED],
            "toolConfig": {**CONFIG, "toolChoice": {"any": {}}},
            "additionalModelRequestFields": {"tool_choice": {"type": "none"}},
        },
        "can't be combined",
    ),
    (
        SONNET_4,
        {
            "messages": [ASKED],
            "toolConfig": CONFIG,
            "additionalModelRequestFields": {
                "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}
            },
        },
        "disable_parallel_tool_use",
    ),
    (OPUS_47, {"messages": [ASKED], "additionalModelRequestFields": BUDGET}, "not supported"),
    (
        SONNET_45,
        {"messages": [ASKED], "additionalModelRequestFields": {"thinking": {"type": "adaptive"}}},
        "not supported",
    ),
    (
        SONNET_45,
        {
            "messages": [ASKED],
            "additionalModelRequestFields": BUDGET,
            "inferenceConfig": {"maxTokens": 1024},
        },
        "must be greater than `thinking.budget_tokens`",
    ),
    (
        OPUS_46,
        {
            "messages": [ASKED],
            "toolConfig": {**CONFIG, "toolChoice": {"any": {}}},
            "additionalModelRequestFields": {"thinking": {"type": "adaptive"}},
        },
        "forces tool use",
    ),
    (
        SONNET_45,
        {"messages": [ASKED], "additionalModelRequestFields": {"output_config": {"effort": "low"}}},
        "effort",
    ),
]


@pytest.mark.parametrize(("model_id", "body", "words"), WRONG)
def test_a_wrong_request_is_refused_in_awss_words(
    model_id: str, body: dict[str, Any], words: str
) -> None:
    status, message = answered(body, model_id)
    assert status == 400
    assert words in message


@pytest.mark.parametrize(
    ("authorization", "words"),
    [
        ("", "Missing Authentication Token"),
        ("Basic eDp5", "not complete"),
        ("AWS4-HMAC-SHA256 Credential=x", "not complete"),
        (
            "AWS4-HMAC-SHA256 Credential=AKIA/20261124/us-east-1/bedrock-runtime/aws4_request, "
            f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}",
            "correct service: 'bedrock'",
        ),
    ],
)
def test_a_request_without_a_proper_signature_is_refused(authorization: str, words: str) -> None:
    status, message = answered({"messages": [ASKED]}, authorization=authorization)
    assert (status, words in message) == (403, True)


def test_an_unknown_model_and_a_body_that_is_no_json_are_refused() -> None:
    assert answered({"messages": [ASKED]}, "us.anthropic.claude-9")[1] == (
        "The provided model identifier is invalid."
    )
    assert answered(b"{")[0] == 400


def test_the_models_can_be_listed() -> None:
    received = Received("GET", "/foundation-models", {}, {"authorization": "Bearer key"}, b"")
    answer = BedrockSimulator().answer(received)
    assert "claude-opus-4-7" in answer.parts[0].data.decode()
