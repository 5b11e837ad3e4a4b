"""Telling a file's kind from its bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.upstream.fetching.media import IMAGES, PDF, media_type


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        (b"GIF87arest", "image/gif"),
        (b"GIF89arest", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 rest", "image/webp"),
        (b"RIFF\x10\0\0\0WAVEfmt ", None),
        (b"%PDF-1.7", PDF),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_the_first_bytes_tell(data: bytes, kind: str | None) -> None:
    assert media_type(data) == kind


@given(st.binary(max_size=64))
def test_any_bytes_are_one_of_the_known_kinds_or_none(data: bytes) -> None:
    assert media_type(data) in {*IMAGES, PDF, None}
