"""What every form that saves a file shares: where it goes, and whether one may be replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from textual.widgets import Input

from miavo_tui.screens.form import FieldProblem, FormModal
from miavo_tui.widgets.form_field import control_named

__all__ = ["SaveForm"]

Answer = TypeVar("Answer")


class SaveForm(FormModal[Answer], Generic[Answer]):
    """A form with a line of text in its field `path`: the file to write."""

    _confirmed: Path | None = None

    async def place(self) -> Path:
        """Where to write. A file that is there is replaced when the form is sent once more.

        Raises:
            FieldProblem: no file can be there, or one is and nobody has confirmed.
        """
        typed = control_named(self, "path", Input).value.strip()
        if not typed:
            raise FieldProblem("path", "Type the file's name.")
        path, exists = await asyncio.to_thread(_looked_at, typed)
        if exists and self._confirmed != path:
            self._confirmed = path
            raise FieldProblem("path", "This file exists. Save once more to replace it.")
        return path

    def end_with(self, ending: str, endings: Collection[str]) -> None:
        """Another kind of file is chosen: a place with the ending of one gets that of the other.

        Args:
            ending: of the kind chosen, such as `.csv`.
            endings: of all kinds; a place with none of them is left as it is.
        """
        line = control_named(self, "path", Input)
        stem, dot, last = line.value.rpartition(".")
        if f"{dot}{last}".casefold() in endings:
            line.value = f"{stem}{ending}"

    @contextmanager
    def writing(self) -> Iterator[None]:
        """What goes wrong with the file is told at its place."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or error
            raise FieldProblem("path", f"It cannot be written: {reason}.") from None


def _looked_at(typed: str) -> tuple[Path, bool]:
    """The place, and whether a file is there. Blocks."""
    try:
        path = Path(typed).expanduser().absolute()
    except RuntimeError:  # ~somebody who is not known here
        raise FieldProblem("path", "There is no such home folder.") from None
    if path.is_dir():
        raise FieldProblem("path", "This is a folder: type a file's name behind it.")
    if not path.parent.is_dir():
        raise FieldProblem("path", f"There is no folder {path.parent}.")
    return path, path.exists()
