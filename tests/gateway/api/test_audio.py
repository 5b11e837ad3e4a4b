"""Speech and transcription over OpenAI's own client, with the engines of this machine."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator

import httpx
import openai
import pytest

from miavo_gateway.sound.decoder import decoded
from tests.conftest import RunningGateway

NUMBERS = "one two three four five six seven"


@pytest.fixture(scope="module")
def client(shared_gateway: RunningGateway) -> Iterator[openai.OpenAI]:
    made = shared_gateway.admin(
        "POST", "keys", {"name": "sound", "rpm_limit": 10_000, "tpm_limit": 10**9}
    )
    url = f"{shared_gateway.url}/v1"
    with openai.OpenAI(base_url=url, api_key=made["key"], max_retries=0) as client:
        yield client


def spoken(client: openai.OpenAI, form: str, text: str = NUMBERS) -> bytes:
    return client.audio.speech.create(
        model="local-espeak",
        input=text,
        voice="alloy",
        response_format=form,  # type: ignore[arg-type]
    ).read()


def overlap(heard: str) -> int:
    return len(set(heard.split()) & set(NUMBERS.split()))


@pytest.mark.parametrize("form", ["mp3", "opus", "aac", "flac", "wav"])
def test_what_espeak_says_pocketsphinx_hears(client: openai.OpenAI, form: str) -> None:
    file = (f"numbers.{form}", spoken(client, form))
    heard = client.audio.transcriptions.create(model="local-pocketsphinx", file=file)
    assert overlap(heard.text) >= 4, heard.text


def test_speech_comes_as_it_is_made_and_faster_if_told(client: openai.OpenAI) -> None:
    long = "This sentence is said again and again. " * 60
    with client.audio.speech.with_streaming_response.create(
        model="local-espeak", input=long, voice="onyx", response_format="pcm"
    ) as answer:
        assert answer.headers["content-type"] == "audio/pcm"
        pieces = [len(piece) for piece in answer.iter_bytes()]
    assert len(pieces) > 3
    quick = client.audio.speech.create(
        model="local-espeak", input=long, voice="onyx", response_format="pcm", speed=2
    )
    assert len(quick.read()) < 0.6 * sum(pieces)


def test_a_transcript_is_streamed_in_openais_events(client: openai.OpenAI) -> None:
    file = ("numbers.wav", spoken(client, "wav", f"{NUMBERS}. " * 9))
    events = list(
        client.audio.transcriptions.create(model="local-pocketsphinx", file=file, stream=True)
    )
    deltas = [event.delta for event in events if event.type == "transcript.text.delta"]
    assert len(deltas) > 1
    assert events[-1].type == "transcript.text.done"
    assert "".join(deltas) == events[-1].text
    assert overlap(events[-1].text) >= 4


def test_times_of_words_and_subtitles(client: openai.OpenAI) -> None:
    file = ("numbers.wav", spoken(client, "wav"))
    verbose = client.audio.transcriptions.create(
        model="local-pocketsphinx",
        file=file,
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
    )
    assert verbose.words
    assert verbose.segments
    starts = [word.start for word in verbose.words]
    assert starts == sorted(starts)
    assert 0 < verbose.words[-1].end <= verbose.duration + 0.1
    srt = client.audio.transcriptions.create(
        model="local-pocketsphinx", file=file, response_format="srt"
    )
    assert str(srt).startswith("1\n00:00:0")
    vtt = client.audio.transcriptions.create(
        model="local-pocketsphinx", file=file, response_format="vtt"
    )
    assert str(vtt).startswith("WEBVTT\n\n00:00:0")


def test_a_chat_completion_speaks_the_last_text_and_hears_a_recording(
    client: openai.OpenAI,
) -> None:
    said = client.chat.completions.create(
        model="local-espeak",
        messages=[{"role": "user", "content": NUMBERS}],
        audio={"voice": "alloy", "format": "wav"},
        modalities=["text", "audio"],
    )
    message = said.choices[0].message
    assert message.content == NUMBERS
    assert message.audio is not None
    assert message.audio.transcript == NUMBERS
    sound = base64.b64decode(message.audio.data)
    assert decoded(sound, most_seconds=20).milliseconds > 1_000
    part = {
        "type": "input_audio",
        "input_audio": {"data": message.audio.data, "format": "wav"},
    }
    heard = client.chat.completions.create(
        model="local-pocketsphinx",
        messages=[{"role": "user", "content": [part]}],  # type: ignore[list-item]
    )
    assert overlap(heard.choices[0].message.content or "") >= 4


def test_a_streamed_chat_completion_carries_the_same_sound(client: openai.OpenAI) -> None:
    pieces = []
    for chunk in client.chat.completions.create(
        model="local-espeak",
        messages=[{"role": "user", "content": NUMBERS}],
        audio={"voice": "alloy", "format": "pcm16"},
        modalities=["text", "audio"],
        stream=True,
    ):
        audio = chunk.choices[0].delta.audio
        pieces.append(base64.b64decode((audio and audio.data) or ""))
    assert len(b"".join(pieces)) == pytest.approx(len(spoken(client, "pcm")), rel=0.02)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"voice": "nobody"}, "voice"),
        ({"input": ""}, "input"),
        ({"speed": 9}, "speed"),
        ({"response_format": "midi"}, "response_format"),
        ({"model": "gpt-5.4"}, "model"),
    ],
)
def test_what_cannot_be_spoken_is_refused_by_its_field(
    client: openai.OpenAI, fields: dict[str, object], param: str
) -> None:
    body = {"model": "local-espeak", "input": "Hello", "voice": "alloy", **fields}
    with pytest.raises(openai.BadRequestError) as refused:
        client.audio.speech.create(**body)  # type: ignore[arg-type]
    assert refused.value.param == param


def test_what_is_no_recording_is_refused(
    client: openai.OpenAI, shared_gateway: RunningGateway
) -> None:
    for file in (("a.wav", b"no sound"), ("a.mp3", b"")):
        with pytest.raises(openai.BadRequestError) as refused:
            client.audio.transcriptions.create(
                model="local-pocketsphinx", file=(file[0], io.BytesIO(file[1]))
            )
        assert refused.value.param == "file"
    url = f"{shared_gateway.url}/v1/audio/transcriptions"
    headers = {"authorization": f"Bearer {client.api_key}"}
    answer = httpx.post(url, json={"model": "local-pocketsphinx"}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")
    large = {"file": ("a.wav", b"\0" * (26 * 2**20))}
    answer = httpx.post(url, data={"model": "x"}, files=large, headers=headers, timeout=60)
    assert answer.status_code == 413


def test_usage_has_the_characters_and_the_seconds(
    client: openai.OpenAI, shared_gateway: RunningGateway
) -> None:
    answer = client.audio.speech.with_raw_response.create(
        model="local-espeak", input=NUMBERS, voice="alloy", response_format="wav"
    )
    row = shared_gateway.admin("GET", f"usage/{answer.headers['x-request-id']}")
    assert row["characters"] == len(NUMBERS)
    assert row["seconds"] > 1
    assert (row["state"], row["cost_nano"]) == ("completed", 0)
