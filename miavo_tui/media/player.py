"""Opening a file with what the desktop plays it with."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["open_file", "player_commands"]

_MOMENT = 0.7
"""Seconds within which a player that cannot play gives up."""

_PICTURES = frozenset({".mp4", ".webm", ".mov", ".mkv"})


def player_commands(
    path: Path, environ: Mapping[str, str], platform: str
) -> tuple[tuple[str, ...], ...]:
    """The commands that could play a file here, the best first."""
    name = str(path)
    if platform == "darwin":
        return (("open", name),)
    if platform == "win32":
        return (("cmd", "/c", "start", "", name),)
    desktop = bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
    opener = (("xdg-open", name),) if desktop else ()
    if path.suffix in _PICTURES:
        return opener
    # Sound needs no window, and these play it without one.
    players = (
        ("mpv", "--no-video", "--really-quiet", name),
        ("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet", name),
        ("paplay", name),
    )
    return (*players, *opener)


async def open_file(path: Path) -> str | None:
    """Play a file; None if something does, else what to do instead."""
    if os.environ.get("SSH_CONNECTION"):
        return f"This terminal is on another machine: the file is {path}."
    for command in player_commands(path, os.environ, sys.platform):
        program = await asyncio.to_thread(shutil.which, command[0])
        if program is None:
            continue
        try:
            process = await asyncio.create_subprocess_exec(
                program,
                *command[1:],
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            continue
        try:
            status = await asyncio.wait_for(asyncio.shield(process.wait()), _MOMENT)
        except TimeoutError:
            return None
        if status == 0:
            return None
    return f"Nothing here plays it. The file is {path}."
