"""The tools that a model may call: defined once, offered in the conversations that want them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Input, OptionList, Static, TextArea
from textual.widgets.option_list import Option

from miavo_tui.conversations.open_conversation import OpenConversation
from miavo_tui.conversations.settings_text import TextProblem, checked_schema
from miavo_tui.conversations.tool_box import Tool
from miavo_tui.plain_text import printable_line
from miavo_tui.screens.chat_settings import ChatSettingsForm
from miavo_tui.screens.confirm import ConfirmDialog
from miavo_tui.screens.form import FieldProblem, FormModal
from miavo_tui.screens.modal import Modal
from miavo_tui.widgets.empty_state import EmptyState
from miavo_tui.widgets.form_field import FormField, field_named

__all__ = ["ToolForm", "ToolsScreen"]

_PARAMETERS = """{
  "type": "object",
  "properties": {
    "city": {"type": "string"}
  },
  "required": ["city"]
}"""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class ToolsScreen(Modal[tuple[str, ...]]):
    """All tools, those ticked that this conversation offers; answers with their names."""

    CSS_PATH = "chat_tools.tcss"
    AUTO_FOCUS = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", "offer", key_display="space", id="tools.tick", tooltip="Offer it"),
        Binding("n", "new", "new", id="tools.new", tooltip="Define a tool"),
        Binding("e", "edit", "edit", id="tools.edit", tooltip="Change its definition"),
        Binding(
            "d,delete", "drop", "delete", key_display="d", id="tools.drop", tooltip="Forget it"
        ),
        Binding("j", "cursor(1)", "down", show=False, id="list.down", tooltip="Down"),
        Binding("k", "cursor(-1)", "up", show=False, id="list.up", tooltip="Up"),
        Binding("escape,q", "close", "done", key_display="esc", id="tools.close", tooltip="Done"),
    ]

    _options = query_one(OptionList)
    _empty = query_one(EmptyState)

    def __init__(self, talk: OpenConversation) -> None:
        super().__init__()
        self._talk = talk
        self._ticked = set(talk.settings.tools)
        self._tools: Sequence[Tool] = ()

    def compose_body(self) -> ComposeResult:
        """The list, or what to press where it is empty."""
        with Vertical(id="tools"):
            yield Static(
                Content.assemble(
                    ("Tools", "bold $primary"), ("  ticked ones are offered here", "$text-muted")
                ),
                markup=False,
            )
            yield EmptyState()
            yield OptionList(markup=False)

    def on_mount(self) -> None:
        """Reads the tools."""
        self._load()

    @work(exclusive=True)
    async def _load(self, wanted: str = "") -> None:
        self._tools = await self._talk.do(lambda store: store.tools.all())
        self._ticked &= {tool.name for tool in self._tools}
        self._show(wanted)

    def _show(self, wanted: str = "") -> None:
        names = [tool.name for tool in self._tools]
        index = names.index(wanted) if wanted in names else (self._options.highlighted or 0)
        self._options.clear_options()
        self._options.add_options(Option(self._line(tool)) for tool in self._tools)
        self._options.display = bool(names)
        if names:
            self._empty.hide()
            self._options.highlighted = min(index, len(names) - 1)
            self._options.focus()
        else:
            self._empty.show(
                "No tools yet.",
                "A model calls a tool when it wants something done; you answer, or a command does.",
                ("tools.new", "defines one"),
            )

        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers what can be done with a tool while there is one."""
        if action in ("tick", "edit", "drop"):
            return bool(self._tools)
        return super().check_action(action, parameters)

    def _line(self, tool: Tool) -> Content:
        ticked = tool.name in self._ticked
        said = printable_line(tool.description) or "no description"
        way = f"$ {printable_line(tool.command)}" if tool.command else "answered by hand"
        return Content.assemble(
            ("✓ " if ticked else "  ", "bold $accent"),
            (tool.name, "bold $foreground"),
            "  ",
            (said, "$text-muted"),
            "\n  ",
            (way, "$text-secondary" if tool.command else "$text-muted"),
        )

    @property
    def _chosen(self) -> Tool | None:
        index = self._options.highlighted
        return None if index is None or index >= len(self._tools) else self._tools[index]

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_tick()

    def action_tick(self) -> None:
        """Offers the tool in this conversation, or no longer."""
        if (tool := self._chosen) is not None:
            self._ticked ^= {tool.name}
            self._show(tool.name)

    def action_cursor(self, by: int) -> None:
        """As the arrow keys."""
        (self._options.action_cursor_down if by > 0 else self._options.action_cursor_up)()

    @work
    async def action_new(self) -> None:
        """Asks for a tool; it is offered at once."""
        tool = await self.app.push_screen_wait(ToolForm(None))
        if tool is not None:
            await self._talk.do(lambda store: store.tools.put(tool))
            self._ticked.add(tool.name)
            self._load(tool.name)

    @work
    async def action_edit(self) -> None:
        """Changes the tool, wherever it is offered."""
        if (old := self._chosen) is None:
            return
        tool = await self.app.push_screen_wait(ToolForm(old))
        if tool is not None:
            await self._talk.do(lambda store: store.tools.put(tool, instead_of=old.name))
            if old.name in self._ticked:
                self._ticked.add(tool.name)
            self._load(tool.name)

    @work
    async def action_drop(self) -> None:
        """Forgets the tool, once confirmed."""
        if (tool := self._chosen) is None:
            return
        question = ConfirmDialog(
            f"Delete the tool “{tool.name}”?", "No conversation offers it any more.", verb="Delete"
        )
        if await self.app.push_screen_wait(question):
            await self._talk.do(lambda store: store.tools.drop(tool.name))
            self._load()

    def action_close(self) -> None:
        """Answers with what is ticked."""
        self.dismiss(tuple(tool.name for tool in self._tools if tool.name in self._ticked))


