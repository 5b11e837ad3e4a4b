"""The processes of a benchmark: started, watched, ended. Linux only: it reads `/proc`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.load import Load, Measured

__all__ = [
    "Server",
    "announced",
    "equip",
    "floor",
    "miavo",
    "miavo_on",
    "run_load",
    "stub",
    "unlimited_key",
]

_START_SECONDS = 30.0
_STOP_SECONDS = 20.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A process that answers at a URL."""

    url: str
    pid: int
    key: str = ""

    def cpu_seconds(self) -> float:
        """User and system time of all its threads."""
        # The name, second, may hold spaces; it ends at the last bracket.
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory_mb(self) -> float:
        """Resident memory."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError(f"process {self.pid} has ended")


@contextmanager
def _running(*command: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if not line:
        raise RuntimeError(f"{process.args} ended before it answered")
    return line


@contextmanager
def stub() -> Iterator[Server]:
    """The upstream."""
    with _running("-m", "tests.benchmarks.stub") as process:
        yield Server(_line(process), process.pid)


@contextmanager
def floor(upstream: Server) -> Iterator[Server]:
    """The bare relay."""
    url = f"{upstream.url}/chat/completions"
    with _running("-m", "tests.benchmarks.floor", url) as process:
        yield Server(_line(process), process.pid)


@contextmanager
def miavo(upstream: Server, home: Path) -> Iterator[Server]:
    """`miavo serve` with all it does: a key, credit, a priced model, a credential."""
    with miavo_on(home) as server:
        equip(server.url, home, upstream)
        yield server


def equip(url: str, home: Path, upstream: Server) -> None:
    """Give a gateway credit and a credential for the upstream."""
    _admin(url, home, "credit", {"amount_usd": "100000"})
    credential = {
        "provider": "openai",
        "label": "stub",
        "secret": "sk-benchmark-0000000000000000",
        "base_url": upstream.url,
    }
    _admin(url, home, "credentials", credential)


@contextmanager
def miavo_on(home: Path) -> Iterator[Server]:
    """`miavo serve` on a home as it is, with a key that nothing limits."""
    serve = "from miavo_tui.cli import main; main()"
    environment = {"MIAVO_HOME": str(home), "MIAVO_SECRETS": "file"}
    with _running("-c", serve, "serve", "--port", "0", **environment) as process:
        url = announced(home)
        yield Server(url, process.pid, unlimited_key(url, home))


def unlimited_key(url: str, home: Path) -> str:
    """A key that nothing limits."""
    limits = {"name": f"bench {time.time():.3f}", "rpm_limit": 10**9, "tpm_limit": 10**12}
    return str(_admin(url, home, "keys", limits)["key"])


def announced(home: Path) -> str:
    """The address of the gateway on a home, once it has started."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            return str(json.loads((home / "gateway.json").read_text())["url"])
        except (FileNotFoundError, ValueError):
            time.sleep(0.05)
    raise RuntimeError("miavo serve did not start")


def _admin(url: str, home: Path, path: str, body: object) -> Any:
    token = (home / "admin-token").read_text().strip()
    request = urllib.request.Request(
        f"{url}/admin/v1/{path}",
        data=json.dumps(body).encode(),
        headers={"authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def run_load(load: Load, server: Server) -> tuple[Measured, float]:
    """Put a load on a server; what was measured, and the CPU seconds that the server took."""
    with _running("-m", "tests.benchmarks.load") as process:
        assert process.stdin is not None
        process.stdin.write(json.dumps(asdict(load)) + "\n")
        process.stdin.flush()
        if _line(process) != "warm":
            raise RuntimeError("the load did not warm up")
        before = server.cpu_seconds()
        process.stdin.write("\n")
        process.stdin.flush()
        measured = Measured(**json.loads(_line(process)))
        return measured, server.cpu_seconds() - before
