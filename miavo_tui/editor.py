"""Writing in the editor that `$VISUAL` or `$EDITOR` names."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from textual.app import App, SuspendNotSupported

__all__ = ["EditorProblem", "editor_command", "write_in_editor"]


class EditorProblem(Exception):
    """Nothing could be written in an editor. Its text says why, and what to do."""


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """The editor and its arguments.

    Raises:
        EditorProblem: none is named, or the one named is not installed.
    """
    named = environ.get("VISUAL") or environ.get("EDITOR") or ""
    try:
        command = shlex.split(named)
    except ValueError:
        command = []
    if not command:
        raise EditorProblem(
            "No editor is named: set EDITOR, such as EDITOR=nano, and start Miavo again."
        )
    if shutil.which(command[0], path=environ.get("PATH")) is None:
        raise EditorProblem(f"EDITOR names {command[0]}, which is not installed.")
    return command


async def write_in_editor(app: App[None], text: str) -> str:
    """What becomes of a text in the editor, which has the terminal meanwhile.

    The event loop goes on: replies still arrive. Nothing is painted until the editor has ended.

    Raises:
        EditorProblem: there is no editor, it failed, or the terminal cannot be handed over.
    """
    command = await asyncio.to_thread(editor_command, os.environ)
    path = await asyncio.to_thread(_keep, text)
    try:
        try:
            with app.suspend(), app.batch_update():
                status = await asyncio.to_thread(_run, [*command, str(path)])
        except SuspendNotSupported:
            raise EditorProblem("An editor needs a terminal of its own: not here.") from None
        if status != 0:
            raise EditorProblem(f"{command[0]} ended with status {status}: your text is as it was.")
        return await asyncio.to_thread(_kept, path)
    except OSError as error:
        raise EditorProblem(f"{command[0]} cannot be started: {error.strerror}.") from None
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)


def _keep(text: str) -> Path:
    # The name ends in .md: editors colour a prompt as what it mostly is. Readable by its owner.
    handle, name = tempfile.mkstemp(prefix="miavo-", suffix=".md")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return Path(name)


def _kept(path: Path) -> str:
    text = path.read_text(encoding="utf-8", errors="replace")
    # Editors end the last line, which nobody typed.
    return text.removesuffix("\n")


def _run(command: list[str]) -> int:
    return subprocess.run(command, check=False).returncode
