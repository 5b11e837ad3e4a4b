"""However a text that is being spoken ends, its caller learns it, and it is billed as it came."""

from __future__ import annotations

import io
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import openai
import pytest

from miavo_gateway.home import Home
from miavo_gateway.server import EmbeddedGateway
from tests.conftest import RunningGateway

TEXT = "The gate stands open, and packets pass in the night. " * 4
PATH = "/v1/audio/speech"
PRICED = """
[models."tts-1"]
prices = { characters = "15.00" }
[models."tts-1-hd"]
prices = { per_second = "0.01" }
[models."gpt-4o-mini-tts"]
prices = { input = "0.60", output = "0", audio_output = "12.00" }
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., RunningGateway]]:
    started: list[EmbeddedGateway] = []

    def start(*pool: dict[str, object], credit: str = "10") -> RunningGateway:
        home = tmp_path / "home"
        home.mkdir()
        (home / "config.toml").write_text(PRICED)
        embedded = EmbeddedGateway(Home(home), port=0)
        started.append(embedded)
        gateway = RunningGateway(home, embedded, embedded.start())
        for number, terms in enumerate(pool):
            body = {"provider": "openai", "label": f"c{number}", "sandbox": terms}
            gateway.admin("POST", "credentials", body)
        if credit != "0":
            gateway.admin("POST", "credit", {"amount_usd": credit})
        return gateway

    yield start
    for embedded in started:
        embedded.stop()


def client_of(gateway: RunningGateway) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=gateway.key(), max_retries=0)


def ask(gateway: RunningGateway, **fields: object) -> dict[str, object]:
    """What httpx wants for a request of its own."""
    body = {"model": "tts-1", "input": TEXT, "voice": "nova", "response_format": "pcm"}
    headers = {"authorization": f"Bearer {gateway.key()}"}
    return {"url": gateway.url + PATH, "json": body | fields, "headers": headers, "timeout": 30}


def row(gateway: RunningGateway, answer: httpx.Response) -> dict[str, object]:
    return gateway.admin("GET", f"usage/{answer.headers['x-request-id']}")


def test_another_credential_speaks_and_hears_where_one_fails(
    start: Callable[..., RunningGateway],
) -> None:
    gateway = start({"faults": ["500"]}, {})
    with client_of(gateway) as client:
        for _ in range(2):
            sound = client.audio.speech.create(
                model="gpt-4o-mini-tts", input=TEXT, voice="nova", response_format="wav"
            ).read()
            heard = client.audio.transcriptions.create(
                model="gpt-4o-transcribe", file=("a.wav", sound)
            )
            assert "Simulated" in heard.text
            assert heard.usage is not None
            assert heard.usage.type == "tokens"
    states = {each["label"]: each["counts"] for each in gateway.admin("GET", "credentials")["data"]}
    assert states["c1"]["ok"] == 4
    assert states["c0"]["failed"] >= 1


@pytest.mark.parametrize("stream_format", ["audio", "sse"])
def test_sound_that_breaks_off_is_no_whole_one(
    start: Callable[..., RunningGateway], stream_format: str
) -> None:
    gateway = start({"faults": [{"kind": "cut", "after": 10}], "rate": 100}, {})
    with httpx.stream("POST", **ask(gateway, stream_format=stream_format)) as answer:
        assert answer.status_code == 200
        if stream_format == "audio":
            with pytest.raises(httpx.RemoteProtocolError):
                answer.read()
        else:
            events = answer.read()
            assert b"speech.audio.delta" in events
            assert b'"code":"upstream_error"' in events.split(b"data: ")[-1]
            assert b"speech.audio.done" not in events
    ended = row(gateway, answer)
    assert (ended["state"], ended["cost_nano"]) == ("truncated", len(TEXT) * 15_000)
    assert 0.2 < ended["seconds"] < 8


def test_a_caller_that_hangs_up_ends_the_speech_and_pays_for_what_was_spoken(
    start: Callable[..., RunningGateway],
) -> None:
    gateway = start({"rate": 20})
    with httpx.stream("POST", **ask(gateway, model="tts-1-hd")) as answer:
        next(answer.iter_raw(1_000))
    deadline = time.monotonic() + 20
    while (ended := row(gateway, answer))["state"] != "cancelled":
        assert time.monotonic() < deadline, ended["state"]
        time.sleep(0.05)
    assert 0 < ended["seconds"] < 6
    assert ended["cost_nano"] == pytest.approx(ended["seconds"] * 10_000_000, rel=0.01)


def test_a_price_by_the_token_holds_for_the_tokens_of_speech(
    start: Callable[..., RunningGateway],
) -> None:
    gateway = start({})
    answer = httpx.post(**ask(gateway, model="gpt-4o-mini-tts", stream_format="sse"))
    done = answer.text.split("data: ")[-1]
    spent = row(gateway, answer)
    tokens = (spent["prompt_tokens"], spent["audio_output_tokens"])
    assert f'"input_tokens":{tokens[0]},"output_tokens":{tokens[1]}' in done
    assert spent["cost_nano"] == tokens[0] * 600 + tokens[1] * 12_000
    assert gateway.admin("GET", "credit")["held_nano"] == 0


def test_nothing_is_said_on_credit(start: Callable[..., RunningGateway]) -> None:
    gateway = start({}, credit="0.001")
    answer = httpx.post(**ask(gateway))
    assert (answer.status_code, answer.json()["error"]["code"]) == (402, "budget_exhausted")
    # A text without a price is said all the same.
    assert httpx.post(**ask(gateway, model="local-espeak")).status_code == 200


def test_credit_that_ends_while_speaking_ends_the_speech(
    start: Callable[..., RunningGateway],
) -> None:
    gateway = start({}, credit="0.03")
    with httpx.stream("POST", **ask(gateway, model="tts-1-hd", stream_format="sse")) as answer:
        events = answer.read()
    assert b"budget_exhausted" in events
    spent = row(gateway, answer)
    assert spent["state"] == "truncated"
    assert spent["cost_nano"] >= 30_000_000
    assert gateway.admin("GET", "credit")["balance_nano"] == 0


@pytest.mark.parametrize("model", ["tts-1", "tts-1-hd"])
def test_a_chat_completion_that_speaks_is_held_for_and_billed_as_speech_is(
    start: Callable[..., RunningGateway], model: str
) -> None:
    gateway = start({"rate": 20}, credit="0.001")
    asked: dict[str, object] = {"messages": [{"role": "user", "content": TEXT}], "model": model}
    with client_of(gateway) as client:
        with pytest.raises(openai.APIStatusError) as refused:
            client.chat.completions.create(**asked)  # type: ignore[call-overload]
        assert refused.value.status_code == 402
        gateway.admin("POST", "credit", {"amount_usd": "5"})
        answer = client.chat.completions.with_raw_response.create(**asked, stream=True)  # type: ignore[call-overload]
        chunks = answer.parse()
        for chunk in chunks:
            if getattr(chunk.choices[0].delta.audio, "data", None):
                break
        assert gateway.admin("GET", "credit")["held_nano"] > 0
        chunks.close()
    deadline = time.monotonic() + 20
    while (ended := row(gateway, answer))["state"] != "cancelled":
        assert time.monotonic() < deadline, ended["state"]
        time.sleep(0.05)
    assert 0 < ended["seconds"] < 6
    by_second = pytest.approx(ended["seconds"] * 10_000_000, rel=0.01)
    assert ended["cost_nano"] == (by_second if model == "tts-1-hd" else len(TEXT) * 15_000)
    assert gateway.admin("GET", "credit")["held_nano"] == 0


def test_a_recording_is_billed_by_its_length(start: Callable[..., RunningGateway]) -> None:
    gateway = start({})
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(bytes(2 * 8_000 * 3))
    with client_of(gateway) as client:
        heard = client.audio.transcriptions.create(
            model="whisper-1", file=("a.wav", file.getvalue())
        )
    assert heard.usage is not None
    assert heard.usage.type == "duration"
    assert heard.usage.seconds == 3
