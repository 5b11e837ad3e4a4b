"""Sessions with Gemini Live in OpenAI's terms: settings, turns, interruptions and counts."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest

from miavo_gateway.catalogue import load_catalogue
from miavo_gateway.providers.exchange import ErrorClass
from miavo_gateway.providers.realtime.adapter import Step
from miavo_gateway.providers.realtime.gemini import GeminiLive
from miavo_gateway.providers.realtime.gemini.schema import live_schema
from miavo_gateway.sandbox.realtime.sound import hum
from miavo_gateway.usage import UsageBuckets

MODEL = load_catalogue().get("gemini-3.1-flash-live")
SOUND = "AAAA"


class Session:
    """A translator, with what it says as objects."""

    def __init__(self) -> None:
        assert MODEL is not None
        self.it = GeminiLive().translator(MODEL, "t")
        self.setup = orjson.loads(self.it.opening()[0])["setup"]
        self.hear({"setupComplete": {}})

    def hear(self, *messages: dict[str, Any]) -> list[Step]:
        return [self.it.from_provider(orjson.dumps(message)) for message in messages]

    def hears(self, **content: Any) -> Step:
        [step] = self.hear({"serverContent": content})
        return step

    def tell(self, name: str, **fields: Any) -> Step:
        return self.it.from_client({"type": name, **fields})

    def item(self, **item: Any) -> Step:
        return self.tell("conversation.item.create", item=item)

    def say(self, text: str, role: str = "user") -> Step:
        kind = "output_text" if role == "assistant" else "input_text"
        return self.item(type="message", role=role, content=[{"type": kind, "text": text}])

    def reopened(self) -> dict[str, Any]:
        """The setup on the next socket."""
        setup: dict[str, Any] = orjson.loads(self.it.opening()[0])["setup"]
        return setup

    def update(self, **session: Any) -> Step:
        return self.tell("session.update", session={"type": "realtime", **session})


def names(*steps: Step) -> list[str]:
    return [orjson.loads(event)["type"] for step in steps for event in step.down]


def sent(step: Step) -> list[dict[str, Any]]:
    return [orjson.loads(frame) for frame in step.up]


def last(step: Step) -> dict[str, Any]:
    event: dict[str, Any] = orjson.loads(step.down[-1])
    return event


def spoken(data: str = SOUND) -> dict[str, Any]:
    return {"parts": [{"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": data}}]}


def test_the_first_setup_asks_for_sound_with_transcripts_and_a_handle() -> None:
    setup = Session().setup
    assert setup["model"] == "models/gemini-3.1-flash-live-preview"
    assert setup["generationConfig"] == {"responseModalities": ["AUDIO"]}
    assert {"inputAudioTranscription", "outputAudioTranscription", "sessionResumption"} <= set(
        setup
    )


def test_settings_take_a_new_socket_and_what_is_said_meanwhile_waits_for_it() -> None:
    session = Session()
    step = session.update(instructions="Be kind.", audio={"output": {"voice": "Kore"}})
    assert step.reopen
    assert not session.it.created
    setup = session.reopened()
    assert setup["systemInstruction"] == {"parts": [{"text": "Be kind."}]}
    voice = setup["generationConfig"]["speechConfig"]["voiceConfig"]["prebuiltVoiceConfig"]
    assert voice == {"voiceName": "Kore"}
    session.say("Hello")
    assert session.tell("response.create").up == []
    [step] = session.hear({"setupComplete": {}})
    assert names(step)[0] == "session.updated"
    assert sent(step) == [{"realtimeInput": {"text": "Hello"}}]


def test_what_concerns_the_gateway_alone_takes_no_new_socket() -> None:
    step = Session().update(output_modalities=["text"], audio={"output": {"voice": "marin"}})
    assert not step.reopen
    assert names(step) == ["session.updated"]
    assert last(step)["session"]["audio"]["output"]["voice"] is None


def test_settings_change_in_mid_conversation_by_the_handle_alone() -> None:
    session = Session()
    session.say("Hello")
    session.tell("response.create")
    session.hears(turnComplete=True)
    assert names(session.update(instructions="Other")) == ["error"]
    session.hear({"sessionResumptionUpdate": {"newHandle": "h1", "resumable": True}})
    assert session.update(instructions="Other").reopen
    assert session.reopened()["sessionResumption"] == {"handle": "h1"}


def test_settings_wait_for_the_end_of_a_reply() -> None:
    session = Session()
    session.hear({"sessionResumptionUpdate": {"newHandle": "h1", "resumable": True}})
    session.say("Hello")
    session.tell("response.create")
    step = session.update(instructions="Other")
    assert (names(step), step.reopen) == ([], False)
    session.update(tools=[{"type": "function", "name": "f"}])
    assert not session.hears(modelTurn=spoken()).reopen
    step = session.hears(turnComplete=True)
    assert names(step)[-1] == "response.done"
    assert step.reopen
    setup = session.reopened()
    assert setup["systemInstruction"] == {"parts": [{"text": "Other"}]}
    assert setup["tools"] == [{"functionDeclarations": [{"name": "f"}]}]


def test_a_socket_that_google_is_about_to_close_is_left_between_replies() -> None:
    session = Session()
    session.hear({"sessionResumptionUpdate": {"newHandle": "h1", "resumable": True}})
    session.say("Hello")
    session.tell("response.create")
    [step] = session.hear({"goAway": {"timeLeft": "10s"}})
    assert not step.reopen
    assert session.hears(turnComplete=True).reopen
    assert session.reopened()["sessionResumption"] == {"handle": "h1"}
    [step] = session.hear({"setupComplete": {}})
    assert names(step) == []


def test_earlier_turns_go_before_the_conversation_and_system_messages_to_the_instructions() -> None:
    session = Session()
    session.say("Be brief.", "system")
    session.say("One")
    session.say("Two", "assistant")
    session.say("Three")
    assert session.tell("response.create").reopen
    setup = session.reopened()
    assert setup["historyConfig"] == {"initialHistoryInClientContent": True}
    assert setup["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
    [step] = session.hear({"setupComplete": {}})
    history, words = sent(step)
    roles = [turn["role"] for turn in history["clientContent"]["turns"]]
    assert roles == ["user", "model"]
    assert words == {"realtimeInput": {"text": "Three"}}
    assert "historyConfig" not in session.reopened()


def test_earlier_turns_are_refused_once_something_was_said() -> None:
    session = Session()
    session.say("Hello")
    session.tell("response.create")
    session.hears(turnComplete=True)
    assert names(session.say("I said this", "assistant")) == ["error"]


def test_a_reply_needs_something_to_reply_to() -> None:
    assert names(Session().tell("response.create")) == ["error"]


def test_a_recording_is_heard_as_its_session_was_when_it_came() -> None:
    session = Session()
    recording = base64.b64encode(hum(300)).decode()
    part = {"type": "input_audio", "audio": recording}
    assert session.item(type="message", role="user", content=[part]).up == []
    wrong = {"type": "input_audio", "audio": "no base64"}
    assert names(session.item(type="message", role="user", content=[wrong])) == ["error"]
    # The next recordings come by telephone; that takes no socket, for it is written anew here.
    session.update(audio={"input": {"format": {"type": "audio/pcmu"}}})
    audio = sent(session.tell("response.create"))[0]["realtimeInput"]
    pcm = base64.b64decode(audio["audio"]["data"])
    assert audio["audio"]["mimeType"] == "audio/pcm;rate=16000"
    assert len(pcm) == pytest.approx(2 * 16 * 300, abs=200)


def test_calls_end_a_reply_and_their_results_go_back_together() -> None:
    session = Session()
    session.say("Both, please")
    session.tell("response.create")
    calls = [{"id": f"c{n}", "name": f"f{n}", "args": {"n": n}} for n in (1, 2)]
    [step] = session.hear({"toolCall": {"functionCalls": calls}})
    assert names(step).count("response.function_call_arguments.done") == 2
    assert last(step)["response"]["status"] == "completed"
    for n in (1, 2):
        output = orjson.dumps([n]).decode()
        assert session.item(type="function_call_output", call_id=f"c{n}", output=output).up == []
    step = session.tell("response.create")
    assert sent(step) == [
        {
            "toolResponse": {
                "functionResponses": [
                    {"id": f"c{n}", "name": f"f{n}", "response": {"output": [n]}} for n in (1, 2)
                ]
            }
        }
    ]


def test_a_function_whose_name_begins_with_a_digit_has_it_back_when_it_is_called() -> None:
    session = Session()
    session.update(tools=[{"type": "function", "name": "3d_view"}])
    [declared] = session.reopened()["tools"][0]["functionDeclarations"]
    assert declared == {"name": "_3d_view"}
    session.hear({"setupComplete": {}})
    [step] = session.hear({"toolCall": {"functionCalls": [{"id": "c", "name": "_3d_view"}]}})
    assert last(step)["response"]["output"][0]["name"] == "3d_view"
    session.item(type="function_call_output", call_id="c", output="ok")
    [frame] = sent(session.tell("response.create"))
    assert frame["toolResponse"]["functionResponses"][0]["name"] == "_3d_view"


def test_speech_that_interrupts_is_told_and_the_reply_is_cancelled() -> None:
    session = Session()
    session.hears(inputTranscription={"text": "Hi"})
    session.hears(modelTurn=spoken(), outputTranscription={"text": "Hel"})
    session.hears(turnComplete=True)
    session.hears(modelTurn=spoken())
    step = session.hears(interrupted=True)
    assert names(step)[0] == "input_audio_buffer.speech_started"
    response = last(step)["response"]
    assert (response["status"], response["status_details"]["reason"]) == (
        "cancelled",
        "turn_detected",
    )


def test_a_transcript_that_lags_behind_the_reply_does_not_silence_it() -> None:
    session = Session()
    begun = session.hears(modelTurn=spoken())
    late = session.hears(inputTranscription={"text": "What I said"})
    assert "response.created" in names(begun)
    assert "input_audio_buffer.speech_started" not in names(late)
    assert "input_audio_buffer.committed" in names(late)


def test_a_cancelled_reply_is_unheard_and_its_end_is_not_taken_for_that_of_the_next() -> None:
    session = Session()
    session.say("Long")
    session.tell("response.create")
    session.hears(modelTurn=spoken(), outputTranscription={"text": "Lo"})
    step = session.tell("response.cancel")
    assert step.spent is not None
    billed = step.spent
    session.say("Short")
    session.tell("response.create")
    assert names(session.hears(modelTurn=spoken())) == []
    session.hears(interrupted=True)
    [stale] = session.hear(
        {"serverContent": {"turnComplete": True}, "usageMetadata": {"responseTokenCount": 40}}
    )
    assert names(stale) == []
    assert stale.spent is not None
    assert billed.total + stale.spent.total >= 40
    session.hears(outputTranscription={"text": "Short it is"})
    done = last(session.hears(turnComplete=True))["response"]
    assert done["status"] == "completed"
    assert done["output"][0]["content"][0]["transcript"] == "Short it is"


def test_counts_are_billed_once_also_where_they_come_late() -> None:
    session = Session()
    usage = {
        "promptTokenCount": 50,
        "cachedContentTokenCount": 10,
        "responseTokenCount": 30,
        "thoughtsTokenCount": 5,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": 30},
            {"modality": "AUDIO", "tokenCount": 20},
        ],
        "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 30}],
    }
    session.hears(modelTurn=spoken())
    [done] = session.hear({"serverContent": {"turnComplete": True}, "usageMetadata": usage})
    assert done.spent == UsageBuckets(
        uncached_input=20, cache_read=10, audio_input=20, output=5, reasoning=5, audio_output=30
    )
    [again] = session.hear({"usageMetadata": usage})
    assert again.spent is None
    [more] = session.hear({"usageMetadata": {**usage, "thoughtsTokenCount": 7}})
    assert more.spent == UsageBuckets(output=2, reasoning=2)


@pytest.mark.parametrize(
    ("code", "reason", "expected"),
    [
        (1007, "API key not valid. Please pass a valid API key.", ErrorClass.BAD_CREDENTIAL),
        (1007, "Request contains an invalid argument.", ErrorClass.CLIENT),
        (1008, "models/x is not found for API version v1beta", ErrorClass.RETIRED),
        (1008, "You exceeded your current quota", ErrorClass.QUOTA),
        (1011, "Internal error encountered.", ErrorClass.RETRY),
    ],
)
def test_close_codes_are_told_apart_by_their_words(
    code: int, reason: str, expected: ErrorClass
) -> None:
    assert GeminiLive().closed(code, reason).error_class is expected


def test_schemas_are_put_into_the_subset_that_the_live_api_knows() -> None:
    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "when": {"$ref": "#/$defs/When"},
            "unit": {"enum": ["c", "f", None]},
            "note": {"type": ["string", "null"]},
            "many": {"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
        },
        "required": ["when"],
        "$defs": {"When": {"type": "string", "format": "date"}},
    }
    assert live_schema(schema) == {
        "type": "OBJECT",
        "properties": {
            "when": {"type": "STRING"},
            "unit": {"type": "STRING", "enum": ["c", "f"], "nullable": True},
            "note": {"type": "STRING", "nullable": True},
            "many": {"type": "ARRAY", "items": {"type": "INTEGER", "nullable": True}},
        },
        "required": ["when"],
    }
    endless = {"properties": {"self": {"$ref": "#/$defs/A"}}, "$defs": {}}
    endless["$defs"] = {"A": endless}
    assert live_schema(endless)["type"] == "OBJECT"
