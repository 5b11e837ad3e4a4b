"""Writing a prompt in one's own editor."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import sys
import time
from pathlib import Path

import pexpect
import pytest

from miavo_tui.editor import EditorProblem, editor_command
from tests.conftest import RunningGateway
from tests.tui.chat.conftest import OpenChat


def test_an_editor_that_is_missing_is_told_of() -> None:
    with pytest.raises(EditorProblem, match="set EDITOR"):
        editor_command({})
    with pytest.raises(EditorProblem, match="no-such-editor, which is not installed"):
        editor_command({"EDITOR": "no-such-editor --wait", "PATH": os.environ["PATH"]})
    assert editor_command({"VISUAL": "sh -c true", "EDITOR": "x", "PATH": os.environ["PATH"]}) == [
        *("sh", "-c", "true")
    ]


async def test_where_no_terminal_can_be_handed_over_the_text_stays(
    gateway: RunningGateway, open_chat: OpenChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    async with open_chat(gateway) as chat:
        await chat.write("half a thought")
        for editor, told in (("", "set EDITOR"), ("true", "a terminal of its own")):
            monkeypatch.setenv("EDITOR", editor)
            await chat.pilot.press("ctrl+e")
            await chat.until(
                lambda told=told: any(told in each.message for each in chat.app._notifications)  # type: ignore[misc]
            )
        assert chat.pane.composer.text == "half a thought"


def test_the_editor_has_the_terminal_and_what_it_saves_is_the_draft(tmp_path: Path) -> None:
    (tmp_path / "app.json").write_text('{"screen": "chat", "chat_model": "local-echo"}')
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "EDITOR HAS IT"\nread line\necho "$line" >> "$1"\n')
    editor.chmod(0o755)
    child = pexpect.spawn(
        sys.executable,
        ["-c", "from miavo_tui.cli import main; main()", "--home", str(tmp_path), "--port", "0"],
        dimensions=(24, 80),
        env={**os.environ, "TERM": "xterm-256color", "EDITOR": str(editor), "VISUAL": ""},
        timeout=30,
    )
    try:
        child.expect("Write a message")
        child.send("first ")
        child.expect("first")
        child.send("\x05")
        child.expect("EDITOR HAS IT")
        child.send("and more\r")
        deadline = time.monotonic() + 30
        draft = ""
        while draft != "first and more":
            assert time.monotonic() < deadline, f"the draft on disk is {draft!r}"
            child.expect([pexpect.TIMEOUT, pexpect.EOF], timeout=0.05)
            with contextlib.suppress(sqlite3.Error), sqlite3.connect(tmp_path / "app.db") as file:
                draft = (file.execute("SELECT draft FROM desks").fetchone() or ("",))[0]
    finally:
        child.kill(signal.SIGKILL)
        child.close(force=True)
