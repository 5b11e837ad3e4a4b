"""Every model that speaks, sings or hears, simulated, through a gateway and OpenAI's client."""

from __future__ import annotations

import base64
import wave
from collections.abc import Iterator
from io import BytesIO

import openai
import pytest

from miavo_gateway.catalogue import Kind, load_catalogue
from miavo_gateway.home import Home
from miavo_gateway.server import EmbeddedGateway
from miavo_gateway.sound.decoder import decoded
from tests.conftest import RunningGateway

CATALOGUE = load_catalogue()
SPEAKING = [model.slug for model in CATALOGUE.models if model.kind in (Kind.SPEECH, Kind.MUSIC)]
HEARING = [model.slug for model in CATALOGUE.models if model.kind is Kind.TRANSCRIPTION]
REMOTE = [slug for slug in SPEAKING if not slug.startswith("local-")]
TEXT = "The gate stands open, and packets pass in the night."


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    home = tmp_path_factory.mktemp("sound") / "home"
    home.mkdir()
    # The page prices no voice: an operator may.
    (home / "config.toml").write_text(
        '[models."tts-1"]\nprices = { characters = "15.00" }\n'
        '[models."whisper-1"]\nprices = { per_second = "0.0001" }\n'
    )
    embedded = EmbeddedGateway(Home(home), port=0, sandbox=True)
    running = RunningGateway(home, embedded, embedded.start())
    running.admin("POST", "credit", {"amount_usd": "10"})
    yield running
    embedded.stop()


@pytest.fixture(scope="module")
def client(gateway: RunningGateway) -> Iterator[openai.OpenAI]:
    made = gateway.admin("POST", "keys", {"name": "k", "rpm_limit": 10_000, "tpm_limit": 10**9})
    url = f"{gateway.url}/v1"
    with openai.OpenAI(base_url=url, api_key=made["key"], max_retries=0) as client:
        yield client


@pytest.mark.parametrize("slug", SPEAKING)
def test_it_speaks_and_its_use_is_on_record(
    client: openai.OpenAI, gateway: RunningGateway, slug: str
) -> None:
    answer = client.audio.speech.with_raw_response.create(
        model=slug, input=TEXT, voice="nova", response_format="mp3", speed=1.2
    )
    assert decoded(answer.content, most_seconds=60).milliseconds > 500
    row = gateway.admin("GET", f"usage/{answer.headers['x-request-id']}")
    assert (row["state"], row["characters"]) == ("completed", len(TEXT))
    assert row["seconds"] > 0.5
    local = slug.startswith("local-")
    assert row["simulated"] is not local
    assert answer.headers.get("x-miavo-simulated") == (None if local else "true")
    expected = {"tts-1": len(TEXT) * 15_000, "local-espeak": 0}
    assert row["cost_nano"] == expected.get(slug)


@pytest.mark.parametrize("slug", SPEAKING)
def test_a_chat_completion_speaks_as_the_page_has_it(client: openai.OpenAI, slug: str) -> None:
    messages = [{"role": "user", "content": "Write me a haiku about gateways."}]
    message = (
        client.chat.completions.create(model=slug, messages=messages)  # type: ignore[arg-type]
        .choices[0]
        .message
    )
    assert message.content == "Write me a haiku about gateways."
    assert message.audio is not None
    assert decoded(base64.b64decode(message.audio.data), most_seconds=60).milliseconds > 500
    parts = []
    for chunk in client.chat.completions.create(model=slug, messages=messages, stream=True):  # type: ignore[call-overload]
        audio = chunk.choices[0].delta.audio
        parts.append(base64.b64decode((audio and audio.data) or ""))
    assert decoded(b"".join(parts), most_seconds=60).milliseconds > 500


def recording() -> bytes:
    """Two seconds of a WAV file."""
    file = BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(b"\0\x10" * 32_000)
    return file.getvalue()


