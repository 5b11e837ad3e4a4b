from __future__ import annotations

import base64
import io
import struct
import wave
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from miavo_gateway.errors import InvalidRequest
from tests.gateway.local.test_echo import said, user


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def jpeg(width: int, height: int) -> bytes:
    app0 = b"\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    frame = struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\0"
    return b"\xff\xd8" + app0 + b"\xff\xc0" + frame + b"\xff\xd9"


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0;"


def webp(width: int, height: int) -> bytes:
    size = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + size
    return b"RIFF" + struct.pack("<I", len(body)) + body


def wav(seconds: float) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(8_000)
        recording.writeframes(b"\0\0" * int(seconds * 8_000))
    return file.getvalue()


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def image(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def audio(data: str, kind: str = "wav") -> dict[str, Any]:
    return {"type": "input_audio", "input_audio": {"data": data, "format": kind}}


@pytest.mark.parametrize(
    ("kind", "draw"), [("png", png), ("jpeg", jpeg), ("gif", gif), ("webp", webp)]
)
async def test_an_image_is_described_from_its_bytes(
    kind: str, draw: Callable[[int, int], bytes]
) -> None:
    content = draw(64, 48)
    shown = image(f"data:image/{kind};base64,{encoded(content)}")
    assert await said(user([{"type": "text", "text": "Look:"}, shown])) == (
        f"Look:\n[image: image/{kind}, 64x48 pixels, {len(content):,} bytes]"
    )


async def test_an_image_elsewhere_is_named_by_its_host_and_not_fetched() -> None:
    shown = image("https://user:secret@pictures.example/cat.png?token=x")
    assert await said(user([shown])) == "[image: at pictures.example, not fetched]"


async def test_an_unreadable_image_has_no_size() -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="5" height="5"/>'
    for mime, content in (("image/png", b"no image at all"), ("image/svg+xml", svg)):
        shown = image(f"data:{mime};base64,{encoded(content)}")
        assert await said(user([shown])) == (f"[image: {mime}, size unknown, {len(content)} bytes]")


async def test_sound_is_described() -> None:
    content = wav(1.5)
    assert await said(user([audio(encoded(content))])) == (
        f"[audio: wav, {len(content):,} bytes, 1.50 seconds]"
    )
    assert await said(user([audio(encoded(b"abc"), "mp3")])) == "[audio: mp3, 3 bytes]"


async def test_a_file_is_described() -> None:
    data = f"data:application/pdf;base64,{encoded(b'%PDF-1.7')}"
    named = {"type": "file", "file": {"filename": "a.pdf", "file_data": data}}
    assert await said(user([named])) == "[file: a.pdf, application/pdf, 8 bytes]"
    bare = {"type": "file", "file": {"filename": "b.txt", "file_data": encoded(b"x")}}
    assert await said(user([bare])) == "[file: b.txt, 1 byte]"
    kept = {"type": "file", "file": {"file_id": "file-1"}}
    assert await said(user([kept])) == "[file: id file-1, not fetched]"


IMAGE = "messages[1].content[1].image_url.url"
AUDIO = "messages[1].content[1].input_audio.data"


@pytest.mark.parametrize(
    ("part", "param"),
    [
        (image("data:image/png;base64,@@@@"), IMAGE),
        (image("data:image/png;base64,abc"), IMAGE),
        (image("data:image/png;base64,"), IMAGE),
        (image("data:image/png;base64"), IMAGE),
        (image("data:text/plain;base64,eA=="), IMAGE),
        (image("file:///etc/passwd"), IMAGE),
        (image("https://"), IMAGE),
        (image("https://[::1"), IMAGE),
        (image(""), IMAGE),
        (audio("é"), AUDIO),
        (audio(encoded(b"not a recording")), AUDIO),
        ({"type": "file", "file": {"file_data": "???"}}, "messages[1].content[1].file.file_data"),
        ({"type": "file", "file": {"filename": "x"}}, "messages[1].content[1].file"),
    ],
)
async def test_broken_media_is_refused_by_its_path(part: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        await said(user("hi"), user([{"type": "text", "text": "look"}, part]))
    assert refusal.value.param == param
