"""Picking the model that answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from miavo_tui import model_cache
from miavo_tui.widgets.model_picker import ModelPicker, matching
from tests.conftest import RunningGateway
from tests.tui.chat.conftest import OpenChat


async def test_searching_and_enter_pick_a_model(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway, model="") as chat:
        await chat.pilot.press("ctrl+o")
        await chat.until(lambda: isinstance(chat.app.screen, ModelPicker))
        await chat.pilot.press(*"ech")
        await chat.pilot.press("enter")
        await chat.until(lambda: not isinstance(chat.app.screen, ModelPicker))
        assert chat.pane.model == "local-echo"
        assert chat.app.state.chat_model == "local-echo"
        assert chat.screen.model_line.card is not None
        assert chat.screen.model_line.card.slug == "local-echo"
        assert chat.pane.composer.has_focus


async def test_the_model_in_use_is_where_the_list_begins_and_escape_keeps_it(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway, model="claude-opus-4-6") as chat:
        await chat.pilot.press("ctrl+o")
        await chat.until(lambda: isinstance(chat.app.screen, ModelPicker))
        picker = chat.app.screen
        assert isinstance(picker, ModelPicker)
        await chat.until(lambda: picker.options.highlighted is not None)
        index = picker.options.highlighted
        assert index is not None
        assert picker.options.get_option_at_index(index).id == "claude-opus-4-6"
        assert str(picker.count.content) == "93 of 93"
        await chat.pilot.press("z", "z", "z", "escape", "escape")
        await chat.until(lambda: not isinstance(chat.app.screen, ModelPicker))
        assert chat.pane.model == "claude-opus-4-6"


async def test_what_can_be_reached_changes_in_the_open_list(
    gateway: RunningGateway, open_chat: OpenChat, tmp_path: Path
) -> None:
    async with open_chat(gateway, model="claude-opus-4-6", home=tmp_path) as chat:
        # Kept once the gateway has told of its models for the last time.
        await chat.until(lambda: model_cache.read(tmp_path))
        line = chat.screen.model_line
        await chat.pilot.press("ctrl+o")
        await chat.until(lambda: isinstance(chat.app.screen, ModelPicker))
        picker = chat.app.screen
        assert isinstance(picker, ModelPicker)
        for reason in ("The key was refused.", "The provider is busy."):
            chat.app.models = tuple(
                replace(card, reachable=False, unreachable_reason=reason)
                if card.slug == "claude-opus-4-6"
                else card
                for card in chat.app.models
            )
            await chat.until(lambda reason=reason: reason in str(picker.detail.content))
            assert line.card is not None
            assert line.card.unreachable_reason == reason
        index = picker.options.highlighted
        assert index is not None
        assert picker.options.get_option_at_index(index).id == "claude-opus-4-6"


async def test_every_word_must_match_and_what_can_answer_comes_first(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        cards = chat.app.models
        found = matching(cards, "CLAUDE bedrock")
        assert found
        assert all("claude" in card.slug and card.provider != "Anthropic" for card in found)
        assert matching(cards, "nothing like it") == []
        everything = matching(cards, "")
        assert len(everything) == 93
        kinds = [card.kind == "chat" for card in everything]
        assert kinds == sorted(kinds, reverse=True), "what does not chat comes last"
        reachable = [card.reachable for card in everything if card.kind == "chat"]
        assert reachable == sorted(reachable, reverse=True)


async def test_what_does_not_chat_is_marked_as_in_the_catalogue_and_refused_as_there(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        await chat.pilot.press("ctrl+o")
        await chat.until(lambda: isinstance(chat.app.screen, ModelPicker))
        picker = chat.app.screen
        assert isinstance(picker, ModelPicker)
        await chat.pilot.press(*"gpt", "minus", *"image")
        await chat.until(lambda: "gpt-image-2 is an image model" in str(picker.detail.content))
        index = picker.options.highlighted
        assert index is not None
        assert str(picker.options.get_option_at_index(index).prompt).startswith("◇")
        await chat.pilot.press("enter")
        await chat.until(
            lambda: any("image model" in notice.message for notice in chat.app._notifications)
        )
        assert chat.app.screen is picker
        await chat.pilot.press("escape", "escape")
        await chat.until(lambda: chat.app.screen is not picker)
        assert chat.pane.model == "local-echo"
