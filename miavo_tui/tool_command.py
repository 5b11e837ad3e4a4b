"""Running the shell command that answers a tool call: bounded in time and in what it says."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from miavo_tui.plain_text import pasted

__all__ = ["MOST_BYTES", "PATIENCE_S", "CommandOutcome", "run_command", "variables_of"]

PATIENCE_S = 60.0
"""Seconds after which a command is ended."""
_LAST_WORDS_S = 2.0
"""Seconds that an ended command's pipes are given to close."""
MOST_BYTES = 64 * 1024
"""What is kept of a command's output."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """What became of a command."""

    output: str
    problem: str = ""
    """What went wrong, in one sentence; empty when it ended well."""


def variables_of(arguments: str) -> dict[str, str]:
    """The environment variables that carry a call's arguments: `ARG_` and each one's name.

    A command reads them, or the whole as JSON on its standard input. They are never put into the
    command itself: what a model writes is no part of what the shell takes for orders.
    """
    try:
        values = json.loads(arguments)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(values, Mapping):
        return {}
    return {
        f"ARG_{name}": value if isinstance(value, str) else json.dumps(value)
        for name, value in values.items()
        if _NAME.fullmatch(name) and "\0" not in str(value)
    }


async def run_command(
    command: str, arguments: str, *, patience: float = PATIENCE_S
) -> CommandOutcome:
    """Runs a command in the shell, with a call's arguments.

    Args:
        command: as its reader wrote and confirmed it.
        arguments: the call's, JSON text; on standard input, and as `variables_of` has them.
        patience: seconds after which it is ended, with whatever it started.
    """
    try:
        process = await asyncio.create_subprocess_shell(
            command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **variables_of(arguments)},
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return CommandOutcome("", f"It could not be started: {error}.")
    assert process.stdout is not None
    assert process.stderr is not None
    ended = False
    try:
        async with asyncio.timeout(patience):
            _, (output, more), (complaint, _) = await asyncio.gather(
                _tell(process, arguments),
                _bounded(process.stdout, process),
                _bounded(process.stderr, process),
            )
            status = await process.wait()
        ended = True
    except TimeoutError:
        return CommandOutcome("", f"It was ended after {patience:.0f} s.")
    finally:
        if not ended:
            # Cancelled or timed out, nothing of it stays behind.
            _end(process)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LAST_WORDS_S):
                    await asyncio.gather(process.stdout.read(), process.stderr.read())
                    await process.wait()
    text = pasted(output.decode("utf-8", "replace")).rstrip("\n")
    if more:
        return CommandOutcome(text, f"Its output was cut after {MOST_BYTES // 1024} KB.")
    if status != 0:
        said = pasted(complaint.decode("utf-8", "replace")).strip()
        return CommandOutcome(
            f"{text}\n{said}".strip(),
            f"It ended with status {status}." if status > 0 else "Killed.",
        )
    return CommandOutcome(text)


async def _tell(process: asyncio.subprocess.Process, arguments: str) -> None:
    assert process.stdin is not None
    # A command that does not care for its arguments may have closed its input.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(arguments.encode())
        await process.stdin.drain()
    process.stdin.close()


async def _bounded(
    stream: asyncio.StreamReader, process: asyncio.subprocess.Process
) -> tuple[bytes, bool]:
    """What a stream says up to the bound, and whether there was more, which ends the process."""
    pieces: list[bytes] = []
    room, more = MOST_BYTES, False
    while piece := await stream.read(16 * 1024):
        pieces.append(piece[:room])
        room -= len(piece)
        if room < 0:
            _end(process)
            room = 0
            more = True
    return b"".join(pieces), more


def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            # Its session has its number: what it started ends with it.
            os.killpg(process.pid, signal.SIGKILL)
