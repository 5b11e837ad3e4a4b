"""Images and documents out of `data:` URLs: Converse takes bytes and fetches nothing itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.schema.chat import FilePart, ImagePart

__all__ = ["DocumentNames", "document_block", "image_block"]

_IMAGES: Final[Mapping[str, str]] = {
    "image/png": "png",
    "image/jpeg": "jpeg",
    "image/jpg": "jpeg",
    "image/gif": "gif",
    "image/webp": "webp",
}
_DOCUMENTS: Final[Mapping[str, str]] = {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/html": "html",
    "text/plain": "txt",
    "text/markdown": "md",
}
_DATA_URL = re.compile(r"data:([^;,]*)((?:;[^;,]*)*),", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}", re.ASCII)
_UNFIT_FOR_A_NAME = re.compile(r"[^A-Za-z0-9()\[\]-]+")
_LONGEST_NAME = 180
"""Of the 200 that Converse takes, with room for a number."""


@dataclass(slots=True)
class DocumentNames:
    """Names for the documents of one request: none twice, of the characters that are allowed.

    Letters, digits, hyphens, brackets and single spaces are (AWS's reference of `DocumentBlock`).
    """

    _given: set[str] = field(default_factory=set)

    def name(self, filename: str | None) -> str:
        """A name for a file."""
        stem = (filename or "").rpartition("/")[2]
        stem = stem.rpartition(".")[0] or stem
        base = _UNFIT_FOR_A_NAME.sub(" ", stem).strip()[:_LONGEST_NAME].strip() or "document"
        name, number = base, 1
        while name.lower() in self._given:
            number += 1
            name = f"{base} ({number})"
        self._given.add(name.lower())
        return name


def image_block(part: ImagePart, path: str) -> dict[str, Any]:
    """The content block of an image.

    Raises:
        InvalidRequest: it is no `data:` URL of an image that Claude takes.
    """
    media_type, data = _data_url(part.image_url.url, f"{path}.image_url.url")
    image_format = _IMAGES.get(media_type)
    if image_format is None:
        raise InvalidRequest(
            f"'{path}' is an image of the type '{media_type[:80]}'; "
            "Claude takes PNG, JPEG, GIF and WebP.",
            param=f"{path}.image_url.url",
        )
    return {"image": {"format": image_format, "source": {"bytes": data}}}


def document_block(part: FilePart, path: str, names: DocumentNames) -> dict[str, Any]:
    """The content block of a document.

    Raises:
        InvalidRequest: it is given by id, or no `data:` URL of a type that Converse takes.
    """
    if part.file.file_data is None:
        raise InvalidRequest(
            f"'{path}' has no file_data; Bedrock knows no file ids.", param=f"{path}.file.file_data"
        )
    media_type, data = _data_url(part.file.file_data, f"{path}.file.file_data")
    document_format = _DOCUMENTS.get(media_type)
    if document_format is None:
        raise InvalidRequest(
            f"'{path}' is a file of the type '{media_type[:80]}', which Bedrock does not take; "
            f"it takes {', '.join(_DOCUMENTS.values())}.",
            param=f"{path}.file.file_data",
        )
    name = names.name(part.file.filename)
    return {"document": {"format": document_format, "name": name, "source": {"bytes": data}}}


def _data_url(url: str, param: str) -> tuple[str, str]:
    """The media type and the base64 of a `data:` URL (RFC 2397)."""
    match = _DATA_URL.match(url[:1000])
    if match is None or not match[2].lower().endswith(";base64"):
        raise InvalidRequest(f"'{param}' is no base64 data: URL.", param=param)
    data = url[match.end() :]
    if not _BASE64.fullmatch(data):
        data = unquote("".join(data.split()))
        if not _BASE64.fullmatch(data):
            raise InvalidRequest(f"'{param}' holds no valid base64.", param=param)
    return match[1].lower(), data + "=" * (-len(data) % 4)
