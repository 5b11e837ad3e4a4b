"""The app ends, well or badly, and the next one takes up where it stopped."""

from __future__ import annotations

import signal
import sqlite3
from pathlib import Path

from miavo_tui.conversations.records import ReplyState
from tests.conftest import RunningGateway
from tests.tui.chat.conftest import LONG, OpenChat
from tests.tui.chat.in_terminal import chat_terminal, draft_in


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
    text = "parrot " * 20_000
    with chat_terminal(home) as shown:
        # As a paste, which a terminal sends as one piece.
        shown.press(f"\x1b[200~{text}\x1b[201~")
        shown.sees("parrot")
        shown.press("\r")
        shown.until(lambda: streamed_so_far(home), "a reply on the disk", each=0.02)
        shown.program.kill(signal.SIGKILL)
        shown.program.wait()
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
    with chat_terminal(home) as shown:
        shown.program.send(b"caf\xe9 \xff")
        shown.press("\x1b[200~\x1b[1;31mred\x1b[0m and \x1b[32mgreen\x1b[0m\x1b[201~!")
        shown.until(lambda: draft_in(home).endswith("!"), "the draft on the disk")
        # A byte that does not go on as UTF-8 is one U+FFFD, whatever follows stays.
        assert draft_in(home) == "caf\ufffd \ufffdred and green!"
