"""The tree of turns, what is sent of it, and how conversations are found."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from miavo_tui.conversations.full_text import MARK_END, MARK_START
from miavo_tui.conversations.records import (
    Attachment,
    Reply,
    ReplyState,
    ToolCall,
    ToolResult,
    Turn,
)
from miavo_tui.conversations.schema import STEPS
from miavo_tui.conversations.settings import ChatSettings
from miavo_tui.conversations.store import ConversationStore


def ended(reply: Reply, text: str, **changes: object) -> Reply:
    return replace(reply, state=ReplyState.COMPLETED, text=text, **changes)  # type: ignore[arg-type]


async def said(store: ConversationStore, before: Turn | None, prompt: str) -> Turn:
    """A turn whose reply is its prompt in capitals."""
    own = before.conversation_id if before is not None else None
    turn = await store.add_turn(own, prompt, "m")
    reply = ended(turn.reply, prompt.upper())
    await store.end(reply)
    return replace(turn, reply=reply)


async def prompts(store: ConversationStore, conversation_id: str) -> list[str]:
    return [turn.prompt for turn in await store.turns(conversation_id, limit=-1)]


async def test_a_file_of_the_first_version_becomes_one_path(tmp_path: Path) -> None:
    at = "2026-01-01T00:00:00.000+00:00"
    with sqlite3.connect(tmp_path / "app.db") as file:
        for statement in STEPS[0]:
            file.execute(statement)
        file.execute("PRAGMA user_version = 1")
        for name in ("a", "b"):
            file.execute("INSERT INTO conversations VALUES (?, ?, 'm', ?, ?)", (name, name, at, at))
        for number, name in enumerate("abaab", 1):
            file.execute("INSERT INTO turns VALUES (?, ?, ?, ?)", (number, name, f"p{number}", at))
            file.execute(
                "INSERT INTO replies (turn_id, model, state, text, created_at)"
                " VALUES (?, 'm', 'completed', 'needle in hay', ?)",
                (number, at),
            )
    store = await ConversationStore.open(tmp_path)
    assert await prompts(store, "a") == ["p1", "p3", "p4"]
    assert await prompts(store, "b") == ["p2", "p5"]
    assert [turn.depth for turn in await store.turns("a", limit=-1)] == [0, 1, 2]
    found = await store.shelf.search("needle")
    assert {each.conversation.id for each in found} == {"a", "b"}, "what was there is indexed too"
    await store.close()


async def test_another_version_of_a_prompt_leaves_what_followed_the_first(tmp_path: Path) -> None:
    store = await ConversationStore.open(tmp_path)
    one = await said(store, None, "one")
    two = await said(store, one, "two")
    await said(store, two, "three")
    own = one.conversation_id
    other = await store.add_turn(own, "deux", "m", instead_of=two)
    assert await prompts(store, own) == ["one", "deux"]
    assert (other.version, other.versions) == (2, 2)
    assert [each["content"] for each in await store.messages(other)] == ["one", "ONE", "deux"]
    assert await store.turn_to_version(other, -1)
    assert await prompts(store, own) == ["one", "two", "three"]
    assert not await store.turn_to_version(await store.turn(two.id), -1)
    await store.close()


async def test_a_branch_is_a_copy_that_goes_its_own_way(tmp_path: Path) -> None:
    store = await ConversationStore.open(tmp_path)
    one = await said(store, None, "one")
    two = await said(store, one, "two")
    await said(store, two, "three")
    await store.set_settings(one.conversation_id, ChatSettings(system="s"))
    branch = await store.shelf.branch(two.id)
    assert await prompts(store, branch.id) == ["one", "two"]
    assert branch.settings.system == "s"
    await store.shelf.delete(one.conversation_id)
    assert await store.conversation(one.conversation_id) is None
    assert await prompts(store, branch.id) == ["one", "two"]
    assert [each.conversation.id for each in await store.shelf.search("two")] == [branch.id]
    await store.close()


async def test_tools_and_attachments_are_sent_as_the_api_has_them(tmp_path: Path) -> None:
    store = await ConversationStore.open(tmp_path)
    picture = Attachment(await store.put_blob(b"png"), "p.png", "image/png", 3)
    sound = Attachment(await store.put_blob(b"mp3"), "s.mp3", "audio/mpeg", 3)
    one = await store.add_turn(None, "look", "m", attachments=(picture, sound))
    calls = (ToolCall("c1", "zoom", '{"by": 2}'),)
    await store.end(ended(one.reply, "", calls=calls, finish_reason="tool_calls"))
    own = one.conversation_id
    plain = await store.add_turn(own, "never mind", "m")
    assert [each["role"] for each in await store.messages(plain)] == ["user"], (
        "a call that was not answered is left out"
    )
    await store.bring_into_view(one.id)
    two = await store.add_turn(
        own, "", "m", results=(ToolResult("c1", "zoom", "larger"),), instead_of=plain
    )
    user, assistant, tool = await store.messages(two, system="")
    assert user["content"] == [
        {"type": "text", "text": "look"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,cG5n"}},
        {"type": "input_audio", "input_audio": {"data": "bXAz", "format": "mp3"}},
    ]
    assert assistant["tool_calls"][0]["function"] == {"name": "zoom", "arguments": '{"by": 2}'}
    assert assistant["content"] is None
    assert tool == {"role": "tool", "tool_call_id": "c1", "content": "larger"}
    messages = await store.messages(two, system="Be brief.")
    assert messages[0] == {"role": "system", "content": "Be brief."}
    await store.shelf.delete(own)
    assert await store.blobs({picture.sha, sound.sha}) == {}, "nothing refers to them any more"
    await store.close()


async def test_lanes_go_on_by_themselves_until_one_is_chosen(tmp_path: Path) -> None:
    store = await ConversationStore.open(tmp_path)
    one = await store.add_turn(None, "one", "a", beside=("b",))
    for lane in one.lanes:
        await store.end(ended(lane, f"one of {lane.model}"))
    two = await store.add_turn(one.conversation_id, "two", "a", beside=("b",))
    for lane, model in enumerate("ab"):
        said_before = [each["content"] for each in await store.messages(two, lane=lane)]
        assert said_before == ["one", f"one of {model}", "two"]
    await store.choose_lane(two, 1)
    three = await store.add_turn(one.conversation_id, "three", "b")
    assert [each["content"] for each in await store.messages(three)] == [
        *("one", "one of b", "three")
    ]
    await store.close()


@pytest.mark.parametrize("indexed", [True, False])
async def test_words_are_found_in_titles_prompts_and_replies(tmp_path: Path, indexed: bool) -> None:
    store = await ConversationStore.open(tmp_path)
    store._file.full_text = indexed
    parrots = await said(store, None, "parrots talk")
    await said(store, parrots, "about crème brûlée, 100% of it")
    cats = await said(store, None, "cats sleep")
    await store.shelf.rename(cats.conversation_id, "Sleepers_")

    async def found(query: str) -> list[str]:
        return [each.conversation.title for each in await store.shelf.search(query)]

    assert await found("parrots") == ["parrots talk"]
    assert await found("CATS sl") == ["Sleepers_"]
    assert await found("sleepers_") == ["Sleepers_"]
    assert await found("100%") == ["parrots talk"]
    assert await found("parrots cats") == []
    assert await found('"; DROP TABLE turns') == []
    assert len(await found("")) == 2
    if indexed:
        assert await found("creme") == ["parrots talk"], "accents need not be typed"
    (hit,) = await store.shelf.search("brûlée" if indexed else "about")
    assert MARK_START in hit.excerpt
    assert MARK_END in hit.excerpt
    assert hit.turn_id is not None
    await store.close()


async def test_the_list_has_the_latest_first_and_an_end(tmp_path: Path) -> None:
    store = await ConversationStore.open(tmp_path)
    first = await said(store, None, "first")
    await said(store, None, "second")
    await said(store, first, "more")
    titles = [each.conversation.title for each in await store.shelf.recent()]
    assert titles == ["first", "second"]
    assert len(await store.shelf.recent(limit=1)) == 1
    await store.close()
