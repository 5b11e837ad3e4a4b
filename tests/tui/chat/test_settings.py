"""How a conversation is talked with: typed, checked, kept, sent."""

from __future__ import annotations

import json

import pytest
from textual.widgets import Input, Select, TextArea

from miavo_tui.conversations.settings import ChatSettings
from miavo_tui.conversations.settings_text import (
    NUMBERS,
    TextProblem,
    checked_schema,
    read_number,
    read_settings,
)
from miavo_tui.screens.chat_settings import ChatSettingsForm
from tests.conftest import RunningGateway
from tests.tui.chat.conftest import ChatApp, OpenChat

PLAIN = {rule.field: "" for rule in NUMBERS} | {
    **dict.fromkeys(("system", "stop", "reasoning_effort", "schema", "tool_choice", "more"), ""),
    "format": "text",
}
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}


async def open_form(chat: ChatApp) -> ChatSettingsForm:
    await chat.pilot.press("ctrl+s")
    await chat.until(lambda: isinstance(chat.app.screen, ChatSettingsForm))
    form = chat.app.screen
    assert isinstance(form, ChatSettingsForm)
    await chat.pilot.pause()
    return form


async def test_settings_are_sent_with_the_prompt_and_kept_for_the_next_run(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway, size=(120, 40)) as chat:
        form = await open_form(chat)
        form.query_one("#settings-system", TextArea).text = "Speak as a parrot."
        form.query_one("#settings-max_tokens", Input).value = "2"
        form.query_one("#settings-temperature", Input).value = "0.5"
        await chat.pilot.press("ctrl+s")
        await chat.until(lambda: chat.app.screen is not form)
        await chat.send("one two three four five six")
        reply = chat.replies[-1].reply
        assert reply.finish_reason == "length", "the limit was sent"
        words = str(chat.screen.model_line.render())
        assert "system" in words
        assert "temperature 0.5" in words
    async with open_chat(gateway, model="") as chat:
        assert chat.pane.settings == ChatSettings(
            system="Speak as a parrot.", temperature=0.5, max_tokens=2
        )


async def test_what_cannot_be_sent_is_told_as_it_is_typed_and_keeps_the_form_open(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        form = await open_form(chat)
        fields = {field.field: field for field in form.query("FormField")}  # type: ignore[attr-defined]
        form.query_one("#settings-temperature", Input).value = "9"
        await chat.until(lambda: fields["temperature"].error == "0 to 2.")
        form.query_one("#settings-temperature", Input).value = ""
        await chat.until(lambda: not fields["temperature"].error)
        form.query_one("#settings-format", Select).value = "json_schema"
        area = form.query_one("#settings-schema", TextArea)
        state = form.query_one("#settings-schema-state")
        area.text = '{"type": "strin"}'
        await chat.until(lambda: "✖ At type" in str(state.render()))
        await chat.pilot.press("ctrl+s")
        await chat.until(lambda: fields["schema"].error)
        area.text = "{,}"
        await chat.until(lambda: "Line 1, column 2" in str(state.render()))
        area.text = json.dumps(SCHEMA)
        await chat.until(lambda: "✓" in str(state.render()))
        await chat.pilot.press("ctrl+s")
        await chat.until(lambda: chat.app.screen is not form)
        await chat.send("hello")
        assert json.loads(chat.replies[-1].reply.text).keys() == {"name"}, "the schema was sent"


async def test_a_new_conversation_begins_with_none_of_them(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        talk = await chat.pane.talk()
        await talk.set_settings(ChatSettings(system="x"))
        await chat.send("one")
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: not chat.replies)
        assert chat.pane.settings == ChatSettings()


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("seed", "1.5", "Not a whole number."),
        ("top_p", "two", "Not a number."),
        ("max_tokens", "0", "At least 1."),
    ],
)
def test_a_number_out_of_bounds_is_told_of(field: str, text: str, told: str) -> None:
    rule = next(rule for rule in NUMBERS if rule.field == field)
    with pytest.raises(TextProblem, match=told):
        read_number(rule, text)


def test_all_that_is_typed_becomes_fields_of_the_request() -> None:
    texts = PLAIN | {
        "temperature": "0",
        "seed": "7",
        "stop": "END\n\\n\\n",
        "reasoning_effort": "low",
        "format": "json_schema",
        "schema": json.dumps(SCHEMA),
        "more": '{"logit_bias": {"5": 1}}',
    }
    settings = read_settings(texts, ())
    assert settings.fields() == {
        "temperature": 0,
        "seed": 7,
        "stop": ["END", "\n\n"],
        "reasoning_effort": "low",
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "schema": SCHEMA, "strict": True},
        },
        "logit_bias": {"5": 1},
    }
    assert ChatSettings.from_json(settings.to_json()) == settings


@pytest.mark.parametrize("text", ["[]", "{", '{"model": "x"}'])
def test_further_fields_are_an_object_that_leaves_chats_own_alone(text: str) -> None:
    with pytest.raises(TextProblem):
        read_settings(PLAIN | {"more": text}, ())


def test_a_schema_that_is_none_names_the_place() -> None:
    with pytest.raises(TextProblem, match=r"At properties\.a\.type"):
        checked_schema("schema", '{"properties": {"a": {"type": "strin"}}}')
