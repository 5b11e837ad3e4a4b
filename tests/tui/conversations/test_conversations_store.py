"""What the store keeps, and what it makes of broken files and of other apps."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from miavo_tui.conversations.open_conversation import OpenConversation
from miavo_tui.conversations.records import Failure, Reply, ReplyState, ReplyStats, title_of
from miavo_tui.conversations.schema import STEPS
from miavo_tui.conversations.store import ConversationStore, StoreUnavailable


def ended(reply: Reply, text: str) -> Reply:
    return replace(reply, state=ReplyState.COMPLETED, text=text, finish_reason="stop")


async def test_a_turn_comes_back_as_it_was_written(tmp_path: Path) -> None:
    store = await ConversationStore.open(tmp_path)
    turn = await store.add_turn(None, "Why?\nReally", "local-echo")
    reply = replace(
        turn.reply,
        state=ReplyState.FAILED,
        text="Because",
        reasoning="hm",
        finish_reason="length",
        request_id="req-1",
        failure=Failure("rate_limit_exceeded", "Too many.", "messages", 429, 12.5),
        stats=ReplyStats(3, 4, 150.0, 900.5, 123_000),
    )
    await store.end(reply)
    assert reply.stats is not None
    await store.set_stats(reply.id, reply.stats)
    await store.close()

    again = await ConversationStore.open(tmp_path)
    desk = await again.take_desk()
    assert desk.conversation is not None
    assert (desk.conversation.title, desk.conversation.model) == ("Why? Really", "local-echo")
    assert await again.turns(desk.conversation.id, limit=9) == (replace(turn, reply=reply),)
    await again.close()


async def test_the_messages_sent_leave_out_what_was_never_answered(tmp_path: Path) -> None:
    store = await ConversationStore.open(tmp_path)
    one = await store.add_turn(None, "one", "m")
    await store.end(ended(one.reply, "1"))
    two = await store.add_turn(one.conversation_id, "two", "m")
    await store.end(replace(two.reply, state=ReplyState.FAILED))
    three = await store.add_turn(one.conversation_id, "three", "m")
    assert await store.messages(three) == [
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "1"},
        {"role": "user", "content": "three"},
    ]
    await store.close()


async def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    store = await ConversationStore.open(tmp_path)
    await store.add_turn(None, "private", "m")
    modes = {(tmp_path / name).stat().st_mode & 0o777 for name in ("app.db", "app.db-wal")}
    await store.close()
    assert modes == {0o600}


async def test_a_write_that_comes_after_the_end_is_dropped(tmp_path: Path) -> None:
    store = await ConversationStore.open(tmp_path)
    turn = await store.add_turn(None, "one", "m")
    await store.close()
    await store.set_stats(turn.reply.id, ReplyStats(1, 1, None, None, None))
    store = await ConversationStore.open(tmp_path)
    (kept,) = await store.turns(turn.conversation_id, limit=9)
    assert kept.reply.stats is None
    await store.close()


async def test_a_second_reply_is_shown_and_the_first_is_kept(tmp_path: Path) -> None:
    store = await ConversationStore.open(tmp_path)
    turn = await store.add_turn(None, "one", "m")
    await store.end(ended(turn.reply, "first"))
    turn = await store.add_replies(turn, "other")
    await store.end(ended(turn.reply, "second"))
    (shown,) = await store.turns(turn.conversation_id, limit=9)
    assert (shown.reply.text, shown.reply.model, shown.replies) == ("second", "other", 2)
    await store.close()
    with sqlite3.connect(tmp_path / "app.db") as file:
        texts = file.execute("SELECT text FROM replies ORDER BY id").fetchall()
    assert texts == [("first",), ("second",)]


async def test_turns_are_read_in_pages_from_the_end(tmp_path: Path) -> None:
    store = await ConversationStore.open(tmp_path)
    turn = await store.add_turn(None, "0", "m")
    for number in range(1, 7):
        turn = await store.add_turn(turn.conversation_id, str(number), "m")
    last = await store.turns(turn.conversation_id, limit=3)
    before = await store.turns(turn.conversation_id, limit=3, before=last[0].id)
    assert [turn.prompt for turn in (*before, *last)] == ["1", "2", "3", "4", "5", "6"]
    assert before[0].depth == 1
    await store.close()


async def test_a_draft_moves_into_the_conversation_when_it_is_sent(tmp_path: Path) -> None:
    store = await ConversationStore.open(tmp_path)
    await store.keep_desk(None, "half a thou")
    await store.close()
    store = await ConversationStore.open(tmp_path)
    assert (await store.take_desk()).draft == "half a thou"
    turn = await store.add_turn(None, "half a thought", "m")
    await store.close()
    store = await ConversationStore.open(tmp_path)
    desk = await store.take_desk()
    assert desk.draft == ""
    assert desk.conversation is not None
    assert desk.conversation.id == turn.conversation_id
    await store.close()


async def test_two_apps_on_one_home_do_not_share_a_conversation(tmp_path: Path) -> None:
    first = await ConversationStore.open(tmp_path)
    turn = await first.add_turn(None, "mine", "m")
    second = await ConversationStore.open(tmp_path)
    assert (await second.take_desk()).conversation is None
    (seen,) = await second.turns(turn.conversation_id, limit=9)
    assert seen.reply.state is ReplyState.STREAMING, "the first app is still writing it"

    async def talk(store: ConversationStore) -> None:
        talked = await store.add_turn(None, "hello", "m")
        for _ in range(50):
            await store.grow(talked.reply.id, "x", "")
        (kept,) = await store.turns(talked.conversation_id, limit=9)
        assert kept.reply.text == "x" * 50

    await asyncio.gather(talk(first), talk(second))
    await first.close()
    await second.close()


async def test_two_apps_that_start_at_once_both_find_the_tables(tmp_path: Path) -> None:
    stores = await asyncio.gather(*(ConversationStore.open(tmp_path) for _ in range(4)))
    for store in stores:
        await store.add_turn(None, "hello", "m")
        await store.close()


WRITE_UNTIL_KILLED = """
import asyncio, itertools, sys
from pathlib import Path
from miavo_tui.conversations.journal import ReplyJournal
from miavo_tui.conversations.store import ConversationStore

