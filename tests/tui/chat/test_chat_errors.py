"""A reply that fails says why in its place, and what to do."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest

from miavo_tui.client import GatewayClient
from miavo_tui.conversations.records import Failure, ReplyState
from miavo_tui.widgets.chat_trouble import headline, next_step
from tests.conftest import RunningGateway
from tests.tui.chat.conftest import OpenChat
from tests.tui.test_client import HEAD, answering, sending


async def test_a_model_without_an_upstream_says_so_and_another_answers_in_its_place(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway, model="claude-opus-4-6") as chat:
        await chat.send("hello")
        view = chat.replies[-1]
        assert view.reply.state is ReplyState.FAILED
        assert view.reply.failure is not None
        assert (view.reply.failure.status, view.reply.failure.code) == (503, "no_upstream")
        shown = str(view.trouble.content)
        assert view.reply.failure.message in shown
        assert "^o" in shown
        chat.screen.use_model("local-echo")
        await chat.pilot.press("ctrl+r")
        await chat.until(lambda: chat.replies[-1] is not view)
        await chat.replied()
        assert [reply.reply.text for reply in chat.replies] == ["hello"]
        assert not chat.replies[-1].trouble.display


async def test_a_prompt_that_was_refused_comes_back_to_be_changed(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway, model="no-such-model") as chat:
        await chat.send("hello")
        failure = chat.replies[-1].reply.failure
        assert failure is not None
        assert failure.status == 400
        assert f"{failure.message} (field: model)" in str(chat.replies[-1].trouble.content)
        assert chat.pane.composer.text == "hello"


async def test_a_revoked_key_is_renewed_without_a_word(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        for key in gateway.admin("GET", "keys")["data"]:
            gateway.admin("DELETE", f"keys/{key['id']}")
        await chat.send("hello")
        assert chat.replies[-1].reply.text == "hello"


async def test_a_gateway_that_is_gone_leaves_the_prompt_to_be_sent_again(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        await asyncio.to_thread(gateway.embedded.stop)
        await chat.send("hello")
        view = chat.replies[-1]
        assert view.reply.failure is not None
        assert view.reply.failure.code == "unreachable"
        assert "^r" in str(view.trouble.content)
        assert chat.pane.transcript.turn_views[-1].turn.prompt == "hello"


async def test_chat_works_when_the_conversations_cannot_be_kept(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    (gateway.home / "app.db").write_bytes(b"something else entirely, and long enough " * 9)
    async with open_chat(gateway) as chat:
        notice = chat.screen.query_one("#chat-notice")
        assert notice.display
        await chat.send("one")
        await chat.send("two")
        assert [view.reply.text for view in chat.replies] == ["one", "two"]


async def test_a_database_locked_under_way_does_not_lose_the_reply(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        await chat.send("one")
        holder = sqlite3.connect(gateway.home / "app.db", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        await chat.send("two")
        holder.close()
        assert [view.reply.text for view in chat.replies] == ["one", "two"]
        assert chat.screen.query_one("#chat-notice").display


@pytest.mark.parametrize(
    ("waited", "step"),
    [(0.0, "<chat.again> sends this again in 12 s."), (12.5, "<chat.again> sends this again now.")],
)
def test_a_rate_limit_counts_down(waited: float, step: str) -> None:
    failure = Failure("rate_limit_exceeded", "Too many.", None, 429, 12.0)
    assert headline(failure) == "Too many requests"
    assert next_step(failure, waited, answered=False) == step


async def test_a_context_that_is_full_gives_the_prompt_back_and_names_a_new_conversation(
    gateway: RunningGateway, open_chat: OpenChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A model that had to be loaded first says so in a stream that began with 200.
    error = (
        b'data: {"error":{"message":"The prompt has 9000 tokens, the window 8192.",'
        b'"type":"invalid_request_error","code":"invalid_request","param":"messages"}}\n\n'
    )
    async with (
        answering(sending(HEAD, b": loading m\n\n", error)) as client,
        open_chat(gateway) as chat,
    ):

        async def connected() -> GatewayClient:
            return client

        monkeypatch.setattr(chat.pane, "_connected", connected)
        await chat.send("far too long")
        assert chat.pane.composer.text == "far too long"
        shown = str(chat.replies[-1].trouble.content)
        assert "The prompt has 9000 tokens" in shown
        assert "^n" in shown
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: not chat.replies)
        assert chat.pane.composer.text == "far too long"


async def test_a_gateway_that_is_stopped_is_not_called_a_provider_that_failed() -> None:
    failure = Failure("upstream_error", "The gateway was stopped while it answered.", None, 200)
    assert "provider" not in headline(failure)