@pytest.mark.parametrize("slug", ["whisper-1", "gpt-4o-transcribe"])
def test_it_hears(client: openai.OpenAI, gateway: RunningGateway, slug: str) -> None:
    answer = client.audio.transcriptions.with_raw_response.create(
        model=slug, file=("two.wav", recording()), language="en", prompt="numbers"
    )
    assert answer.parse().text == "Simulated transcript of a recording of 2.0 seconds."
    row = gateway.admin("GET", f"usage/{answer.headers['x-request-id']}")
    assert (row["seconds"], row["simulated"]) == (2.0, True)
    assert row["cost_nano"] == (200_000 if slug == "whisper-1" else None)
    assert bool(row["audio_input_tokens"]) is (slug != "whisper-1")
    data = base64.b64encode(recording()).decode()
    part = {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
    heard = client.chat.completions.create(
        model=slug,
        messages=[{"role": "user", "content": [part]}],  # type: ignore[list-item]
    )
    assert "2.0 seconds" in (heard.choices[0].message.content or "")


def test_times_come_from_the_model_that_tells_them(client: openai.OpenAI) -> None:
    file = ("two.wav", recording())
    verbose = client.audio.transcriptions.create(
        model="whisper-1",
        file=file,
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
    )
    assert verbose.words
    assert verbose.segments
    srt = client.audio.transcriptions.create(model="whisper-1", file=file, response_format="srt")
    assert "00:00:00,000 --> 00:00:02,000" in str(srt)
    for form in ("srt", "verbose_json"):
        with pytest.raises(openai.BadRequestError) as refused:
            client.audio.transcriptions.create(
                model="gpt-4o-transcribe",
                file=file,
                response_format=form,  # type: ignore[call-overload]
            )
        assert refused.value.param == "response_format"


@pytest.mark.parametrize("slug", REMOTE)
def test_what_a_provider_will_not_say_is_an_error_with_its_words(
    client: openai.OpenAI, gateway: RunningGateway, slug: str
) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        client.audio.speech.create(model=slug, input=f"{TEXT} [[refuse]]", voice="alloy")
    assert refused.value.status_code in (400, 502)
    request_id = refused.value.response.headers["x-request-id"]
    row = gateway.admin("GET", f"usage/{request_id}")
    assert (row["state"], row["cost_nano"] or 0) == ("failed", 0)


@pytest.mark.parametrize("slug", ["tts-1", "vertex-chirp-3", "gemini-2.5-flash-tts"])
def test_a_voice_that_a_model_lacks_is_refused_with_those_it_has(
    client: openai.OpenAI, slug: str
) -> None:
    with pytest.raises(openai.BadRequestError, match="alloy") as refused:
        client.audio.speech.create(model=slug, input=TEXT, voice="nobody")
    assert refused.value.param == "voice"


def test_gpt_4o_audio_hears_and_speaks(client: openai.OpenAI, gateway: RunningGateway) -> None:
    data = base64.b64encode(recording()).decode()
    part = {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
    asked: dict[str, object] = {
        "model": "gpt-4o-audio-preview",
        "messages": [
            {"role": "user", "content": "Speak."},
            {"role": "assistant", "audio": {"id": "audio_1"}},
            {"role": "user", "content": [{"type": "text", "text": "Say hello"}, part]},
        ],
        "modalities": ["text", "audio"],
    }
    answer = client.chat.completions.with_raw_response.create(
        **asked,  # type: ignore[arg-type]
        audio={"voice": "nova", "format": "flac"},
    )
    reply = answer.parse()
    audio = reply.choices[0].message.audio
    assert audio is not None
    assert "Say hello" in audio.transcript
    sound = base64.b64decode(audio.data)
    assert sound.startswith(b"fLaC")
    whole = decoded(sound, most_seconds=60)
    assert reply.usage is not None
    assert reply.usage.completion_tokens_details is not None
    assert reply.usage.completion_tokens_details.audio_tokens
    row = gateway.admin("GET", f"usage/{answer.headers['x-request-id']}")
    assert row["audio_output_tokens"] == reply.usage.completion_tokens_details.audio_tokens
    assert row["cost_nano"] is None

    said, parts = "", []
    stream = client.chat.completions.create(
        **asked,  # type: ignore[call-overload]
        audio={"voice": "nova", "format": "pcm16"},
        stream=True,
    )
    for chunk in stream:
        if (delta := chunk.choices[0].delta.audio) is not None:
            said += delta.transcript or ""
            parts.append(base64.b64decode(delta.data or ""))
    assert said == audio.transcript
    assert len(b"".join(parts)) == len(whole.samples)


def test_a_model_that_does_not_speak_says_so(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(
            model="gpt-5.4",
            messages=[{"role": "user", "content": "Hello"}],
            modalities=["text", "audio"],
            audio={"voice": "alloy", "format": "mp3"},
        )
    assert refused.value.param == "modalities"


def test_a_song_in_a_chat_completion_keeps_its_sound(client: openai.OpenAI) -> None:
    message = (
        client.chat.completions.create(
            model="vertex-lyria-3-pro",
            messages=[{"role": "user", "content": TEXT}],
            audio={"voice": "alloy", "format": "wav"},
            modalities=["text", "audio"],
        )
        .choices[0]
        .message
    )
    assert message.audio is not None
    assert decoded(base64.b64decode(message.audio.data), most_seconds=60).pcm.rate == 44_100
