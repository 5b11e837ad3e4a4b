"""A web of the tests' own: a TLS server on loopback under any names, and who resolves them."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trustme
from aiohttp.abc import AbstractResolver, ResolveResult

from miavo_gateway.upstream.fetching.addresses import is_public
from miavo_gateway.upstream.fetching.fetcher import Bounds, Fetcher, Reachable

from ..scripted_server import Connection

HOST = "pictures.example"
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 10
AUTHORITY = trustme.CA()


class Names(AbstractResolver):
    """Knows what it is told; a name with several answers gives them one after another."""

    def __init__(self, names: dict[str, list[list[str]]]) -> None:
        self.names = names
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.asked.append(host)
        answers = self.names.get(host)
        if not answers:
            raise OSError(None, "unknown name")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in answer
        ]

    async def close(self) -> None:
        pass


@dataclass
class Web:
    port: int
    names: Names
    heads: list[str] = field(default_factory=list)
    peers: list[str] = field(default_factory=list)
    """The address that each connection was made to."""
    server_names: list[str | None] = field(default_factory=list)
    """What each TLS handshake asked for."""
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str = "/", host: str = HOST) -> str:
        return f"https://{host}:{self.port}{path}"

    @asynccontextmanager
    async def fetcher(
        self, bounds: Bounds | None = None, *, trusted: bool = True
    ) -> AsyncIterator[Fetcher]:
        """A fetcher that may reach this web beside public addresses."""
        context = ssl.create_default_context()
        if trusted:
            AUTHORITY.configure_trust(context)
        fetcher = Fetcher(
            bounds=bounds or Bounds(),
            reachable=Reachable(
                lambda address: address == "127.0.0.1" or is_public(address),
                frozenset({443, self.port}),
            ),
            trusted=context,
            resolver=self.names,
        )
        try:
            yield fetcher
        finally:
            await fetcher.close()


@asynccontextmanager
async def web(
    script: Callable[[Connection], Awaitable[None]],
    *,
    certified: str = HOST,
    addresses: tuple[str, ...] = ("127.0.0.1",),
) -> AsyncIterator[Web]:
    """A TLS server that runs the script for every request."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(certified).configure_cert(context)
    state = Web(0, Names({HOST: [["127.0.0.1"]]}))
    context.sni_callback = lambda _socket, name, _context: state.server_names.append(name)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        state.peers.append(writer.get_extra_info("sockname")[0])
        connection = Connection(reader, writer)
        try:
            if await connection.read_request():
                state.heads.append(connection.head)
                await script(connection)
                await connection.closed_by_client()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            state.hung_up.set()
            writer.close()
            tasks.discard(task)

    first = await asyncio.start_server(serve, addresses[0], 0, ssl=context)
    state.port = first.sockets[0].getsockname()[1]
    servers = [first]
    for address in addresses[1:]:
        servers.append(await asyncio.start_server(serve, address, state.port, ssl=context))  # noqa: PERF401
    try:
        yield state
    finally:
        for server in servers:
            server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
