"""The app ends, well or badly, and the next one takes up where it stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect

from miavo_tui.conversations.records import ReplyState
from tests.conftest import RunningGateway
from tests.tui.chat.conftest import LONG, OpenChat


async def test_conversation_model_and_draft_are_back_in_the_next_run(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        await chat.send("# Kept\n\ntext")
        stats = chat.replies[-1].reply.stats
        await chat.write("not yet\nsent")
    async with open_chat(gateway, model="") as chat:
        view = chat.replies[-1]
        assert view.body.source == "# Kept\n\ntext"
        assert (view.reply.state, view.reply.stats) == (ReplyState.COMPLETED, stats)
        assert chat.pane.composer.text == "not yet\nsent"
        assert chat.pane.model == "local-echo"
        assert chat.pane.transcript.at_end
        await chat.send("go on")
        assert [view.reply.text for view in chat.replies] == ["# Kept\n\ntext", "go on"]


async def test_quitting_mid_stream_saves_what_had_arrived(
    gateway: RunningGateway, open_chat: OpenChat, slow_model: str
) -> None:
    async with open_chat(gateway, model=slow_model) as chat:
        await chat.write(LONG)
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.replies and len(chat.replies[-1].body.source) > 20)
        shown = chat.replies[-1].body.source
        assert chat.pane.busy
    async with open_chat(gateway, model="") as chat:
        reply = chat.replies[-1].reply
        assert reply.state is ReplyState.INTERRUPTED
        assert reply.text.startswith(shown)
        assert str(chat.replies[-1].status.content).startswith("▲ interrupted")


@contextmanager
def terminal_app(home: Path) -> Iterator[pexpect.spawn]:
    """`miavo` in a terminal of its own."""
    child = pexpect.spawn(
        sys.executable,
        ["-c", "from miavo_tui.cli import main; main()", "--home", str(home), "--port", "0"],
        dimensions=(24, 80),
        env={**os.environ, "TERM": "xterm-256color"},
        timeout=30,
    )
    try:
        yield child
    finally:
        child.kill(signal.SIGKILL)
        child.close(force=True)


def streamed_so_far(home: Path) -> str:
    try:
        with sqlite3.connect(f"file:{home / 'app.db'}?mode=ro", uri=True) as file:
            row = file.execute("SELECT text FROM replies").fetchone()
    except sqlite3.Error:
        return ""
    return row[0] if row else ""


async def test_a_terminal_killed_mid_stream_loses_nothing_that_was_on_disk(
    tmp_path: Path, gateway: RunningGateway, open_chat: OpenChat
) -> None:
    home = tmp_path / "terminal"
    home.mkdir()
    (home / "app.json").write_text('{"screen": "chat", "chat_model": "local-echo"}')
    text = "parrot " * 20_000
    with terminal_app(home) as child:
        child.expect("Write a message")
        # As a paste, which a terminal sends as one piece.
        child.send(f"\x1b[200~{text}\x1b[201~")
        child.expect("parrot")
        child.send("\r")
        deadline = time.monotonic() + 30
        while not streamed_so_far(home):
            assert time.monotonic() < deadline, "no reply reached the disk"
            # The terminal is read on, or the app would wait for it.
            child.expect([pexpect.TIMEOUT, pexpect.EOF], timeout=0.02)
        child.kill(signal.SIGKILL)
        child.wait()
        kept = streamed_so_far(home)
    async with open_chat(gateway, model="", home=home) as chat:
        reply = chat.replies[-1].reply
        assert reply.state is ReplyState.INTERRUPTED
        assert kept
        assert reply.text == kept
        assert text.startswith(kept)
        assert chat.pane.model == "local-echo"
        assert chat.app.state.screen == "chat"


def test_bytes_that_are_no_text_and_pastes_full_of_escapes_leave_the_app_alive(
    tmp_path: Path,
) -> None:
    home = tmp_path / "terminal"
    home.mkdir()
    (home / "app.json").write_text('{"screen": "chat", "chat_model": "local-echo"}')
    with terminal_app(home) as child:
        child.expect("Write a message")
        child.send(b"caf\xe9 \xff")
        child.send("\x1b[200~\x1b[1;31mred\x1b[0m and \x1b[32mgreen\x1b[0m\x1b[201~!")
        kept = 'SELECT draft FROM desks WHERE draft <> ""'
        deadline = time.monotonic() + 30
        draft = ""
        while not draft.endswith("!"):
            assert child.isalive()
            assert time.monotonic() < deadline, f"the draft on disk is {draft!r}"
            child.expect([pexpect.TIMEOUT, pexpect.EOF], timeout=0.05)
            with contextlib.suppress(sqlite3.Error), sqlite3.connect(home / "app.db") as file:
                draft = (file.execute(kept).fetchone() or ("",))[0]
        # A byte that does not go on as UTF-8 is one U+FFFD, whatever follows stays.
        assert draft == "caf\ufffd \ufffdred and green!"