async def main():
    store = await ConversationStore.open(Path(sys.argv[1]))
    turn = await store.add_turn(None, "count", "m")
    await store.keep_desk(turn.conversation_id, "a draft")
    journal = ReplyJournal(store, turn.reply.id, lambda error: sys.exit(str(error)))
    for number in itertools.count():
        journal.add(f"{number} ")
        if number % 100 == 0:
            print(number, flush=True)
        await asyncio.sleep(0.001)

asyncio.run(main())
"""


async def test_a_killed_process_leaves_its_reply_interrupted_with_what_had_arrived(
    tmp_path: Path,
) -> None:
    process = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs on this loop
        [sys.executable, "-c", WRITE_UNTIL_KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= 600:
            break
    process.send_signal(signal.SIGKILL)
    process.wait()

    store = await ConversationStore.open(tmp_path)
    desk = await store.take_desk()
    assert desk.draft == "a draft"
    assert desk.conversation is not None
    (turn,) = await store.turns(desk.conversation.id, limit=9)
    assert turn.reply.state is ReplyState.INTERRUPTED
    numbers = [int(number) for number in turn.reply.text.split()]
    assert numbers == list(range(len(numbers))), "a prefix, without gaps"
    # A quarter of a second at most is lost: some 250 of these numbers, and not yet 600.
    assert len(numbers) > 100
    await store.close()


@pytest.mark.parametrize("content", [b"not a database, and quite long " * 40, b"\0" * 4096])
async def test_a_broken_file_is_told_of_and_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "app.db").write_bytes(content)
    told: list[str] = []
    talk = await OpenConversation.open(tmp_path, on_screen=tuple, unkept=told.append)
    turn = await talk.begin("still works", "m")
    assert len(told) == 1
    assert "app.db" in told[0]
    assert (await talk.tail(9))[0] == (turn,)
    await talk.close()
    assert (tmp_path / "app.db").read_bytes() == content


async def test_a_locked_file_is_told_of(tmp_path: Path) -> None:
    holder = sqlite3.connect(tmp_path / "app.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreUnavailable, match="locked by another program"):
        await ConversationStore.open(tmp_path)
    holder.close()


async def test_a_file_of_a_later_version_is_not_touched(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "app.db") as file:
        file.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    with pytest.raises(StoreUnavailable, match="newer Miavo"):
        await ConversationStore.open(tmp_path)


async def test_a_file_that_fails_under_way_is_replaced_by_memory_with_what_is_on_screen(
    tmp_path: Path,
) -> None:
    told: list[str] = []
    on_screen: list[object] = []
    talk = await OpenConversation.open(
        tmp_path,
        on_screen=lambda: tuple(on_screen),  # type: ignore[arg-type]
        unkept=told.append,
    )
    turn = await talk.begin("one", "m")
    done = ended(turn.reply, "1")
    await talk.store.end(done)
    on_screen.append(replace(turn, reply=done))
    with sqlite3.connect(tmp_path / "app.db") as file:
        file.execute("DROP TABLE turns")
    second = await talk.begin("two", "m")
    assert len(told) == 1
    assert [message["content"] for message in await talk.store.messages(second)] == [
        "one",
        "1",
        "two",
    ]
    await talk.close()


def test_a_title_is_the_first_prompt_on_one_short_line() -> None:
    assert title_of("  Why is\nthe sky\tblue? ") == "Why is the sky blue?"
    assert title_of("word " * 40).endswith("…")
    assert len(title_of("word " * 40)) <= 60
