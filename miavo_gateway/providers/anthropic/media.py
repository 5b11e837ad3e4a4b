"""Images and documents as content blocks: out of `data:` URLs, or by link."""

from __future__ import annotations

import base64
import re
from typing import Any, Final
from urllib.parse import unquote, unquote_to_bytes

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.schema.chat import FilePart, ImagePart

__all__ = ["document_block", "image_block"]

_IMAGES: Final = {
    "image/png": "image/png",
    "image/jpeg": "image/jpeg",
    "image/jpg": "image/jpeg",
    "image/gif": "image/gif",
    "image/webp": "image/webp",
}
_DATA_URL = re.compile(r"data:(?P<type>[^;,]*)(?P<parameters>(?:;[^;,]*)*),", re.IGNORECASE)
_HEAD = 1_000
"""Characters within which a `data:` URL's head ends."""
_LINK = re.compile(r"https://", re.IGNORECASE)


def image_block(part: ImagePart, path: str) -> dict[str, Any]:
    """The content block of an image.

    Raises:
        InvalidRequest: it is neither an https URL nor a `data:` URL of a type that Claude takes.
    """
    url, param = part.image_url.url, f"{path}.image_url.url"
    if _LINK.match(url):
        return {"type": "image", "source": {"type": "url", "url": url}}
    media_type, data = _base64_of(url, param)
    known = _IMAGES.get(media_type)
    if known is None:
        raise InvalidRequest(
            f"'{param}' is of the type '{media_type[:80]}'; Claude takes PNG, JPEG, GIF and WebP.",
            param=param,
        )
    return {"type": "image", "source": {"type": "base64", "media_type": known, "data": data}}


def document_block(part: FilePart, path: str) -> dict[str, Any]:
    """The content block of a document.

    Raises:
        InvalidRequest: it is given by id, or no `data:` URL of a PDF or a text.
    """
    url, param = part.file.file_data, f"{path}.file.file_data"
    if url is None:
        raise InvalidRequest(
            f"'{path}.file' has no file_data; Miavo keeps no files at Anthropic.", param=param
        )
    media_type, data = _base64_of(url, param)
    if media_type == "application/pdf":
        source = {"type": "base64", "media_type": media_type, "data": data}
    elif media_type.startswith("text/"):
        source = {"type": "text", "media_type": "text/plain", "data": _decoded(data, param)}
    else:
        raise InvalidRequest(
            f"'{param}' is of the type '{media_type[:80]}'; Claude takes PDF and text.",
            param=param,
        )
    block: dict[str, Any] = {"type": "document", "source": source}
    if part.file.filename:
        block["title"] = part.file.filename[:500]
    return block


def _base64_of(url: str, param: str) -> tuple[str, str]:
    """The media type and the base64 of a `data:` URL (RFC 2397)."""
    match = _DATA_URL.match(url[:_HEAD])
    if match is None:
        raise InvalidRequest(f"'{param}' is neither an https URL nor a data: URL.", param=param)
    data = url[match.end() :]
    if match["parameters"].lower().endswith(";base64"):
        data = unquote(data) if "%" in data else data
    else:
        data = base64.b64encode(unquote_to_bytes(data)).decode()
    return match["type"].lower(), data


def _decoded(data: str, param: str) -> str:
    try:
        return base64.b64decode(data).decode()
    except ValueError:
        raise InvalidRequest(f"'{param}' is no text in UTF-8.", param=param) from None
