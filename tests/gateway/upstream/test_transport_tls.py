"""The transport over TLS: whom it trusts, and that it hangs up as fast as without."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import which

import pytest

from miavo_gateway.upstream.faults import Unreachable
from miavo_gateway.upstream.transport import Transport

from .scripted_server import STREAM_HEAD, chunk

pytestmark = pytest.mark.skipif(not which("openssl"), reason="making a certificate needs openssl")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody has signed, its key beside it."""
    path = tmp_path / "cert.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "1",
            "-subj",
            "/CN=test",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem",
        ],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    return path


@asynccontextmanager
async def endless_stream(certificate: Path, hung_up: asyncio.Event) -> AsyncIterator[str]:
    """A TLS server that begins a stream and waits for the other side to hang up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(STREAM_HEAD + chunk(b"data: 1\n\n"))
        try:
            while await reader.read(4096):
                pass
        except OSError:
            pass  # a connection that is aborted is closed as well
        hung_up.set()
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    server.close()


async def test_leaving_a_stream_over_tls_hangs_up_at_once(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    transport, hung_up = Transport(), asyncio.Event()
    async with endless_stream(certificate, hung_up) as url:
        async with await transport.stream("GET", url) as stream:
            assert await anext(stream.chunks()) == b"data: 1\n\n"
            left = time.perf_counter()
        await asyncio.wait_for(hung_up.wait(), 5)
        assert time.perf_counter() - left < 0.1
    await transport.close()


async def test_a_certificate_that_nobody_signed_is_not_trusted(certificate: Path) -> None:
    transport = Transport()
    async with endless_stream(certificate, asyncio.Event()) as url:
        with pytest.raises(Unreachable, match="certificate"):
            await transport.stream("GET", url)
    await transport.close()
