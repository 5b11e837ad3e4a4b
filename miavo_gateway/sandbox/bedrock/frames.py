"""Event-stream frames, made as AWS makes them (`botocore.eventstream`, botocore 1.44.5)."""

from __future__ import annotations

from collections.abc import Mapping
from struct import pack
from zlib import crc32

__all__ = ["event_frame", "exception_frame", "frame"]

_OVERHEAD = 16
_STRING = 7


def event_frame(kind: str, payload: bytes) -> bytes:
    """The frame of an event."""
    return _json_frame("event", kind, payload)


def exception_frame(kind: str, payload: bytes) -> bytes:
    """The frame of an exception of the service."""
    return _json_frame("exception", kind, payload)


def _json_frame(message_type: str, kind: str, payload: bytes) -> bytes:
    headers = {
        f":{message_type}-type": kind,
        ":content-type": "application/json",
        ":message-type": message_type,
    }
    return frame(headers, payload)


def frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One frame; its headers are all strings."""
    packed = b"".join(
        pack(">B", len(name)) + name.encode("ascii") + pack(">BH", _STRING, len(encoded)) + encoded
        for name, encoded in ((name, value.encode()) for name, value in headers.items())
    )
    lengths = pack(">II", len(packed) + len(payload) + _OVERHEAD, len(packed))
    message = lengths + pack(">I", crc32(lengths)) + packed + payload
    return message + pack(">I", crc32(message))
