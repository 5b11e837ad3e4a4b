"""A simulator behind a real socket, for clients that block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl

from miavo_gateway.sandbox.simulator import Received, Simulator


@contextmanager
def over_http(simulator: Simulator, *, cut: int = 7) -> Iterator[str]:
    """The base URL of a server that speaks as the simulator does.

    A stream is sent in chunks of `cut` bytes, which fit no event.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def log_message(self, *args: object) -> None:
            del args

        def _answer(self) -> None:
            path, _, query = self.path.partition("?")
            received = Received(
                method=self.command,
                path=path,
                query=dict(parse_qsl(query)),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(int(self.headers.get("content-length", 0))),
            )
            answer = simulator.answer(received)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            body = b"".join(part.data for part in answer.parts)
            for start in range(0, len(body), cut):
                chunk = body[start : start + cut]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            self.wfile.write(b"0\r\n\r\n")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
