"""Images, recordings and files as `inlineData`: Gemini is given bytes, not links."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.schema.chat import AudioPart, FilePart, ImagePart

__all__ = ["audio_part", "file_part", "image_part"]

_IMAGES: Final[Mapping[str, str]] = {
    "image/png": "image/png",
    "image/jpeg": "image/jpeg",
    "image/jpg": "image/jpeg",
    "image/webp": "image/webp",
    "image/heic": "image/heic",
    "image/heif": "image/heif",
}
_AUDIO: Final[Mapping[str, str]] = {
    "wav": "audio/wav",
    "mp3": "audio/mp3",
    "aac": "audio/aac",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "aiff": "audio/aiff",
}
_READ_AS_TEXT: Final = frozenset({"application/json", "application/xml", "application/x-yaml"})
_FILE_KINDS: Final = ("text/", "audio/", "video/")
_DATA_URL = re.compile(r"data:([^;,]*)((?:;[^;,]*)*),", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}", re.ASCII)


def image_part(part: ImagePart, path: str) -> dict[str, Any]:
    """The part of an image.

    Raises:
        InvalidRequest: it is no `data:` URL of an image that Gemini takes.
    """
    param = f"{path}.image_url.url"
    media_type, data = _data_url(part.image_url.url, param)
    taken = _IMAGES.get(media_type)
    if taken is None:
        raise InvalidRequest(
            f"'{path}' is an image of the type '{media_type[:80]}'; "
            "Gemini takes PNG, JPEG, WebP, HEIC and HEIF.",
            param=param,
        )
    return _inline(taken, data)


def audio_part(part: AudioPart, path: str) -> dict[str, Any]:
    """The part of a recording.

    Raises:
        InvalidRequest: its format is none that Gemini takes, or its data is no base64.
    """
    media_type = _AUDIO.get(part.input_audio.format.lower())
    if media_type is None:
        raise InvalidRequest(
            f"'{path}' is audio of a format that Gemini does not take; "
            f"it takes {', '.join(_AUDIO)}.",
            param=f"{path}.input_audio.format",
        )
    return _inline(media_type, _base64(part.input_audio.data, f"{path}.input_audio.data"))


def file_part(part: FilePart, path: str) -> dict[str, Any]:
    """The part of a file: a PDF, text, audio or video.

    Raises:
        InvalidRequest: it is given by id, or no `data:` URL of a type that Gemini takes.
    """
    param = f"{path}.file.file_data"
    if part.file.file_data is None:
        raise InvalidRequest(
            f"'{path}' has no file_data; file ids are not known here.", param=param
        )
    media_type, data = _data_url(part.file.file_data, param)
    if media_type in _READ_AS_TEXT:
        media_type = "text/plain"
    known = media_type == "application/pdf" or media_type.startswith(_FILE_KINDS)
    taken = media_type if known else _IMAGES.get(media_type)
    if taken is None:
        raise InvalidRequest(
            f"'{path}' is a file of the type '{media_type[:80]}'; "
            "Gemini takes PDF, text, images, audio and video.",
            param=param,
        )
    return _inline(taken, data)


def _inline(media_type: str, data: str) -> dict[str, Any]:
    return {"inlineData": {"mimeType": media_type, "data": data}}


def _data_url(url: str, param: str) -> tuple[str, str]:
    """The media type and the base64 of a `data:` URL (RFC 2397)."""
    head = _DATA_URL.match(url[:1000])
    if head is None or not head[2].lower().endswith(";base64"):
        raise InvalidRequest(f"'{param}' is no base64 data: URL.", param=param)
    return head[1].lower(), _base64(url[head.end() :], param)


def _base64(data: str, param: str) -> str:
    if not _BASE64.fullmatch(data):
        data = unquote("".join(data.split()))
        if not _BASE64.fullmatch(data):
            raise InvalidRequest(f"'{param}' holds no valid base64.", param=param)
    return data + "=" * (-len(data) % 4)
