"""Requests fit the providers' own types; answers are read however they are cut, or refused."""

from __future__ import annotations

import itertools
from typing import Any
from urllib.parse import parse_qsl

import orjson
import pytest
from google.genai import types
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.audio import SpeechCreateParams
from pydantic import TypeAdapter

from miavo_gateway.catalogue import Model, load_catalogue
from miavo_gateway.errors import InvalidRequest, NoUpstream
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import Garbled, ProviderError, WireRequest
from miavo_gateway.providers.speech.adapter import Encoded, SpeechReader
from miavo_gateway.providers.speech.openai_transcription import OpenAITranscription
from miavo_gateway.providers.speech.registry import speech_adapter
from miavo_gateway.sandbox.registry import base_path, simulator
from miavo_gateway.sandbox.simulator import Received
from miavo_gateway.sound.speech import Asked, Began, Samples, Used
from miavo_gateway.sound.transcription import Heard, Transcript
from miavo_gateway.usage import UsageBuckets

SLUGS = [
    "tts-1",
    "gpt-4o-mini-tts",
    "gemini-3.1-flash-tts",
    "gemini-2.5-flash-tts",
    "vertex-chirp-3",
    "vertex-lyria-3-pro",
    "minimax-speech-2.6",
    "minimax-music-1.5",
    "glm-tts",
]
ASKED = Asked("The gate stands open tonight.", "nova", 1.25, "A calm voice, like a lullaby.")


def model(slug: str) -> Model:
    found = load_catalogue().get(slug)
    assert found is not None
    return found


def request(slug: str, asked: Asked = ASKED, secret: str = "sk-1") -> WireRequest:
    return speech_adapter(model(slug)).request(asked, model(slug), Access(secret, "http://p.test"))


def body(slug: str, asked: Asked = ASKED) -> dict[str, Any]:
    decoded: dict[str, Any] = orjson.loads(request(slug, asked).body)
    return decoded


def answer(slug: str) -> bytes:
    """What the simulator says to the adapter's own request."""
    wire = request(slug)
    provider = model(slug).provider
    path, _, query = wire.url.removeprefix("http://p.test").partition("?")
    received = Received(
        wire.method,
        base_path(provider) + path,
        dict(parse_qsl(query)),
        dict(wire.headers),
        wire.body,
    )
    simulated = simulator(provider).answer(received)
    assert simulated.status == 200, simulated.parts
    return b"".join(part.data for part in simulated.parts)


ANSWERS = {slug: answer(slug) for slug in SLUGS}


def sound(reader: SpeechReader, pieces: list[bytes]) -> bytes | ProviderError | Garbled:
    """All samples, or the first thing that is wrong."""
    heard = b""
    begun = False
    for read in (*map(reader.feed, pieces), None):
        events = reader.finish() if read is None else read
        if isinstance(events, ProviderError | Garbled):
            return events
        for event in events:
            if isinstance(event, Began):
                begun = True
            elif isinstance(event, Samples):
                assert begun, "it is said what the samples are before they come"
                heard += event.data
            elif isinstance(event, Encoded):
                heard += event.data
    return heard


@pytest.mark.parametrize("slug", ["tts-1", "gpt-4o-mini-tts"])
def test_openais_request_fits_its_own_type(slug: str) -> None:
    sent = body(slug)
    TypeAdapter(SpeechCreateParams).validate_python(sent)
    assert sent["response_format"] == "pcm"
    assert ("instructions" in sent) is (slug == "gpt-4o-mini-tts")


def test_geminis_request_fits_its_own_type() -> None:
    sent = body("gemini-3.1-flash-tts")
    config = types.GenerateContentConfig.model_validate(sent["generationConfig"])
    assert config.response_modalities == ["AUDIO"]
    [content] = [types.Content.model_validate(each) for each in sent["contents"]]
    assert content.parts
    assert content.parts[0].text == (
        "A calm voice, like a lullaby. Speak fast.: The gate stands open tonight."
    )


def test_geminis_answer_is_googles_own_type() -> None:
    reply = types.GenerateContentResponse.model_validate_json(ANSWERS["gemini-2.5-flash-tts"])
    assert reply.candidates
    parts = reply.candidates[0].content and reply.candidates[0].content.parts
    assert parts
    assert parts[0].inline_data
    assert parts[0].inline_data.mime_type == "audio/L16;codec=pcm;rate=24000"


def tokens(slug: str) -> UsageBuckets:
    reader = speech_adapter(model(slug)).reader(ASKED)
    counted = UsageBuckets()
    for read in (reader.feed(ANSWERS[slug]), reader.finish()):
        assert isinstance(read, list | tuple)
        counted = next((event.usage for event in read if isinstance(event, Used)), counted)
    return counted


def test_models_billed_by_the_token_tell_their_tokens() -> None:
    for slug in ("gpt-4o-mini-tts", "gemini-3.1-flash-tts", "gemini-2.5-flash-tts"):
        counted = tokens(slug)
        assert counted.uncached_input > 0, slug
        assert counted.audio_output > 10, slug
    assert tokens("tts-1") == UsageBuckets()


def test_a_server_that_knows_no_events_is_understood_all_the_same() -> None:
    samples = bytes(range(200)) * 20
    reader = speech_adapter(model("gpt-4o-mini-tts")).reader(ASKED)
    assert sound(reader, [samples[:3], samples[3:]]) == samples


def test_events_that_end_before_the_last_are_no_whole_answer() -> None:
    whole = ANSWERS["gpt-4o-mini-tts"]
    *events, _, _ = whole.split(b"\n\n")
    reader = speech_adapter(model("gpt-4o-mini-tts")).reader(ASKED)
    assert isinstance(sound(reader, [b"\n\n".join(events) + b"\n\n"]), Garbled)


