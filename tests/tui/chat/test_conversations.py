"""More than one conversation: kept, found, named, branched, deleted."""

from __future__ import annotations

import sqlite3

from textual.widgets import Input

from miavo_tui.conversations.records import ReplyState
from miavo_tui.screens.chat_forms import RenameForm
from miavo_tui.screens.confirm import ConfirmDialog
from miavo_tui.widgets.chat_prompt import PromptView
from tests.conftest import RunningGateway
from tests.tui.chat.conftest import ChatApp, OpenChat


def titles(chat: ChatApp) -> list[str]:
    return [found.conversation.title for found in chat.screen.conversations._found]


def prompts(chat: ChatApp) -> list[str]:
    return [view.turn.prompt for view in chat.pane.transcript.turn_views]


async def two_conversations(chat: ChatApp) -> None:
    await chat.send("Parrots can talk")
    await chat.send("and they fly")
    await chat.pilot.press("ctrl+n")
    await chat.until(lambda: not chat.replies)
    await chat.send("Cats sleep all day")


async def test_a_conversation_is_found_by_a_word_said_in_it_and_opened(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway, size=(120, 40)) as chat:
        await two_conversations(chat)
        await chat.pilot.press("ctrl+l")
        await chat.until(lambda: titles(chat) == ["Cats sleep all day", "Parrots can talk"])
        await chat.pilot.press("slash", *"fly")
        await chat.until(lambda: titles(chat) == ["Parrots can talk"])
        assert "fly" in str(chat.screen.conversations.options.get_option_at_index(0).prompt)
        await chat.pilot.press("enter")
        await chat.until(lambda: prompts(chat) == ["Parrots can talk", "and they fly"])
        assert chat.pane.composer.has_focus
        await chat.send("what else")
        assert prompts(chat)[-1] == "what else"


async def test_a_narrow_screen_shows_the_list_over_the_conversation(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        await two_conversations(chat)
        await chat.pilot.press("ctrl+l")
        await chat.until(lambda: len(titles(chat)) == 2)
        assert chat.screen.conversations.has_class("-over")
        await chat.pilot.press("down", "enter")
        await chat.until(lambda: prompts(chat) == ["Parrots can talk", "and they fly"])
        assert not chat.screen.conversations.display


async def test_renaming_and_deleting(gateway: RunningGateway, open_chat: OpenChat) -> None:
    async with open_chat(gateway, size=(120, 40)) as chat:
        await two_conversations(chat)
        await chat.pilot.press("ctrl+l")
        await chat.until(lambda: len(titles(chat)) == 2)
        await chat.pilot.press("e")
        await chat.until(lambda: isinstance(chat.app.screen, RenameForm))
        chat.app.screen.query_one(Input).value = "Sleepers"
        await chat.pilot.press("enter")
        await chat.until(lambda: titles(chat)[:1] == ["Sleepers"])
        await chat.pilot.press("d")
        await chat.until(lambda: isinstance(chat.app.screen, ConfirmDialog))
        await chat.pilot.press("enter")
        await chat.until(lambda: not isinstance(chat.app.screen, ConfirmDialog))
        assert titles(chat)[0] == "Sleepers", "Enter on the question changes nothing"
        await chat.pilot.press("d")
        await chat.until(lambda: isinstance(chat.app.screen, ConfirmDialog))
        await chat.pilot.press("y")
        await chat.until(lambda: titles(chat) == ["Parrots can talk"])
        assert not chat.replies, "it was the one in view"
        with sqlite3.connect(gateway.home / "app.db") as file:
            assert file.execute("SELECT count(*) FROM turns").fetchone() == (2,)


async def test_a_prompt_edited_and_sent_again_stands_beside_what_it_was(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway, size=(120, 40)) as chat:
        await chat.send("one")
        await chat.send("two")
        await chat.write("a draft")
        await chat.pilot.press("ctrl+up", "K", "K", "K")
        assert isinstance(chat.screen.focused, PromptView)
        await chat.pilot.press("e")
        assert chat.pane.composer.text == "one"
        await chat.pilot.press("escape")
        assert chat.pane.composer.text == "a draft", "escape leaves all as it was"
        await chat.pilot.press("ctrl+up", "K", "K", "K", "e")
        await chat.send("uno")
        assert prompts(chat) == ["uno"]
        assert chat.replies[-1].reply.text == "uno"
        assert chat.pane.composer.text == "a draft"
        (view,) = chat.pane.transcript.turn_views
        assert (view.turn.version, view.turn.versions) == (2, 2)
        await chat.pilot.press("ctrl+up", "K")
        await chat.pilot.press("left_square_bracket")
        await chat.until(lambda: prompts(chat) == ["one", "two"])
        await chat.pilot.press("right_square_bracket")
        await chat.until(lambda: prompts(chat) == ["uno"])


async def test_a_branch_goes_on_by_itself(gateway: RunningGateway, open_chat: OpenChat) -> None:
    async with open_chat(gateway, size=(120, 40)) as chat:
        await chat.send("one")
        await chat.send("two")
        first = chat.pane.conversation_id
        chat.replies[0].focus()
        await chat.pilot.press("b")
        await chat.until(lambda: prompts(chat) == ["one"])
        assert chat.pane.conversation_id != first
        await chat.send("three")
        assert prompts(chat) == ["one", "three"]
        assert first is not None
        chat.pane.open_conversation(first)
        await chat.until(lambda: prompts(chat) == ["one", "two"])
        await chat.pilot.press("ctrl+l")
        await chat.until(lambda: sorted(titles(chat)) == ["one", "↳ one"])


async def test_an_earlier_reply_to_a_prompt_can_be_brought_back(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        await chat.send("one")
        first = chat.replies[0].reply.id
        await chat.pilot.press("ctrl+r")
        await chat.until(lambda: chat.replies[-1].reply.id != first)
        await chat.replied()
        assert "reply 2 of 2" in str(chat.replies[-1].status.content)
        chat.replies[-1].focus()
        await chat.pilot.press("left_square_bracket")
        await chat.until(lambda: chat.replies[-1].reply.id == first)
        assert chat.replies[-1].reply.state is ReplyState.COMPLETED


async def test_opening_another_conversation_stops_the_reply_and_keeps_its_beginning(
    gateway: RunningGateway, open_chat: OpenChat, slow_model: str
) -> None:
    async with open_chat(gateway) as chat:
        await chat.send("one")
        first = chat.pane.conversation_id
        assert first is not None
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: not chat.replies)
        chat.screen.use_model(slow_model)
        await chat.begin_long()
        second = chat.pane.conversation_id
        assert second is not None
        chat.pane.open_conversation(first)
        await chat.until(lambda: prompts(chat) == ["one"])
        chat.pane.open_conversation(second)
        await chat.until(lambda: prompts(chat) != ["one"] and chat.replies)
        reply = chat.replies[-1].reply
        assert reply.state is ReplyState.STOPPED
        assert reply.text
