"""`POST /v1/audio/speech`, `/v1/audio/transcriptions` and `/v1/audio/translations`."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import orjson
from pydantic import ValidationError
from quart import Blueprint, Response, g, request

from miavo_gateway.api.access import require_key
from miavo_gateway.api.transcripts import written
from miavo_gateway.api.wire import explain, read_body
from miavo_gateway.errors import BodyTooLarge, InvalidRequest, NotImplementedYet
from miavo_gateway.schema.audio import SpeechRequest, TranscriptionForm
from miavo_gateway.sound.speech import Asked
from miavo_gateway.sound.transcription import Heard

__all__ = ["blueprint"]

blueprint = Blueprint("audio", __name__)

_FORM = "multipart/form-data"
_LARGEST = 25 * 1024 * 1024
"""What OpenAI takes; a longer recording is better cut."""


@blueprint.post("/v1/audio/speech")
async def create_speech() -> Response:
    """Speak a text, or compose what it describes; the sound comes as it is made."""
    books, key = await require_key()
    body = await read_body(SpeechRequest)
    asked = Asked(body.input, body.voice, body.speed, body.instructions)
    sound = await books.speech.speak(body.model, asked, body.response_format, key, g.request_id)
    if body.stream_format == "sse":
        response = Response(_events(sound), content_type="text/event-stream")
    else:
        response = Response(sound, content_type=body.response_format.content_type)
    response.timeout = None  # Quart would cut it after 60 seconds
    return response


@blueprint.post("/v1/audio/transcriptions")
async def create_transcription() -> Response:
    """Write down what is said in a recording."""
    books, key = await require_key()
    form, name = await _form()
    timed = form.response_format in ("verbose_json", "srt", "vtt")
    if form.timestamp_granularities and form.response_format != "verbose_json":
        raise InvalidRequest(
            "'timestamp_granularities': goes with response_format 'verbose_json'.",
            param="timestamp_granularities",
        )
    heard = Heard(
        form.file,
        name,
        form.language,
        form.prompt,
        form.temperature,
        timed=timed,
        words="word" in form.timestamp_granularities,
    )
    transcript = await books.transcription.transcribe(form.model, heard, key, g.request_id)
    if form.stream:
        return Response(_deltas(transcript.text), content_type="text/event-stream")
    body, content_type = written(transcript, form)
    return Response(body, content_type=content_type)


@blueprint.post("/v1/audio/translations")
async def create_translation() -> Response:
    """Translate a recording into English: no model here does."""
    await require_key()
    raise NotImplementedYet(
        "No model here translates recordings: transcribe it, then ask a chat model to translate."
    )


async def _form() -> tuple[TranscriptionForm, str]:
    """The form and the recording's name.

    Raises:
        InvalidRequest: it is no form, or a field is missing or wrong.
        BodyTooLarge: the recording is.
    """
    if request.mimetype != _FORM:
        raise InvalidRequest(f"Send a form ({_FORM}) with the fields 'model' and 'file'.")
    fields, files = await request.form, await request.files
    file = files.get("file")
    if file is None:
        raise InvalidRequest("'file': this field is required.", param="file")
    content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise BodyTooLarge(f"The recording is larger than {_LARGEST // 2**20} MB.", param="file")
    given: dict[str, object] = {
        name: value
        for name, value in fields.items()
        if not name.endswith("[]") and name != "timestamp_granularities"
    }
    granularities = [
        *fields.getlist("timestamp_granularities[]"),
        *fields.getlist("timestamp_granularities"),
    ]
    if granularities:
        given["timestamp_granularities"] = granularities
    try:
        form = TranscriptionForm.model_validate({**given, "file": content}, strict=False)
    except ValidationError as error:
        raise explain(error) from None
    return form, file.filename or "recording"


async def _events(sound: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    """The sound as OpenAI's events."""
    async with aclosing(sound):
        async for part in sound:
            event = {"type": "speech.audio.delta", "audio": base64.b64encode(part).decode()}
            yield b"data: " + orjson.dumps(event) + b"\n\n"
    yield b"data: " + orjson.dumps({"type": "speech.audio.done"}) + b"\n\n"


async def _deltas(text: str) -> AsyncIterator[bytes]:
    """A transcript as OpenAI's events, a word at a time."""
    for number, word in enumerate(text.split(" ")):
        delta = {"type": "transcript.text.delta", "delta": word if number == 0 else f" {word}"}
        yield b"data: " + orjson.dumps(delta) + b"\n\n"
    yield b"data: " + orjson.dumps({"type": "transcript.text.done", "text": text}) + b"\n\n"
    yield b"data: [DONE]\n\n"
