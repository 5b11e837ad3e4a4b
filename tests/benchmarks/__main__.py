"""Miavo with everything on, and the floor under it, measured by turns on this machine.

All processes share the machine, so the ratios of one run mean more than its absolute numbers.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks import processes
from tests.benchmarks.load import Load
from tests.benchmarks.processes import Server
from tests.benchmarks.report import Run, rows, table

_MODEL = "gpt-5.4-mini"
_WARM_UP = 50
_LONG = (10_000, 100_000)
_LONG_CONNECTIONS = 32
_FLOORS = {"Miavo": "floor"}


def _load(server: Server, case: str, path: str, requests: int, connections: int) -> Load:
    message = {"role": "user", "content": "Say something of about fifty words, please."}
    body = {
        "model": _MODEL,
        "messages": [message],
        "max_tokens": 100,
        "stream": case == "stream" or path == "/folded",
    }
    return Load(
        url=server.url + path,
        body=body,
        requests=requests,
        connections=connections,
        warm_up=_WARM_UP,
        headers={"authorization": f"Bearer {server.key}"} if server.key else {},
        ends_with="data: [DONE]\n\n" if body["stream"] else "}",
    )


def _run(name: str, server: Server, case: str, path: str, requests: int, connections: int) -> Run:
    load = _load(server, case, path, requests, connections)
    measured, cpu_seconds = processes.run_load(load, server)
    count = len(measured.latencies)
    return Run(
        case=case,
        server=name,
        connections=connections,
        per_second=count / measured.seconds,
        p50_ms=measured.latencies[count // 2],
        p99_ms=measured.latencies[min(count - 1, count * 99 // 100)],
        cpu_ms=cpu_seconds * 1000 / count,
        memory_mb=server.memory_mb(),
    )


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")


def _rounds(
    arguments: argparse.Namespace, stub: Server, floor: Server, gateway: Server
) -> list[Run]:
    chat = "/v1/chat/completions"
    # Miavo asks its upstream for a stream even where its caller wants the whole reply, so a plain
    # reply has two floors: a relay of a plain reply, and one that reads the same stream.
    lanes = [
        ("plain", "stub", stub, chat),
        ("plain", "floor, plain upstream", floor, "/plain"),
        ("plain", "floor", floor, "/folded"),
        ("plain", "Miavo", gateway, chat),
        ("stream", "stub", stub, chat),
        ("stream", "floor", floor, "/stream"),
        ("stream", "Miavo", gateway, chat),
    ]
    runs = []
    for turn in range(arguments.rounds):
        for connections in arguments.connections:
            for case, name, server, path in lanes:
                run = _run(name, server, case, path, arguments.requests, connections)
                runs.append(run)
                _tell(
                    f"round {turn + 1}: {case}, {connections} connections, {name}: "
                    f"{run.per_second:,.0f} requests/s, p50 {run.p50_ms:.2f} ms"
                )
    order = {(case, name): number for number, (case, name, _, _) in enumerate(lanes)}
    return sorted(runs, key=lambda run: (run.case, run.connections, order[run.case, run.server]))


def _long(gateway: Server) -> dict[int, float]:
    """Memory after so many plain requests, by their number."""
    memory, done = {}, 0
    for goal in _LONG:
        _run("Miavo", gateway, "plain", "/v1/chat/completions", goal - done, _LONG_CONNECTIONS)
        done = goal
        memory[goal] = gateway.memory_mb()
        _tell(f"after {goal:,} requests: {memory[goal]:.1f} MB")
    return memory


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--requests", type=int, default=1000, help="per run [default: 1000]")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 32, 256])
    parser.add_argument("--rounds", type=int, default=3, help="of every run, by turns [default: 3]")
    parser.add_argument("--quick", action="store_true", help="one round of 200 requests")
    parser.add_argument(
        "--long", action="store_true", help="also memory after 10,000 and 100,000 requests"
    )
    parser.add_argument("--json", action="store_true", help="the rows as JSON, not as a table")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.requests, arguments.rounds = 200, 1
    return arguments


def main() -> None:
    """Run the benchmark and print its table."""
    arguments = _arguments()
    memory: dict[int, float] = {}
    with (
        tempfile.TemporaryDirectory(prefix="miavo-benchmark-") as folder,
        processes.stub() as stub,
        processes.floor(stub) as floor,
        processes.miavo(stub, Path(folder) / "home") as gateway,
    ):
        made = rows(_rounds(arguments, stub, floor, gateway), _FLOORS)
        if arguments.long:
            memory = _long(gateway)
    if arguments.json:
        result = {"rows": [asdict(row) for row in made], "memory_mb_after": memory}
        sys.stdout.write(json.dumps(result, indent=2) + "\n")
        return
    sys.stdout.write(table(made) + "\n")
    for count, megabytes in memory.items():
        sys.stdout.write(f"\nMemory after {count:,} requests: {megabytes:.1f} MB\n")


if __name__ == "__main__":
    main()
