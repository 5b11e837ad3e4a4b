"""Copying by the platform's own tool or the terminal's OSC 52, and whether it worked.

A terminal never answers to OSC 52, and tmux and screen often swallow it, so it alone counts as
copied only outside them and only in terminals known to obey it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Outcome", "copy", "osc52_is_trusted", "tools"]

_TOOL_SECONDS = 2.0

_BY_DISPLAY = (
    ("WAYLAND_DISPLAY", ("wl-copy",)),
    ("DISPLAY", ("xclip", "-selection", "clipboard")),
    ("DISPLAY", ("xsel", "--clipboard", "--input")),
)
# The terminals' own documentation says that they take OSC 52 unless told otherwise.
_OBEYING_PROGRAMS = {"ghostty", "iTerm.app", "rio", "tabby", "vscode", "WarpTerminal", "WezTerm"}
_OBEYING_VARIABLES = ("KITTY_WINDOW_ID", "ALACRITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION")
_OBEYING_TERMS = ("foot", "xterm-kitty", "xterm-ghostty", "alacritty", "wezterm")


class Terminal(Protocol):
    """What can write OSC 52: a Textual app."""

    def copy_to_clipboard(self, text: str) -> None:
        """Writes the sequence."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether the text can be pasted, and what there is to know about it."""

    copied: bool
    advice: str = ""


def tools(environ: Mapping[str, str], platform: str) -> tuple[tuple[str, ...], ...]:
    """The commands that could copy here, the best first."""
    if platform == "darwin":
        return (("pbcopy",),)
    if platform == "win32":
        return (("clip.exe",),)
    found = tuple(command for variable, command in _BY_DISPLAY if environ.get(variable))
    if environ.get("WSL_DISTRO_NAME"):
        return (*found, ("clip.exe",))
    return found


def osc52_is_trusted(environ: Mapping[str, str]) -> bool:
    """Whether OSC 52 reaches a clipboard without being asked about or swallowed."""
    if environ.get("TMUX") or environ.get("STY"):
        return False
    term = environ.get("TERM", "")
    return (
        environ.get("TERM_PROGRAM") in _OBEYING_PROGRAMS
        or any(environ.get(name) for name in _OBEYING_VARIABLES)
        or term.startswith(_OBEYING_TERMS)
    )


async def copy(terminal: Terminal, text: str) -> Outcome:
    """Puts `text` on the clipboard by every way there is."""
    terminal.copy_to_clipboard(text)
    # Over SSH a tool would fill the clipboard of the machine that nobody sits at.
    if not os.environ.get("SSH_CONNECTION"):
        for command in tools(os.environ, sys.platform):
            if await _run(command, text):
                return Outcome(copied=True)
    # tmux keeps the text itself and, with `set-clipboard` on, hands it to the terminal.
    if os.environ.get("TMUX") and await _run(("tmux", "load-buffer", "-w", "-"), text):
        return Outcome(copied=True, advice="It is in tmux's buffer: paste with prefix ].")
    if osc52_is_trusted(os.environ):
        return Outcome(copied=True)
    return Outcome(
        copied=False,
        advice=(
            "The text was offered to the terminal, which may ignore it. If it does not paste, "
            "install wl-copy or xclip, or select it with Shift and the mouse."
        ),
    )


async def _run(command: tuple[str, ...], text: str) -> bool:
    program = await asyncio.to_thread(shutil.which, command[0])
    if program is None:
        return False
    encoding = "utf-16-le" if command[0] == "clip.exe" else "utf-8"
    try:
        # Output goes nowhere: xclip and wl-copy stay behind to serve the selection, and a pipe
        # that they inherit would never close.
        process = await asyncio.create_subprocess_exec(
            program,
            *command[1:],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return False
    try:
        await asyncio.wait_for(process.communicate(text.encode(encoding)), _TOOL_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        return False
    return process.returncode == 0
