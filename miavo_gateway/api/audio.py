"""`POST /v1/audio/speech`, `/v1/audio/transcriptions` and `/v1/audio/translations`."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import orjson
from pydantic import ValidationError
from quart import Blueprint, Response, g, request

from miavo_gateway.api.access import require_key
from miavo_gateway.api.transcripts import token_usage, written
from miavo_gateway.api.wire import explain, live_answer, read_body
from miavo_gateway.errors import BodyTooLarge, InvalidRequest, MiavoError, NotImplementedYet
from miavo_gateway.flow.reply import DONE, error_event
from miavo_gateway.flow.speech import Speaking
from miavo_gateway.schema.audio import SpeechRequest, TranscriptionForm
from miavo_gateway.sound.speech import Asked
from miavo_gateway.sound.transcription import Heard, Transcript

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
    speaking = await books.speech.speak(body.model, asked, body.response_format, key, g.request_id)
    if body.stream_format == "sse":
        return live_answer(_events(speaking))
    return live_answer(speaking.sound, body.response_format.content_type)


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
    if form.stream:
        parts = await books.transcription.stream(form.model, heard, key, g.request_id)
        return live_answer(_deltas(parts))
    transcript = await books.transcription.transcribe(form.model, heard, key, g.request_id)
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


async def _events(speaking: Speaking) -> AsyncIterator[bytes]:
    """The sound as OpenAI's events; an error once it has begun is the last."""
    async with aclosing(speaking.sound):
        try:
            async for part in speaking.sound:
                sound = base64.b64encode(part).decode()
                yield _event({"type": "speech.audio.delta", "audio": sound})
        except MiavoError as error:
            yield error_event(error)
            return
    used = speaking.usage
    counts = {
        "input_tokens": used.prompt,
        "output_tokens": used.completion,
        "total_tokens": used.total,
    }
    yield _event({"type": "speech.audio.done", "usage": counts})


async def _deltas(parts: AsyncGenerator[str | Transcript, None]) -> AsyncIterator[bytes]:
    """A transcript as OpenAI's events, as it is heard; an error once it has begun is the last.

    Of a model that tells it at once it comes by words.
    """
    begun = False
    async with aclosing(parts):
        try:
            async for part in parts:
                if isinstance(part, Transcript):
                    for delta in [] if begun else re.findall(r"\s*\S+", part.text):
                        yield _event({"type": "transcript.text.delta", "delta": delta})
                    yield _event(_heard(part))
                else:
                    begun = True
                    yield _event({"type": "transcript.text.delta", "delta": part})
        except MiavoError as error:
            yield error_event(error)
            return
    yield DONE


def _heard(transcript: Transcript) -> dict[str, object]:
    done: dict[str, object] = {"type": "transcript.text.done", "text": transcript.text}
    if (used := token_usage(transcript)) is not None:
        done["usage"] = used.model_dump()
    return done


def _event(event: object) -> bytes:
    return b"data: " + orjson.dumps(event) + b"\n\n"