@pytest.mark.parametrize("slug", SLUGS)
def test_no_secret_stands_in_an_address_or_a_body(slug: str) -> None:
    wire = request(slug, secret="sk-very-secret")
    assert "sk-very-secret" not in wire.url + wire.body.decode() + repr(wire)


@settings(deadline=None, max_examples=40)
@given(slug=st.sampled_from(SLUGS), cuts=st.lists(st.integers(0, 40_000), max_size=6))
def test_where_an_answer_is_cut_changes_nothing(slug: str, cuts: list[int]) -> None:
    whole = ANSWERS[slug]
    adapter = speech_adapter(model(slug))
    bounds = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    pieces = [whole[start:end] for start, end in itertools.pairwise(bounds)]
    heard = sound(adapter.reader(ASKED), pieces)
    assert isinstance(heard, bytes)
    assert len(heard) > 1_000
    assert heard == sound(adapter.reader(ASKED), [whole])


@settings(deadline=None, max_examples=150)
@given(
    slug=st.sampled_from(SLUGS),
    at=st.integers(0, 40_000),
    put=st.binary(max_size=6),
    drop=st.integers(0, 9),
)
def test_a_mutilated_answer_is_read_or_refused_and_never_raises(
    slug: str, at: int, put: bytes, drop: int
) -> None:
    whole = ANSWERS[slug]
    at = min(at, len(whole))
    heard = sound(speech_adapter(model(slug)).reader(ASKED), [whole[:at], put, whole[at + drop :]])
    assert isinstance(heard, bytes | ProviderError | Garbled)


@pytest.mark.parametrize("slug", SLUGS)
def test_an_error_in_any_shape_is_told(slug: str) -> None:
    adapter = speech_adapter(model(slug))
    for raw in (b"", b"<html>", b"[]", b'{"error": {"message": "no"}}', b"[" * 10_000):
        assert isinstance(adapter.error(500, {}, raw), ProviderError)


@pytest.mark.parametrize(
    ("slug", "asked", "param"),
    [
        ("tts-1", Asked("a" * 4_097), "input"),
        ("vertex-chirp-3", Asked("é" * 2_501), "input"),
        ("glm-tts", Asked("a" * 1_025), "input"),
        ("minimax-speech-2.6", Asked("a" * 10_000), "input"),
        ("minimax-music-1.5", Asked("la la la la", instructions="short"), "instructions"),
        ("vertex-chirp-3", Asked("Hello", "xx-XX-Chirp3-HD-Nobody"), "voice"),
        ("minimax-speech-2.6", Asked("Hello", "bob"), "voice"),
        ("glm-tts", Asked("Hello", "bob"), "voice"),
    ],
)
def test_what_a_provider_would_refuse_is_refused_by_its_field(
    slug: str, asked: Asked, param: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        request(slug, asked)
    assert refused.value.param == param


def test_a_song_of_lyria_needs_a_project() -> None:
    adapter = speech_adapter(model("vertex-lyria-3-pro"))
    with pytest.raises(NoUpstream):
        adapter.request(ASKED, model("vertex-lyria-3-pro"), Access("AIza-key"))


def test_a_form_carries_the_recording_to_the_byte() -> None:
    content = bytes(range(256)) * 4
    heard = Heard(content, 'odd"\r\nname.wav', "en", "Names: Miavo", 0.2, timed=True, words=True)
    wire = OpenAITranscription().request(heard, model("whisper-1"), Access("sk-1"))
    assert content in wire.body
    assert b'filename="odd___name.wav"' in wire.body
    assert wire.body.count(b'name="timestamp_granularities[]"') == 2


@pytest.mark.parametrize(
    ("name", "content", "sent"),
    [
        ("talk.m4a", b"", "talk.m4a"),
        ("recording", b"RIFF....WAVE", "recording.wav"),
        ("voice.opus", b"OggS", "voice.opus.ogg"),
        ("blob", b"\0\0\0 ftypM4A ", "blob.mp4"),
        ("notes.txt", b"notes", "notes.txt"),
    ],
)
def test_a_recording_has_the_ending_by_which_openai_knows_it(
    name: str, content: bytes, sent: str
) -> None:
    heard = Heard(content, name)
    wire = OpenAITranscription().request(heard, model("whisper-1"), Access("sk-1"))
    assert f'filename="{sent}"'.encode() in wire.body


def test_the_seconds_are_those_that_the_provider_counts() -> None:
    raw = orjson.dumps({"text": "x", "usage": {"type": "duration", "seconds": 7}})
    read = OpenAITranscription().reply(raw, Heard(b"", "a.wav"))
    assert isinstance(read, Transcript)
    assert (read.seconds, read.usage) == (7, UsageBuckets())


@settings(deadline=None)
@given(st.binary(max_size=80) | st.sampled_from([b"[" * 9_999, b'{"text": 3}', b'{"text": "x"}']))
def test_a_transcript_is_read_or_refused(raw: bytes) -> None:
    read = OpenAITranscription().reply(raw, Heard(b"", "a.wav"))
    assert isinstance(read, Transcript | ProviderError | Garbled)


def test_base64_that_is_none_is_garbled() -> None:
    blob = {"inlineData": {"mimeType": "audio/L16", "data": "a"}}
    raw = orjson.dumps({"candidates": [{"content": {"parts": [blob]}}]})
    reader = speech_adapter(model("gemini-3.1-flash-tts")).reader(ASKED)
    assert isinstance(sound(reader, [raw]), Garbled)
