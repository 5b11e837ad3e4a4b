"""Chat as a person has it: the command in a terminal, and what it leaves on the disk."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.terminal import Terminal, terminal


@contextmanager
def chat_terminal(home: Path, **environment: str) -> Iterator[Terminal]:
    """`miavo` on a home, with Chat in front."""
    home.mkdir(exist_ok=True)
    (home / "app.json").write_text('{"screen": "chat", "chat_model": "local-echo"}')
    command = [sys.executable, "-m", "miavo_tui", "--home", str(home), "--port", "0"]
    with terminal(command, columns=80, rows=24, **environment) as shown:
        shown.sees("Write a message")
        yield shown


def draft_in(home: Path) -> str:
    """What is typed and not yet sent, as the disk has it; empty while there is nothing."""
    try:
        with sqlite3.connect(f"file:{home / 'app.db'}?mode=ro", uri=True) as file:
            row = file.execute("SELECT draft FROM desks WHERE draft <> ''").fetchone()
    except sqlite3.Error:
        return ""
    return row[0] if row else ""
