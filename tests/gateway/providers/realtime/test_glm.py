"""Sessions with GLM-Realtime in OpenAI's terms."""

from __future__ import annotations

import base64
import io
import wave
from typing import Any

import orjson
import pytest

from miavo_gateway.catalogue import load_catalogue
from miavo_gateway.providers.exchange import ErrorClass
from miavo_gateway.providers.realtime.adapter import Step
from miavo_gateway.providers.realtime.glm import GLMRealtime, GLMSession
from miavo_gateway.usage import UsageBuckets

MODEL = load_catalogue().get("glm-realtime")
USAGE = {
    "total_tokens": 30,
    "input_tokens": 20,
    "output_tokens": 10,
    "input_token_details": {"cached_tokens": 4, "text_tokens": 12, "audio_tokens": 8},
    "output_token_details": {"text_tokens": 3, "audio_tokens": 7},
}
COUNTED = UsageBuckets(uncached_input=8, cache_read=4, audio_input=8, output=3, audio_output=7)


@pytest.fixture
def session() -> GLMSession:
    assert MODEL is not None
    made = GLMRealtime().translator(MODEL, "t")
    made.opening()
    hear(made, "session.created", session={})
    assert not made.created
    assert names(hear(made, "session.updated", session={})) == ["session.created"]
    return made


def hear(session: GLMSession, name: str, /, **fields: Any) -> Step:
    return session.from_provider(orjson.dumps({"type": name, **fields}))


def tell(session: GLMSession, name: str, /, **fields: Any) -> Step:
    return session.from_client({"type": name, **fields})


def names(step: Step) -> list[str]:
    return [orjson.loads(event)["type"] for event in step.down]


def sent(step: Step) -> dict[str, Any]:
    [frame] = step.up
    said: dict[str, Any] = orjson.loads(frame)
    return said


def test_every_update_names_all_that_holds_for_glm_forgets_the_rest(session: GLMSession) -> None:
    first = orjson.loads(session.opening()[0])["session"]
    assert first["model"] == "glm-realtime-flash"
    assert first["turn_detection"] == {"type": "server_vad"}
    assert first["beta_fields"]["chat_mode"] == "audio"
    tool = {"type": "function", "name": "f", "parameters": {"type": "object"}}
    update = sent(tell(session, "session.update", session={"type": "realtime", "tools": [tool]}))
    assert update["session"]["tools"] == [tool]
    assert update["session"]["turn_detection"] == {"type": "server_vad"}
    assert update["session"]["beta_fields"] == first["beta_fields"]


def test_audio_goes_as_wav_files_at_16_khz(session: GLMSession) -> None:
    pcm = base64.b64encode(bytes(4_800)).decode()
    frame = sent(tell(session, "input_audio_buffer.append", audio=pcm))
    with wave.open(io.BytesIO(base64.b64decode(frame["audio"]))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        assert file.getnframes() == pytest.approx(1_600, abs=32)


def test_a_spoken_reply_gets_the_names_and_items_that_openais_clients_want(
    session: GLMSession,
) -> None:
    steps = [
        hear(session, "response.created", response={"id": "r1"}),
        hear(session, "response.audio_transcript.delta", response_id="r1", delta="Hi"),
        hear(session, "response.audio.delta", response_id="r1", delta="AAAA"),
        hear(session, "heartbeat"),
        hear(
            session, "response.done", response={"id": "r1", "status": "completed", "usage": USAGE}
        ),
    ]
    told = [name for step in steps for name in names(step)]
    assert told == [
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
    ]
    assert steps[-1].spent == COUNTED


def test_usage_beside_the_response_and_a_status_that_is_none_are_understood(
    session: GLMSession,
) -> None:
    hear(session, "response.created", response={"id": "r1"})
    step = hear(
        session, "response.done", response={"id": "r1", "status": "in_progress"}, usage=USAGE
    )
    assert step.spent == COUNTED
    assert orjson.loads(step.down[-1])["response"]["status"] == "completed"


def test_what_still_comes_of_a_cancelled_reply_is_not_passed_on_and_billed_once(
    session: GLMSession,
) -> None:
    tell(session, "response.create")
    hear(session, "response.created", response={"id": "r1"})
    hear(session, "response.audio_transcript.delta", response_id="r1", delta="four four")
    step = tell(session, "response.cancel")
    assert sent(step) == {"type": "response.cancel"}
    guessed = step.spent
    assert guessed == UsageBuckets(output=3)
    tell(session, "response.create")
    assert names(hear(session, "response.audio.delta", response_id="r1", delta="AAAA")) == []
    late = hear(
        session, "response.done", response={"id": "r1", "status": "cancelled", "usage": USAGE}
    )
    assert names(late) == []
    assert late.spent is not None
    assert late.spent.total + guessed.total == COUNTED.total
    hear(session, "response.created", response={"id": "r2"})
    assert "response.output_audio.delta" in names(
        hear(session, "response.audio.delta", response_id="r2", delta="AAAA")
    )


def test_an_error_before_the_session_is_the_credentials(session: GLMSession) -> None:
    assert MODEL is not None
    fresh = GLMRealtime().translator(MODEL, "u")
    error = {"code": "1113", "message": "Insufficient balance, retry after 90 s"}
    refused = hear(fresh, "error", error=error).refusal
    assert refused is not None
    assert (refused.error_class, refused.retry_after) == (ErrorClass.QUOTA, 90)
    [trouble] = hear(session, "error", error=error).troubles
    assert trouble.error.error_class is ErrorClass.QUOTA
