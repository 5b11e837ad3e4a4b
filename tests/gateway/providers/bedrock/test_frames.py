"""Event-stream frames, held against botocore's own parser."""

from __future__ import annotations

import json
import struct
from itertools import pairwise
from zlib import crc32

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.providers.bedrock.frames import FrameParser
from miavo_gateway.sandbox.bedrock.frames import event_frame, exception_frame, frame

TEXTS = ["Grüße", "", 'a "quoted" word', "\N{THINKING FACE}" * 50]
FRAMES = [event_frame("contentBlockDelta", json.dumps({"text": each}).encode()) for each in TEXTS]
STREAM = b"".join(FRAMES)


def built(headers: bytes, payload: bytes = b"{}") -> bytes:
    lengths = struct.pack(">II", len(headers) + len(payload) + 16, len(headers))
    message = lengths + struct.pack(">I", crc32(lengths)) + headers + payload
    return message + struct.pack(">I", crc32(message))


def parsed(data: bytes, cuts: list[int]) -> list[bytes]:
    parser = FrameParser()
    edges = [0, *sorted(cuts), len(data)]
    found: list[bytes] = []
    for start, end in pairwise(edges):
        found += parser.feed(data[start:end])
    return found + parser.finish()


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_however_a_stream_is_cut_its_frames_are_the_same(cuts: list[int]) -> None:
    assert parsed(STREAM, cuts) == [
        b'{"contentBlockDelta":' + json.dumps({"text": each}).encode() + b"}" for each in TEXTS
    ]


def test_botocore_reads_the_same_payloads_out_of_the_same_bytes() -> None:
    theirs = EventStreamBuffer()
    theirs.add_data(STREAM)
    ours = [json.loads(each)["contentBlockDelta"] for each in parsed(STREAM, [])]
    assert [json.loads(message.payload) for message in theirs] == ours


def test_headers_of_every_type_are_passed_over_but_the_strings() -> None:
    def name(text: bytes) -> bytes:
        return struct.pack(">B", len(text)) + text

    headers = b"".join(
        (
            name(b"t") + b"\x00",
            name(b"f") + b"\x01",
            name(b"i8") + b"\x02\xff",
            name(b"i16") + b"\x03\xff\xfe",
            name(b"i32") + b"\x04" + b"\x01" * 4,
            name(b"i64") + b"\x05" + b"\x01" * 8,
            name(b"bytes") + b"\x06\x00\x03abc",
            name(b":message-type") + b"\x07\x00\x05event",
            name(b"time") + b"\x08" + b"\x01" * 8,
            name(b"uuid") + b"\x09" + b"\x01" * 16,
            name(b":event-type") + b"\x07\x00\x08metadata",
        )
    )
    theirs = EventStreamBuffer()
    theirs.add_data(built(headers))
    assert next(theirs).headers[":event-type"] == "metadata"
    assert FrameParser().feed(built(headers)) == [b'{"metadata":{}}']


def test_an_exception_and_an_error_never_look_like_an_event() -> None:
    parser = FrameParser()
    thrown = exception_frame("throttlingException", b'{"message":"Slow down"}')
    error = frame(
        {":message-type": "error", ":error-code": "Internal", ":error-message": 'a "word"'}, b""
    )
    assert [json.loads(each) for each in parser.feed(thrown + error)] == [
        {"exception": "throttlingException", "said": {"message": "Slow down"}},
        {"exception": "Internal", "message": 'a "word"', "said": {}},
    ]


def test_a_stream_that_ends_within_a_frame_is_told_from_one_that_ends() -> None:
    parser = FrameParser()
    assert parser.feed(STREAM[:-1]) != []
    with pytest.raises(ValueError, match="within a frame"):
        parser.finish()


@pytest.mark.parametrize(
    "data",
    [
        b'{"message":"a proxy\'s JSON in place of a stream"}',
        b" " * 64,
        FRAMES[0][:12] + b"x" + FRAMES[0][13:],
        built(b"\x03ab"),
        built(b"\x01a\x63"),
        built(b"\x01a\x07\x00\x09bc"),
        built(b"\x02\xff\xfe\x00"),
        built(b"\x0d:message-type\x07\x00\x07unknown"),
    ],
    ids=["json", "blank", "payload", "cut name", "type", "cut value", "no utf-8", "message type"],
)
def test_what_is_no_frame_is_an_error_at_once(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"frame|stream"):
        FrameParser().feed(data)


@pytest.mark.parametrize(("total", "headers"), [(15, 0), (25 * 1024**2 + 17, 0), (200, 190)])
def test_impossible_lengths_are_refused_before_anything_is_gathered(
    total: int, headers: int
) -> None:
    lengths = struct.pack(">II", total, headers)
    with pytest.raises(ValueError, match="impossible lengths"):
        FrameParser().feed(lengths + struct.pack(">I", crc32(lengths)))


@given(st.binary(max_size=200), st.integers(0, len(STREAM) - 1), st.integers(1, 255))
def test_damaged_bytes_are_an_error_or_nothing_but_never_a_wrong_frame(
    noise: bytes, place: int, change: int
) -> None:
    damaged = bytearray(STREAM)
    damaged[place] ^= change
    try:
        found = parsed(bytes(damaged) + noise, [])
    except ValueError:
        return
    assert found == [], "a changed byte cannot go unseen"
