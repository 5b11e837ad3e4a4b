"""What the keys do in the composer."""

from __future__ import annotations

import pytest
from textual import events

from tests.conftest import RunningGateway
from tests.tui.chat.conftest import OpenChat


@pytest.mark.parametrize("key", ["ctrl+j", "shift+enter", "alt+enter"])
async def test_a_new_line_is_begun_and_enter_sends(
    gateway: RunningGateway, open_chat: OpenChat, key: str
) -> None:
    async with open_chat(gateway) as chat:
        await chat.pilot.press("a", key, "b")
        assert chat.pane.composer.text == "a\nb"
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.replies)
        await chat.replied()
        assert chat.pane.composer.text == ""
        assert chat.pane.transcript.turn_views[-1].turn.prompt == "a\nb"


async def test_a_paste_keeps_its_lines_and_loses_its_controls(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        chat.app.post_message(events.Paste("one\r\ntwo\rthree\x1b[31m!"))
        await chat.until(lambda: chat.pane.composer.text)
        assert chat.pane.composer.text == "one\ntwo\nthree!"
        assert not chat.replies


async def test_it_grows_to_eight_lines_and_no_further(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        heights = []
        for lines in (1, 3, 8, 30):
            await chat.write("\n".join(["x"] * lines))
            await chat.pilot.pause()
            heights.append(chat.pane.composer.content_size.height)
        assert heights == [1, 3, 8, 8]


async def test_up_in_the_empty_composer_brings_the_last_prompt(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        await chat.send("again\nand again")
        await chat.pilot.press("up")
        assert chat.pane.composer.text == "again\nand again"
        await chat.pilot.press("up", "x")
        assert chat.pane.composer.text != "again\nand again", "in a text, Up moves the cursor"


async def test_digits_and_letters_are_typed_and_not_taken_for_keys(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        await chat.pilot.press("1", "2", "question_mark", "j", "k", "y", "c")
        assert chat.pane.composer.text == "12?jkyc"
        assert chat.app.current_mode == "chat"
