"""Writing a prompt in one's own editor."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from miavo_tui.editor import EditorProblem, editor_command
from tests.conftest import RunningGateway
from tests.tui.chat.conftest import OpenChat
from tests.tui.chat.in_terminal import chat_terminal, draft_in


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
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "EDITOR HAS IT"\nread line\necho "$line" >> "$1"\n')
    editor.chmod(0o755)
    with chat_terminal(tmp_path, EDITOR=str(editor), VISUAL="") as shown:
        shown.press("first ")
        shown.sees("first")
        shown.press("\x05")
        shown.sees("EDITOR HAS IT")
        shown.press("and more\r")
        shown.until(lambda: draft_in(tmp_path) == "first and more", "the draft on the disk")
