"""Paths as they are typed, and as terminals paste files that are dropped on them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from urllib.parse import unquote, urlsplit

__all__ = ["expanded", "paths_in", "typed_path"]

MOST_PATHS = 16
"""A paste with more lines than this is text, whatever it says."""

_WINDOWS_PATH = re.compile(r"^[A-Za-z]:\\|^\\\\")


def typed_path(text: str) -> Path:
    """The path in a field for one, be it typed or pasted."""
    pasted = paths_in(text)
    return pasted[0] if len(pasted) == 1 else expanded(Path(text.strip("'\"")))


def expanded(path: Path) -> Path:
    """A path with the home folder that its `~` stands for.

    One that nobody here has stays as it is: there is nothing in it.
    """
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def paths_in(text: str) -> list[Path]:
    """The absolute paths that a text consists of, one a line; none if it is anything else.

    Terminals paste a file that is dropped on them as a path, in quotes, with its blanks escaped,
    or as a `file:` URL. Nothing on the disk is looked at.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or len(lines) > MOST_PATHS:
        return []
    paths: list[Path] = []
    for line in lines:
        found = _paths_of_line(line)
        if not found:
            return []
        paths += found
    return paths[:MOST_PATHS]


def _paths_of_line(line: str) -> list[Path]:
    if line.startswith(("/", "~/")) and "\\" not in line and "'" not in line:
        whole = expanded(Path(line))
        # A blank in a name that nobody escaped, unless several files were dropped at once.
        if " /" not in line:
            return [whole]
    if _WINDOWS_PATH.match(line):
        return [Path(line)]
    try:
        words = shlex.split(line)
    except ValueError:
        return []
    paths: list[Path] = []
    for word in words:
        if word.startswith("file://"):
            paths.append(Path(unquote(urlsplit(word).path)))
        elif word.startswith(("/", "~/")):
            paths.append(expanded(Path(word)))
        else:
            return []
    return paths
