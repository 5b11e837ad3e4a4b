"""An upstream that speaks OpenAI's chat completions, far faster than what is measured.

A request with `"stream": true` is answered with 50 chunks, each written on its own, the counts
and `[DONE]`; any other with one JSON reply of the same text. Run as a process, it prints its URL.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

__all__ = ["CHUNKS"]

CHUNKS = 50
_TOKENS = {"prompt_tokens": 12, "completion_tokens": CHUNKS, "total_tokens": 12 + CHUNKS}


def _framed(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _event(**fields: Any) -> bytes:
    head = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return _framed(b"data: " + json.dumps(head | fields).encode() + b"\n\n")


def _piece(delta: dict[str, str], finish: str | None = None) -> bytes:
    return _event(choices=[{"index": 0, "delta": delta, "finish_reason": finish}])


_STREAM = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    + _piece({"role": "assistant", "content": ""}),
    *(_piece({"content": " word"}) for _ in range(CHUNKS - 2)),
    _piece({}, "stop"),
    _event(choices=[], usage=_TOKENS) + _framed(b"data: [DONE]\n\n") + _framed(b""),
)


def _whole() -> bytes:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": " word" * (CHUNKS - 2)},
        "finish_reason": "stop",
    }
    body = json.dumps(
        {
            "id": "chatcmpl-bench",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [choice],
            "usage": _TOKENS,
        }
    ).encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % len(body) + body


_PLAIN = _whole()


class _Stub(asyncio.Protocol):
    """One connection. Requests on it come one after the other, as HTTP clients send them."""

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = next(
            int(line.partition(b":")[2])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        )
        if len(rest) < length:
            return
        self._received = rest[length:]
        if json.loads(rest[:length]).get("stream"):
            self._send(0)
        else:
            self._transport.write(_PLAIN)

    def _send(self, number: int) -> None:
        if self._transport.is_closing():
            return
        self._transport.write(_STREAM[number])
        if number + 1 < len(_STREAM):
            # Its own turn of the loop for each chunk, as tokens come from a model one by one.
            asyncio.get_running_loop().call_soon(self._send, number + 1)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Stub, "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
