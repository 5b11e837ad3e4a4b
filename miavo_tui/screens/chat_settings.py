"""How a conversation is talked with: a form that checks as one types."""

from __future__ import annotations

import asyncio
from pathlib import Path, PurePath
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Input, Select, Static, TextArea

from miavo_tui.conversations.settings import EFFORTS, ChatSettings
from miavo_tui.conversations.settings_text import (
    NUMBERS,
    TextProblem,
    checked_object,
    checked_schema,
    number_text,
    read_number,
    read_settings,
)
from miavo_tui.screens.form import FieldProblem, FormModal
from miavo_tui.widgets.form_field import FormField, field_named

__all__ = ["ChatSettingsForm"]

_FORMATS = (
    ("Text", "text"),
    ("Any JSON object", "json_object"),
    ("JSON that fits a schema", "json_schema"),
)
_SCHEMA = """{
  "type": "object",
  "properties": {"answer": {"type": "string"}},
  "required": ["answer"],
  "additionalProperties": false
}"""
LOW = 42
"""Lines of the screen below which the form does not fit."""
_CHECK_PAUSE_S = 0.25
"""After the last key before a schema is checked."""


class ChatSettingsForm(FormModal[ChatSettings]):
    """The system prompt, the parameters, the form of replies, and any further field."""

    HEADING = "How to talk in this conversation"
    SUBMIT = "Apply"
    CSS_PATH: ClassVar[list[str | PurePath]] = [
        *FormModal.CSS_PATH,
        Path(__file__).with_name("chat_settings.tcss"),
    ]
    AUTO_FOCUS = ""

    _schema_state = query_one("#settings-schema-state", Static)

    def __init__(self, settings: ChatSettings) -> None:
        super().__init__()
        self._settings = settings

    def compose_fields(self) -> ComposeResult:
        """Instructions, numbers, choices, schema, the rest."""
        settings = self._settings
        yield FormField(
            "system",
            "System prompt",
            _area("system", settings.system, "Instructions for the model, such as: answer briefly"),
        )
        for row in (NUMBERS[:3], NUMBERS[3:]):
            with Horizontal(classes="form-row"):
                for rule in row:
                    value = number_text(getattr(settings, rule.field))
                    control = Input(value, placeholder="default", id=f"settings-{rule.field}")
                    yield FormField(rule.field, rule.label, control, rule.hint)
        with Horizontal(classes="form-row"):
            yield FormField(
                "reasoning_effort",
                "Reasoning effort",
                Select(
                    [(effort, effort) for effort in EFFORTS],
                    value=settings.reasoning_effort or Select.NULL,
                    prompt="default",
                    compact=True,
                    id="settings-reasoning_effort",
                ),
                "models that reason",
            )
            yield FormField(
                "tool_choice",
                "Tool choice",
                Select(
                    [(each, each) for each in ("auto", "required", "none", *settings.tools)],
                    value=self._tool_choice(),
                    prompt="default",
                    compact=True,
                    id="settings-tool_choice",
                ),
                self.app.with_keys("with tools: <chat.tools>"),
            )
            yield FormField(
                "stop",
                "Stop texts",
                Input(
                    " | ".join(each.replace("\n", "\\n") for each in settings.stop),
                    placeholder="none",
                    id="settings-stop",
                ),
                "with | between",
            )
        yield FormField(
            "format",
            "Form of replies",
            Select(
                _FORMATS,
                value=settings.format,
                allow_blank=False,
                compact=True,
                id="settings-format",
            ),
        )
        schema = FormField("schema", "JSON Schema", _area("schema", settings.schema or _SCHEMA, ""))
        schema.id = "settings-schema-field"
        yield schema
        yield Static(id="settings-schema-state", markup=False)
        yield FormField(
            "more",
            "Further fields of the request",
            _area("more", settings.more, '{"logit_bias": {}, "user": "me"}'),
            "a JSON object; what a model does not know it may refuse",
        )

    def on_mount(self) -> None:
        """Shows the schema where one is asked for."""
        self._show_schema()
        # Scrolled into view by the focus, the first field would lose its label.
        self.query_one("#settings-system").focus(scroll_visible=False)

    def on_resize(self, event: events.Resize) -> None:
        """Keeps the buttons in sight on a low screen: the fields scroll above them."""
        self.set_class(event.size.height < LOW, "-low")

    async def submit(self) -> ChatSettings:
        """The settings, once all of them can be sent."""
        texts = {name: self._area_text(name) for name in ("system", "schema", "more")}
        texts |= {rule.field: self._input_text(rule.field) for rule in NUMBERS}
        texts["stop"] = "\n".join(
            each.strip() for each in self._input_text("stop").split("|") if each.strip()
        )
        for name in ("reasoning_effort", "tool_choice", "format"):
            value = self.query_one(f"#settings-{name}", Select).value
            texts[name] = "" if value is Select.NULL else str(value)
        if texts["format"] != "json_schema" and texts["schema"] == _SCHEMA:
            texts["schema"] = ""
        try:
            return await asyncio.to_thread(read_settings, texts, self._settings.tools)
        except TextProblem as problem:
            raise FieldProblem(problem.field, problem.message) from None

    @on(Input.Changed)
    def _number_typed(self, event: Input.Changed) -> None:
        name = (event.input.id or "").removeprefix("settings-")
        for rule in NUMBERS:
            if rule.field == name:
                try:
                    read_number(rule, event.value)
                except TextProblem as problem:
                    self._tell_field(name, problem.message)
                else:
                    self._tell_field(name, "")

    @on(Select.Changed, "#settings-format")
    def _format_chosen(self) -> None:
        self._show_schema()

    @on(TextArea.Changed, "#settings-more")
    def _more_typed(self, event: TextArea.Changed) -> None:
        try:
            checked_object("more", event.text_area.text)
        except TextProblem as problem:
            self._tell_field("more", problem.message)
        else:
            self._tell_field("more", "")

    @on(TextArea.Changed, "#settings-schema")
    @work(exclusive=True, group="schema")
    async def _schema_typed(self) -> None:
        await asyncio.sleep(_CHECK_PAUSE_S)
        await self._check_schema()

    async def _check_schema(self) -> None:
        text = self._area_text("schema")
        try:
            await asyncio.to_thread(checked_schema, "schema", text)
        except TextProblem as problem:
            self._schema_state.update(Content.styled(f"✖ {problem.message}", "$text-error"))
        else:
            self._tell_field("schema", "")
            said = "✓ a valid schema" if text.strip() else ""
            self._schema_state.update(Content.styled(said, "$text-success"))

    def _show_schema(self) -> None:
        wanted = self.query_one("#settings-format", Select).value == "json_schema"
        if (field := field_named(self, "schema")) is not None:
            field.display = wanted
        self._schema_state.display = wanted
        if wanted:
            self._schema_typed()

    def _tell_field(self, name: str, message: str) -> None:
        field = field_named(self, name)
        if field is not None and field.error != message:
            field.error = message

    def _tool_choice(self) -> object:
        known = ("auto", "required", "none", *self._settings.tools)
        choice = self._settings.tool_choice
        return choice if choice in known else Select.NULL

    def _area_text(self, name: str) -> str:
        return self.query_one(f"#settings-{name}", TextArea).text

    def _input_text(self, name: str) -> str:
        return self.query_one(f"#settings-{name}", Input).value


def _area(name: str, text: str, placeholder: str) -> TextArea:
    return TextArea(
        text,
        placeholder=placeholder,
        soft_wrap=True,
        show_line_numbers=False,
        tab_behavior="focus",
        compact=True,
        highlight_cursor_line=False,
        id=f"settings-{name}",
    )
