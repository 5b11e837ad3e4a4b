"""The process that hears, as the thread sees it that waits for it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys

from miavo_gateway.sound.transcription import Word

__all__ = ["HearingProcess"]


class HearingProcess:
    """Started when it is first needed, and again after it has died. For one thread."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    def hear(self, samples: bytes, at: float) -> list[Word]:
        """The words in samples that begin `at` seconds into a recording.

        Raises:
            RuntimeError: the process does not start.
            OSError: the process died.
        """
        process = self._running()
        assert process.stdin is not None, "it is a pipe"
        assert process.stdout is not None, "it is a pipe"
        process.stdin.write(len(samples).to_bytes(4, "little") + samples)
        process.stdin.flush()
        line = process.stdout.readline()
        if not line.endswith(b"\n"):
            self._end()
            raise OSError("the process that hears has died")
        return [
            Word(text, round(at + start, 2), round(at + end, 2))
            for text, start, end in json.loads(line)
        ]

    def close(self) -> None:
        """End the process, also while it hears; from any thread."""
        self._closed = True
        if (process := self._process) is not None:
            process.kill()

    def reap(self) -> None:
        """Wait for the end of a process that was closed."""
        self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        if self._closed:
            raise OSError("the engine is closed")
        process = self._process = subprocess.Popen(
            [sys.executable, "-m", "miavo_gateway.local.pocketsphinx"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdout is not None, "it is a pipe"
        if process.stdout.readline() != b"ready\n":
            self._end()
            raise RuntimeError("the process that hears does not start")
        return process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                # What is still to be written has nobody to go to.
                with contextlib.suppress(OSError):
                    pipe.close()
