"""A file inside JSON is taken out whole, wherever the network cuts it."""

from __future__ import annotations

import itertools
import json
from base64 import b64encode

from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.upstream.video_download import _InlineFile


@given(file=st.binary(max_size=60), cuts=st.lists(st.integers(1, 400), max_size=6))
def test_a_file_is_taken_out_of_json_however_it_is_cut(file: bytes, cuts: list[int]) -> None:
    inline = b64encode(file).decode().replace("/", "\\/").replace("=", "\\u003d")
    text = f'{{"a": 1, "bytesBase64Encoded": "{inline}", "mimeType": "video/mp4"}}'.encode()
    taken, got = _InlineFile(), b""
    places = sorted({0, len(text), *(cut % len(text) for cut in cuts)})
    for start, end in itertools.pairwise(places):
        got += taken.feed(text[start:end])
    assert got == file
    assert json.loads(taken.frame) == {"a": 1, "bytesBase64Encoded": "", "mimeType": "video/mp4"}
