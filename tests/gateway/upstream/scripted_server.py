"""A real socket server whose answers are written byte by byte by the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Script = Callable[["Connection"], Awaitable[None]]


@dataclass
class Connection:
    """One connection that the server took, after the request's head and body were read."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: str = ""
    body: bytes = b""

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def closed_by_client(self) -> None:
        """Return when the other side has hung up."""
        while await self.reader.read(4096):
            pass

    async def read_request(self) -> bool:
        try:
            self.head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        except asyncio.IncompleteReadError:
            return False
        for line in self.head.lower().splitlines():
            if line.startswith("content-length:"):
                self.body = await self.reader.readexactly(int(line.partition(":")[2]))
        return True


@dataclass
class ScriptedServer:
    port: int = 0
    connections: int = 0
    heads: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def serving(script: Script) -> AsyncIterator[ScriptedServer]:
    """A server that runs the script for every request, on as many connections as come."""
    state = ScriptedServer()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        state.connections += 1
        connection = Connection(reader, writer)
        try:
            while not writer.is_closing() and await connection.read_request():
                state.heads.append(connection.head)
                await script(connection)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def whole(body: bytes, status: str = "200 OK", *extra: str) -> bytes:
    """A whole answer with a length."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *extra]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)


def chunk(data: bytes) -> bytes:
    """One piece of a chunked body; empty data ends it."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