class ToolForm(FormModal[Tool]):
    """A tool's definition."""

    HEADING = "A tool"
    CSS_PATH: ClassVar[list[str | PurePath]] = [
        *ChatSettingsForm.CSS_PATH,
        Path(__file__).with_name("chat_tools.tcss"),
    ]

    def __init__(self, tool: Tool | None) -> None:
        super().__init__()
        self._tool = tool or Tool("", "", _PARAMETERS)

    def compose_fields(self) -> ComposeResult:
        """Name, description, parameters, command."""
        tool = self._tool
        yield FormField(
            "name", "Name", Input(tool.name, placeholder="weather", id="tool-name", max_length=64)
        )
        yield FormField(
            "description",
            "Description",
            Input(tool.description, placeholder="What it does", id="tool-description"),
            "the model decides by it when to call",
        )
        yield FormField(
            "parameters",
            "Parameters, a JSON Schema",
            TextArea(
                tool.parameters,
                tab_behavior="focus",
                compact=True,
                highlight_cursor_line=False,
                id="tool-parameters",
            ),
        )
        yield FormField(
            "command",
            "Shell command that answers",
            Input(tool.command, placeholder="none: you answer by hand", id="tool-command"),
            "asked about each time; arguments come as $ARG_name, and as JSON on its input",
        )

    @on(TextArea.Changed, "#tool-parameters")
    @work(exclusive=True, group="schema")
    async def _parameters_typed(self, event: TextArea.Changed) -> None:
        problem = ""
        try:
            await asyncio.to_thread(checked_schema, "parameters", event.text_area.text)
        except TextProblem as wrong:
            problem = wrong.message
        if (field := field_named(self, "parameters")) is not None:
            field.error = problem

    async def submit(self) -> Tool:
        """The tool, once a request can carry it."""
        name = self.query_one("#tool-name", Input).value.strip()
        if not _NAME.fullmatch(name):
            raise FieldProblem("name", "Letters, digits, _ and - only, 64 at the most.")
        parameters = self.query_one("#tool-parameters", TextArea).text
        try:
            await asyncio.to_thread(checked_schema, "parameters", parameters)
        except TextProblem as problem:
            raise FieldProblem("parameters", problem.message) from None
        return Tool(
            name,
            self.query_one("#tool-description", Input).value.strip(),
            parameters.strip(),
            self.query_one("#tool-command", Input).value.strip(),
        )
