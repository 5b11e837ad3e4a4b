"""Describing what a request shows: images, audio and files, from their own bytes."""

from __future__ import annotations

import base64
import binascii
import io
import re
import wave
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes, urlsplit

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.schema.chat import AudioPart, FilePart, ImagePart

__all__ = ["describe_audio", "describe_file", "describe_image"]

# RFC 2397. The media type may be left out; parameters before ";base64" are skipped.
_DATA_URL = re.compile(
    r"data:(?P<mime>[\w.+-]+/[\w.+-]+)?(?:;[\w.+-]+=[^;,]*)*(?P<base64>;base64)?,", re.IGNORECASE
)
_DEFAULT_MIME = "text/plain"
_SVG = "image/svg+xml"


@dataclass(frozen=True, slots=True)
class _Blob:
    mime: str
    content: bytes


def describe_image(part: ImagePart, param: str) -> str:
    """Say what an image is: media type, pixels and bytes, or the host it would come from.

    Nothing is fetched.

    Args:
        part: the image part.
        param: the path of the part, `messages[0].content[1]`.

    Raises:
        InvalidRequest: the URL is neither a sound `data:` URL of an image nor an http(s) one.
    """
    param = f"{param}.image_url.url"
    url = part.image_url.url
    if url[:5].lower() != "data:":
        return f"[image: at {_host(url, param)}, not fetched]"
    blob = _data_url(url, param)
    if not blob.mime.startswith("image/"):
        raise InvalidRequest(
            f"The data URL is of type {blob.mime[:100]}, which is no image.", param=param
        )
    return f"[image: {blob.mime}, {_pixels(blob)}, {_bytes(blob.content)}]"


def describe_audio(part: AudioPart, param: str) -> str:
    """Say what a recording is: format, bytes and, for WAV, its duration.

    Args:
        part: the audio part.
        param: the path of the part, `messages[0].content[1]`.

    Raises:
        InvalidRequest: the data is not base64, is empty, or is called WAV and is not.
    """
    param = f"{param}.input_audio.data"
    content = _base64(part.input_audio.data, param)
    kind = part.input_audio.format[:40]
    facts = [kind, _bytes(content)]
    if kind.lower() == "wav":
        if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
            raise InvalidRequest("The audio is called WAV but has no WAV header.", param=param)
        seconds = _wav_seconds(content)
        if seconds is not None:
            facts.append(f"{seconds:.2f} seconds")
    return f"[audio: {', '.join(facts)}]"


def describe_file(part: FilePart, param: str) -> str:
    """Say what a file is: its name, and its media type and bytes where they are sent along.

    Args:
        part: the file part.
        param: the path of the part, `messages[0].content[1]`.

    Raises:
        InvalidRequest: the part has neither data nor an id, or its data is broken.
    """
    file = part.file
    facts = [file.filename[:200]] if file.filename else []
    if file.file_data is not None:
        data_param = f"{param}.file.file_data"
        if file.file_data[:5].lower() == "data:":
            blob = _data_url(file.file_data, data_param)
            facts += [blob.mime, _bytes(blob.content)]
        else:
            facts.append(_bytes(_base64(file.file_data, data_param)))
    elif file.file_id is not None:
        facts.append(f"id {file.file_id[:200]}, not fetched")
    else:
        raise InvalidRequest("A file part needs 'file_data' or 'file_id'.", param=f"{param}.file")
    return f"[file: {', '.join(facts)}]"


def _data_url(url: str, param: str) -> _Blob:
    head = _DATA_URL.match(url)
    if head is None:
        raise InvalidRequest(
            "The data URL is broken: 'data:TYPE;base64,DATA' is expected.", param=param
        )
    data = url[head.end() :]
    content = _base64(data, param) if head["base64"] else unquote_to_bytes(data)
    if not content:
        raise InvalidRequest("The data URL carries no data.", param=param)
    return _Blob((head["mime"] or _DEFAULT_MIME).lower(), content)


def _base64(data: str, param: str) -> bytes:
    try:
        content = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest("The data is not valid base64.", param=param) from None
    if not content:
        raise InvalidRequest("The data is empty.", param=param)
    return content


def _host(url: str, param: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"}:
        raise InvalidRequest(
            "The image URL must be a 'data:' URL or begin with 'https://'.", param=param
        )
    return host[:253]


def _pixels(blob: _Blob) -> str:
    # Imported on first use: it draws in an XML parser and an HTTP client.
    import imagesize  # type: ignore[import-untyped]

    # An SVG has no pixels of its own, and reading one means parsing a stranger's XML.
    is_vector = blob.mime == _SVG or blob.content.lstrip()[:1] == b"<"
    width, height = (-1, -1) if is_vector else imagesize.get(io.BytesIO(blob.content))
    return f"{width}x{height} pixels" if width > 0 and height > 0 else "size unknown"


def _wav_seconds(content: bytes) -> float | None:
    try:
        with wave.open(io.BytesIO(content)) as recording:
            seconds: float = recording.getnframes() / recording.getframerate()
            return seconds
    except (wave.Error, EOFError, ZeroDivisionError):
        # A WAV of another coding than PCM is sound all the same; only its length is not told.
        return None


def _bytes(content: bytes) -> str:
    return f"{len(content):,} byte{'' if len(content) == 1 else 's'}"
