"""What each provider's adapter costs: a request translated, and a stream of some 50 events read.

`python -m tests.benchmarks.translation` prints it beside what the floor, a bare relay, takes of
the processor for a request of the same size, measured in the same run.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median
from urllib.parse import parse_qsl, urlsplit

from miavo_gateway.catalogue import Catalogue, Kind, Model, Status, load_catalogue
from miavo_gateway.chat_events import Piece
from miavo_gateway.flow.reply import ReplyHead
from miavo_gateway.providers.adapter import Access, Asked, ChatAdapter
from miavo_gateway.providers.exchange import ProviderError
from miavo_gateway.providers.registry import CHAT_PROVIDERS, chat_adapter
from miavo_gateway.sandbox.registry import SANDBOX_PROVIDERS, simulator
from miavo_gateway.sandbox.simulator import Received
from miavo_gateway.schema.chat import ChatCompletionRequest
from tests.benchmarks import processes
from tests.benchmarks.load import Load

_BODY = {
    "messages": [
        {"role": "system", "content": "You are brief."},
        {"role": "user", "content": "Hello there. [[long 50]]"},
    ],
    "max_tokens": 100,
    "stream": True,
}
_ROUNDS = 200
_FLOOR_REQUESTS = 500


def _model(catalogue: Catalogue, provider: str) -> Model:
    return next(
        model
        for model in catalogue.models
        if model.provider == provider
        and model.kind is Kind.CHAT
        and model.lifecycle.status is not Status.RETIRED
    )


def _stream_of(adapter: ChatAdapter, asked: Asked, access: Access) -> bytes:
    """What the provider's simulator sends."""
    wire = adapter.chat_request(asked, access)
    address = urlsplit(wire.url)
    headers = dict(wire.headers)
    headers.setdefault("authorization", "Bearer benchmark")
    answer = simulator(adapter.provider).answer(
        Received(wire.method, address.path, dict(parse_qsl(address.query)), headers, wire.body)
    )
    if answer.status != 200:
        raise RuntimeError(f"{adapter.provider}: {b''.join(part.data for part in answer.parts)!r}")
    return b"".join(part.data for part in answer.parts)


def _read(adapter: ChatAdapter, asked: Asked, stream: bytes) -> int:
    """Read a stream into what the caller gets; how many events it had."""
    framing, reader, head = adapter.framing(), adapter.reader(asked), ReplyHead("benchmark")
    events = framing.feed(stream) + framing.finish()
    for data in events:
        read = reader.event(data)
        assert not isinstance(read, ProviderError), read
        for event in read:  # type: ignore[union-attr]
            if isinstance(event, Piece):
                head.event(event)
    reader.finish()
    return len(events)


def _microseconds(work: Callable[[], object]) -> float:
    work()
    took = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return median(took) * 1_000_000


def _floor() -> float:
    """The processor time of a bare relay for a request and a stream, in microseconds."""
    with processes.stub() as upstream, processes.floor(upstream) as server:
        load = Load(
            url=f"{server.url}/stream",
            body=_BODY,
            requests=_FLOOR_REQUESTS,
            connections=32,
            warm_up=50,
            ends_with="data: [DONE]\n\n",
        )
        _, seconds = processes.run_load(load, server)
    return seconds / _FLOOR_REQUESTS * 1_000_000


def main() -> None:
    """Print the table."""
    catalogue = load_catalogue()
    floor = _floor()
    lines = [
        "| Provider | Request µs | Stream µs | Events | µs/event | Of the floor's CPU |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for provider in sorted(CHAT_PROVIDERS & SANDBOX_PROVIDERS):
        model = _model(catalogue, provider)
        adapter = chat_adapter(provider)
        request = ChatCompletionRequest.model_validate({**_BODY, "model": model.slug})
        asked, access = Asked(request, model), Access("benchmark-secret-0000")
        stream = _stream_of(adapter, asked, access)
        count = _read(adapter, asked, stream)
        asking = _microseconds(lambda: adapter.chat_request(asked, access))  # noqa: B023
        reading = _microseconds(lambda: _read(adapter, asked, stream))  # noqa: B023
        lines.append(
            f"| {catalogue.provider_of(model).name} | {asking:.0f} | {reading:.0f} | {count} "
            f"| {reading / count:.1f} | {(asking + reading) / floor:.0%} |"
        )
    sys.stdout.write(f"The floor takes {floor:,.0f} µs of CPU a request.\n\n")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
