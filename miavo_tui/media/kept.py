"""Where the studio keeps what it made, and where it is saved to."""

from __future__ import annotations

import errno
import re
import shutil
import time
from pathlib import Path

__all__ = ["free_name", "made_files", "made_folder", "save_copy", "spoken_path"]

_WORD = re.compile(r"[^\w-]+")


def made_folder(home: Path) -> Path:
    """The folder of what the studio made; made itself if it is not there."""
    folder = home / "studio"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def made_files(home: Path, endings: tuple[str, ...]) -> list[Path]:
    """The files of these endings, newest first."""
    folder = home / "studio"
    if not folder.is_dir():
        return []
    found = [each for each in folder.iterdir() if each.suffix in endings and each.name[0] != "."]
    return sorted(found, key=lambda each: each.stat().st_mtime, reverse=True)


def spoken_path(home: Path, text: str, model: str, ending: str) -> Path:
    """A name for a new file that says what is in it."""
    words = _WORD.sub("-", text.lower()).strip("-")[:32].strip("-") or "untitled"
    stamp = time.strftime("%Y%m%d-%H%M%S")
    return free_name(made_folder(home) / f"{stamp}-{model}-{words}{ending}")


def free_name(path: Path) -> Path:
    """The path, or one like it that is not taken."""
    number, found = 1, path
    while found.exists():
        number += 1
        found = path.with_stem(f"{path.stem}-{number}")
    return found


def save_copy(source: Path, wanted: str) -> Path:
    """Copy a file to where a person wants it: into a folder, or under a name of its own.

    Raises:
        OSError: it cannot be written; nothing that was there is overwritten.
    """
    try:
        target = Path(wanted).expanduser()
    except RuntimeError:
        raise FileNotFoundError(errno.ENOENT, "There is no such home folder") from None
    if target.is_dir():
        target = target / source.name
    if not target.suffix:
        target = target.with_suffix(source.suffix)
    if target.exists():
        raise FileExistsError(f"{target} is there already.")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return target
