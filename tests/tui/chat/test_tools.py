"""Tools: defined, called by a model, answered by hand or by a command that is confirmed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from textual.widgets import Button, Input, TextArea

from miavo_tui.conversations.settings import ChatSettings
from miavo_tui.conversations.tool_box import Tool
from miavo_tui.screens.chat_answer import CallAnswerForm, CommandQuestion
from miavo_tui.screens.chat_tools import ToolForm, ToolsScreen
from miavo_tui.tool_command import MOST_BYTES, run_command, variables_of
from tests.conftest import RunningGateway
from tests.tui.chat.conftest import ChatApp, OpenChat

SCHEMA = '{"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}'


async def offering(chat: ChatApp, command: str = "") -> None:
    """A conversation in which the model calls the tool `weather` first."""
    talk = await chat.pane.talk()
    await talk.do(lambda store: store.tools.put(Tool("weather", "", SCHEMA, command)))
    await talk.set_settings(ChatSettings(tools=("weather",), tool_choice="required"))


async def open_answer(chat: ChatApp) -> CallAnswerForm:
    await chat.until(lambda: chat.pane.waiting_calls)
    await chat.pilot.press("ctrl+t")
    await chat.until(lambda: isinstance(chat.app.screen, CallAnswerForm))
    form = chat.app.screen
    assert isinstance(form, CallAnswerForm)
    await chat.pilot.pause()
    return form


async def test_a_tool_is_defined_and_offered(gateway: RunningGateway, open_chat: OpenChat) -> None:
    async with open_chat(gateway) as chat:
        await chat.pilot.press("ctrl+t")
        await chat.until(lambda: isinstance(chat.app.screen, ToolsScreen))
        await chat.pilot.press("n")
        await chat.until(lambda: isinstance(chat.app.screen, ToolForm))
        form = chat.app.screen
        form.query_one("#tool-name", Input).value = "the weather"
        await chat.pilot.press("ctrl+s")
        await chat.until(lambda: any(f.error for f in form.query("FormField")))  # type: ignore[attr-defined]
        form.query_one("#tool-name", Input).value = "weather"
        await chat.pilot.press("ctrl+s")
        await chat.until(lambda: isinstance(chat.app.screen, ToolsScreen))
        tools = chat.app.screen
        await chat.until(
            lambda: "weather" in str(tools.query_one("OptionList").render_line(0).text)
        )
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.pane.settings.tools == ("weather",))


async def test_a_call_is_answered_by_hand_and_the_model_goes_on(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        await offering(chat)
        await chat.send("How is the weather?")
        (call,) = chat.pane.waiting_calls
        assert call.name == "weather"
        assert "^t" in str(chat.replies[-1].calls.render())
        form = await open_answer(chat)
        form.query_one(TextArea).text = "Sunny, 21 degrees"
        await chat.pilot.press("ctrl+s")
        await chat.until(lambda: len(chat.replies) == 2)
        await chat.replied()
        assert "Sunny, 21 degrees" in chat.replies[-1].reply.text
        assert not chat.pane.waiting_calls
        await chat.send("Thanks")
        assert chat.replies[-1].reply.failure is None, "the whole of it can be sent again"


async def test_a_command_runs_only_once_confirmed_and_its_output_goes_back(
    gateway: RunningGateway, open_chat: OpenChat, tmp_path: Path
) -> None:
    mark = tmp_path / "ran"
    command = f'touch "{mark}"; printf "Rain in %s" "$ARG_city"'
    async with open_chat(gateway) as chat:
        await offering(chat, command)
        await chat.send("How is the weather?")
        form = await open_answer(chat)
        assert command in str(form.query_one("#call-command").render())
        await chat.pilot.press("ctrl+r")
        await chat.until(lambda: isinstance(chat.app.screen, CommandQuestion))
        shown = chat.app.screen.query_one("#command-shown Static")
        assert command in str(shown.render())
        assert '"city"' in str(shown.render())
        focused = chat.app.screen.focused
        assert isinstance(focused, Button)
        assert focused.id == "confirm-no"
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.screen is form)
        assert not mark.exists()
        await chat.pilot.press("ctrl+r")
        await chat.until(lambda: isinstance(chat.app.screen, CommandQuestion))
        await chat.pilot.press("y")
        await chat.until(lambda: len(chat.replies) == 2)
        await chat.replied()
        assert mark.exists()
        assert "Rain in " in chat.replies[-1].reply.text


async def test_a_command_that_fails_leaves_its_output_to_be_changed(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        await offering(chat, "echo half; echo why >&2; exit 3")
        await chat.send("How is the weather?")
        form = await open_answer(chat)
        await chat.pilot.press("ctrl+r")
        await chat.until(lambda: isinstance(chat.app.screen, CommandQuestion))
        await chat.pilot.press("y")
        await chat.until(lambda: form.query_one(TextArea).text)
        assert form.query_one(TextArea).text == "half\nwhy"
        assert "status 3" in str(form.query_one("#call-state").render())
        await chat.pilot.press("escape")
        await chat.until(lambda: chat.app.screen is not form)
        assert len(chat.replies) == 1
        assert chat.pane.waiting_calls, "the call still waits"


posix = pytest.mark.skipif(sys.platform == "win32", reason="written for a POSIX shell")


@posix
async def test_arguments_reach_a_command_without_becoming_part_of_it() -> None:
    arguments = '{"city": "x\\"; echo hacked; \\"$(echo hacked)", "days": [1, 2]}'
    outcome = await run_command('printf "%s|%s|" "$ARG_city" "$ARG_days"; cat', arguments)
    assert outcome.output == f'x"; echo hacked; "$(echo hacked)|[1, 2]|{arguments}'
    assert variables_of('{"a b": 1, "PATH": "x"}') == {"ARG_PATH": "x"}
    assert variables_of("no JSON") == {}


@posix
async def test_a_command_is_bounded_in_time_and_output_and_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    mark = tmp_path / "late"
    outcome = await run_command(f"(sleep 1; touch {mark}) & sleep 60", "{}", patience=0.2)
    assert "ended after" in outcome.problem
    outcome = await run_command("yes", "{}")
    assert "cut" in outcome.problem
    assert len(outcome.output) <= MOST_BYTES
    outcome = await run_command("printf '\\033[31mred\\033]0;title\\007'", "{}")
    assert outcome.output == "red"
    assert not mark.exists()


async def test_side_by_side_one_is_chosen_before_its_calls_are_answered(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway, size=(120, 40)) as chat:
        await offering(chat)
        chat.pane.use_models(("local-echo", "local-echo"))
        await chat.write("How is the weather?")
        await chat.pilot.press("enter")
        await chat.until(lambda: len(chat.replies) == 2 and not chat.pane.busy)
        await chat.until(lambda: "goes on with this" in str(chat.replies[1].calls.render()))
        assert not chat.pane.waiting_calls
        chat.replies[1].focus()
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.pane.waiting_calls)
        await chat.until(lambda: "^t" in str(chat.replies[1].calls.render()))
        form = await open_answer(chat)
        form.query_one(TextArea).text = "Sunny"
        await chat.pilot.press("ctrl+s")
        await chat.until(lambda: len(chat.replies) == 3)
        await chat.replied()
        assert "Sunny" in chat.replies[-1].reply.text
