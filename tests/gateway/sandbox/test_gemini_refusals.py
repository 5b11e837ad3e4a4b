"""Wrong requests to the simulated Gemini are refused as Google refuses them."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest

from miavo_gateway.sandbox.gemini import GoogleSimulator
from miavo_gateway.sandbox.simulator import ErrsInStream, Received, Simulated
from tests.gateway.providers.gemini.asking import PNG

PRO, FLASH, OLD = "gemini-3.1-pro-preview", "gemini-3-flash-preview", "gemini-2.5-flash"
STAND_IN = b"skip_thought_signature_validator"


def post(
    body: Any,
    *,
    api: Any = "google",
    model: str = FLASH,
    method: str = "generateContent",
    headers: Any = None,
    path: str | None = None,
) -> Simulated:
    place = "/v1beta/models" if api == "google" else "/v1beta1/publishers/google/models"
    received = Received(
        "POST",
        path or f"{place}/{model}:{method}",
        {},
        {"x-goog-api-key": "a-key"} if headers is None else headers,
        body if isinstance(body, bytes) else orjson.dumps(body),
    )
    return GoogleSimulator(api).answer(received)


def error(answer: Simulated) -> tuple[int, str]:
    [part] = answer.parts
    found = orjson.loads(part.data)["error"]
    assert found["code"] == answer.status
    return answer.status, found["message"]


def user(*parts: Any) -> dict[str, Any]:
    made = [{"text": each} if isinstance(each, str) else each for each in parts]
    return {"role": "user", "parts": made}


def call(name: str = "f", signature: Any = STAND_IN, **more: Any) -> dict[str, Any]:
    part: dict[str, Any] = {"functionCall": {"name": name, "args": {}, **more}}
    if signature is not None:
        part["thoughtSignature"] = base64.b64encode(signature).decode()
    return part


def answered(name: str = "f", **more: Any) -> dict[str, Any]:
    return {"functionResponse": {"name": name, "response": {}, **more}}


def model(*parts: Any) -> dict[str, Any]:
    return {**user(*parts), "role": "model"}


HI = [user("Hi")]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "Invalid JSON payload"),
        ({"contents": HI, "max_tokens": 3}, 'Unknown name "maxTokens"'),
        ({"contents": HI, "generationConfig": {"logitBias": {}}}, 'Unknown name "logitBias"'),
        ({"contents": [user({"text": "a", "cache": 1})]}, 'Unknown name "cache"'),
        ({"contents": HI, "labels": {"a": "b"}}, 'Unknown name "labels"'),
        ({"contents": 7}, "Invalid value at 'contents'"),
        ({}, "contents is not specified"),
        ({"contents": [{"role": "assistant", "parts": [{"text": "a"}]}]}, "valid role"),
        ({"contents": [user()]}, "must not be empty"),
        ({"contents": [user({})]}, "required oneof field"),
        ({"contents": [user({"text": "a", **call()})]}, "oneof field 'data' is already set"),
        (
            {"contents": [user({"inlineData": {"mimeType": "image/gif", "data": "QQ=="}})]},
            "Unsupported MIME type: image/gif",
        ),
        (
            {"contents": [user({"inlineData": {"mimeType": "image/png", "data": "?"}})]},
            "inlineData.data",
        ),
        ({"contents": [model(call())]}, "function call turn comes immediately after"),
        ({"contents": [user(answered())]}, "function response turn comes immediately after"),
        (
            {"contents": [*HI, model(call(), call()), user(answered())]},
            "number of function response parts",
        ),
        ({"contents": [*HI, model(call()), user("And?")]}, "number of function response parts"),
        ({"contents": [*HI, model(call()), user(answered("g"))]}, "number of function response"),
        ({"contents": [*HI, model(call()), user({"functionResponse": {"name": "f"}})]}, "response"),
        (
            {"contents": [*HI, model(call(id="a")), user(answered(id="b"))]},
            "ids of the function responses",
        ),
        (
            {"contents": [*HI, model(call(signature=None)), user(answered())]},
            "missing a thought_signature",
        ),
        (
            {"contents": [*HI, model(call(signature=b"other")), user(answered())]},
            "Corrupted thought signature",
        ),
        (
            {"contents": [*HI, model(call()), user(answered(response={"$ref": "x"}))]},
            "$ref",
        ),
    ],
)
def test_a_wrong_conversation_is_refused(body: Any, words: str) -> None:
    status, message = error(post(body))
    assert status == 400
    assert words in message


def test_signatures_of_earlier_turns_are_not_asked_for() -> None:
    history = [*HI, model(call(signature=None)), user(answered()), user("And now?")]
    assert post({"contents": history}).status == 200


@pytest.mark.parametrize(
    ("name", "config", "words"),
    [
        (PRO, {"candidateCount": 2}, "Multiple candidates is not enabled"),
        (PRO, {"presencePenalty": 0.1}, "Penalty is not enabled"),
        (PRO, {"responseLogprobs": True}, "Logprobs is not enabled"),
        (PRO, {"maxOutputTokens": 65_537}, "supported range"),
        (PRO, {"temperature": 2.1}, "temperature"),
        (PRO, {"topP": 1.1}, "topP"),
        (PRO, {"stopSequences": ["a"] * 6}, "stop sequences"),
        (PRO, {"stopSequences": [""]}, "empty"),
        (PRO, {"seed": 2**31}, "Invalid value"),
        (PRO, {"responseMimeType": "text/html"}, "MIME"),
        (PRO, {"responseJsonSchema": {}}, "needs the response MIME type"),
        (PRO, {"thinkingConfig": {"thinkingLevel": "MINIMAL"}}, "MINIMAL is not supported"),
        (PRO, {"thinkingConfig": {"thinkingBudget": 0}}, "Budget 0 is invalid"),
        (FLASH, {"thinkingConfig": {"thinkingLevel": "LOW", "thinkingBudget": 500}}, "only one"),
        (OLD, {"thinkingConfig": {"thinkingLevel": "LOW"}}, "Thinking level is not supported"),
        (OLD, {"thinkingConfig": {"thinkingBudget": 99_999}}, "is invalid"),
        (OLD, {"thinkingConfig": {"thinkingBudget": 0, "includeThoughts": True}}, "only enabled"),
        (
            PRO,
            {
                "responseMimeType": "application/json",
                "responseJsonSchema": {"$ref": "#/$defs/A", "description": "x"},
            },
            "$ref",
        ),
    ],
)
def test_a_wrong_setting_is_refused(name: str, config: dict[str, Any], words: str) -> None:
    status, message = error(post({"contents": HI, "generationConfig": config}, model=name))
    assert status == 400
    assert words in message


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"toolConfig": {"functionCallingConfig": {}}}, "without function_declarations"),
        ({"tools": [{"functionDeclarations": [{"name": "1st"}]}]}, "Invalid function name"),
        ({"tools": [{"functionDeclarations": [{"name": "f"}, {"name": "f"}]}]}, "Duplicate"),
        (
            {"tools": [{"functionDeclarations": [{"name": "f", "strict": True}]}]},
            'Unknown name "strict"',
        ),
        (
            {
                "tools": [{"functionDeclarations": [{"name": "f"}]}],
                "toolConfig": {
                    "functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["g"]}
                },
            },
            "not declared",
        ),
    ],
)
def test_wrong_functions_are_refused(fields: dict[str, Any], words: str) -> None:
    status, message = error(post({"contents": HI, **fields}))
    assert status == 400
    assert words in message


def test_models_before_3_take_neither_ids_nor_json_beside_functions() -> None:
    history = [*HI, model(call(signature=None, id="a")), user(answered(id="a"))]
    assert error(post({"contents": history}, model=OLD))[0] == 400
    body = {
        "contents": HI,
        "tools": [{"functionDeclarations": [{"name": "f"}]}],
        "generationConfig": {"responseMimeType": "application/json"},
    }
    assert error(post(body, model=OLD))[0] == 400
    assert post(body).status == 200


def test_vertex_wants_a_text_in_each_turn() -> None:
    image = {"inlineData": {"mimeType": "image/png", "data": PNG}}
    assert "must have a text" in error(post({"contents": [user(image)]}, api="vertex"))[1]
    assert "empty text" in error(post({"contents": [user(image, "")]}, api="vertex"))[1]
    assert post({"contents": [user(image, " ")]}, api="vertex").status == 200
    assert post({"contents": [user(image)]}).status == 200


def test_a_signature_of_one_api_is_none_of_the_others() -> None:
    tools = [{"functionDeclarations": [{"name": "f"}]}]
    question = user("Call f.")
    [part] = post({"contents": [question], "tools": tools}).parts
    said = orjson.loads(part.data)["candidates"][0]["content"]
    call_id = said["parts"][0]["functionCall"]["id"]
    body = {"contents": [question, said, user(answered(id=call_id))], "tools": tools}
    assert post(body).status == 200
    assert error(post(body, api="vertex")) == (400, "Corrupted thought signature.")


@pytest.mark.parametrize(("api", "status"), [("google", 403), ("vertex", 401)])
def test_a_request_without_a_credential_is_refused(api: str, status: int) -> None:
    assert error(post({"contents": HI}, api=api, headers={}))[0] == status


def test_a_token_is_none_of_the_gemini_apis_credentials() -> None:
    assert error(post({"contents": HI}, headers={"authorization": "Bearer x"}))[0] == 403


@pytest.mark.parametrize("path", ["/", "/v1beta/models/x", "/v2/models/x:generateContent"])
def test_another_path_is_not_found(path: str) -> None:
    assert error(post({"contents": HI}, path=path))[0] == 404


def test_a_stream_that_is_not_asked_for_as_sse_is_an_array() -> None:
    answer = post({"contents": HI}, method="streamGenerateContent")
    responses = orjson.loads(b"".join(part.data for part in answer.parts))
    assert responses[-1]["candidates"][0]["finishReason"] == "STOP"


@pytest.mark.parametrize("api", ["google", "vertex"])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 529])
def test_a_failure_that_is_played_has_googles_shape(api: Any, status: int) -> None:
    found, message = error(GoogleSimulator(api).failure(status, "as told"))
    assert message == "as told"
    assert found == {(401, "google"): 400}.get((status, api), {529: 503}.get(status, status))


def test_an_error_within_a_stream_is_an_event() -> None:
    simulator = GoogleSimulator("google")
    assert isinstance(simulator, ErrsInStream)
    event = simulator.error_event("as told")
    assert orjson.loads(event.removeprefix(b"data: "))["error"]["message"] == "as told"
