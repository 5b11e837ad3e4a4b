"""One prompt to several models at once."""

from __future__ import annotations

from miavo_tui.conversations.records import Reply, ReplyState, ReplyStats
from miavo_tui.widgets.chat_stats import comparison_text
from miavo_tui.widgets.model_picker import ModelPicker
from tests.conftest import RunningGateway
from tests.tui.chat.conftest import LONG, ChatApp, OpenChat

PAIR = ("local-echo", "claude-opus-4-6")
"""The second has no credential here: it fails beside the first, which answers."""


async def ask(chat: ChatApp, prompt: str) -> None:
    before = len(chat.pane.transcript.turn_views)
    await chat.write(prompt)
    await chat.pilot.press("enter")
    await chat.until(lambda: len(chat.pane.transcript.turn_views) > before and not chat.pane.busy)
    await chat.pilot.pause()


async def test_two_models_are_ticked_and_answer_beside_each_other(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway, size=(120, 40)) as chat:
        await chat.pilot.press("ctrl+b")
        await chat.until(lambda: isinstance(chat.app.screen, ModelPicker))
        picker = chat.app.screen
        assert isinstance(picker, ModelPicker)
        await chat.until(lambda: picker.options.highlighted is not None)
        picker.search.value = "claude-opus-4-6"
        await chat.until(lambda: "Opus 4.6" in str(picker.detail.render()))
        await chat.pilot.press("tab", "enter")
        await chat.until(lambda: chat.app.screen is not picker)
        assert (chat.pane.model, chat.pane.beside) == ("local-echo", ("claude-opus-4-6",))
        await ask(chat, "hello")
        echo, claude = chat.replies
        assert echo.reply.text == "hello"
        assert claude.reply.state is ReplyState.FAILED
        assert echo.region.y == claude.region.y
        assert echo.region.right <= claude.region.x
        assert str(chat.screen.model_line.render()).strip().startswith("local-echo │ claude")


async def test_a_narrow_screen_stacks_them(gateway: RunningGateway, open_chat: OpenChat) -> None:
    async with open_chat(gateway, size=(60, 30)) as chat:
        chat.pane.use_models(PAIR)
        await ask(chat, "hello")
        echo, claude = chat.replies
        assert echo.region.x == claude.region.x
        assert echo.region.bottom <= claude.region.y


async def test_each_goes_on_from_its_own_replies_until_one_is_chosen(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway, size=(120, 40)) as chat:
        chat.pane.use_models(PAIR)
        await ask(chat, "one")
        first = chat.pane.transcript.turn_views[0].turn
        store = (await chat.pane.talk()).store
        await ask(chat, "two")
        second = chat.pane.transcript.turn_views[1].turn
        contents = [each["content"] for each in await store.messages(second, lane=0)]
        assert contents == ["one", "one", "two"]
        contents = [each["content"] for each in await store.messages(second, lane=1)]
        assert contents == ["two"], "the one that failed has no history"
        assert (first.lane, second.lane) == (None, None)
        chat.replies[-2].focus()
        await chat.pilot.press("enter")
        await chat.until(lambda: not chat.pane.beside)
        assert chat.pane.model == "local-echo"
        await chat.send("three")
        last = chat.pane.transcript.turn_views[-1].turn
        assert [each["content"] for each in await store.messages(last)] == [
            *("one", "one", "two", "two", "three")
        ]
    async with open_chat(gateway, model="", size=(120, 40)) as chat:
        assert [view.turn.lane for view in chat.pane.transcript.turn_views] == [0, 0, 0]
        assert len(chat.replies) == 5, "the others are still shown"


async def test_who_was_quickest_stands_below_now_and_in_the_next_run(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway, size=(120, 40)) as chat:
        chat.pane.use_models(("local-echo", "local-echo"))
        await ask(chat, "hello")
        line = chat.screen.query(".turn--comparison").first()
        await chat.until(lambda: "quickest: local-echo" in str(line.render()))
    async with open_chat(gateway, model="", size=(120, 40)) as chat:
        line = chat.screen.query(".turn--comparison").first()
        assert line.display
        assert "quickest: local-echo" in str(line.render())


async def test_nothing_of_a_column_is_cut_however_its_text_wraps(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway, size=(110, 40)) as chat:
        chat.pane.use_models(("local-echo", *PAIR))
        await ask(chat, "A sentence that is long enough to be wrapped in a narrow column. " * 4)
        await chat.until(lambda: all(r.reply.stats for r in chat.replies if not r.reply.failure))
        await chat.pilot.pause()
        for view in chat.replies:
            last = [child for child in view.children if child.display][-1]
            assert last.region.height == last.virtual_size.height
            assert last.region.bottom <= view.region.bottom
            assert view.region.bottom <= chat.pane.transcript.turn_views[0].region.bottom


async def test_escape_stops_all_of_them(
    gateway: RunningGateway, open_chat: OpenChat, slow_model: str
) -> None:
    async with open_chat(gateway, size=(120, 40)) as chat:
        chat.pane.use_models((slow_model, slow_model))
        await chat.write(LONG)
        await chat.pilot.press("enter")
        await chat.until(
            lambda: len(chat.replies) == 2 and all(view.body.source for view in chat.replies)
        )
        await chat.pilot.press("escape")
        await chat.until(lambda: not chat.pane.busy)
        assert {view.reply.state for view in chat.replies} == {ReplyState.STOPPED}


def reply(lane: int, model: str, took_ms: float, cost: int | None) -> Reply:
    stats = ReplyStats(1, 1, 10.0, took_ms, cost)
    return Reply(lane, 1, model, ReplyState.COMPLETED, "x", lane=lane, stats=stats)


def test_the_quickest_and_the_cheapest_are_named() -> None:
    lanes = (
        reply(0, "a", 900, 2_000_000),
        reply(1, "b", 1200, 1_000_000),
        reply(2, "c", 950, None),
    )
    assert comparison_text(lanes) == (
        "quickest: a, 0.90 s · cheapest: b, $0.001000 · together $0.003000"
    )
    assert comparison_text(lanes[:1]) == ""
