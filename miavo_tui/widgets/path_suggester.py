"""Completes a path as it is typed."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from textual.suggester import Suggester

from miavo_tui.typed_paths import expanded

__all__ = ["PathSuggester", "completed"]


class PathSuggester(Suggester):
    """Suggests the first file or folder that begins with what is typed."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """The path completed; None if nothing fits."""
        return await asyncio.to_thread(completed, value)


def completed(typed: str) -> str | None:
    """What is typed, completed by the first name that fits; folders end in a slash."""
    if not typed or typed.endswith(("..", "/.")):
        return None
    folder, begun = os.path.split(typed)
    try:
        names = sorted(
            entry.name + ("/" if entry.is_dir() else "")
            for entry in expanded(Path(folder or ".")).iterdir()
            if entry.name.startswith(begun) and (begun or not entry.name.startswith("."))
        )
    except OSError:
        return None
    if not names:
        return None
    return typed + names[0][len(begun) :]
