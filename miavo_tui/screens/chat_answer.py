"""Answering a tool call: by hand, or by the tool's command once that is confirmed."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Button, Static, TextArea

from miavo_tui.conversations.records import ToolCall, ToolResult
from miavo_tui.conversations.tool_box import Tool
from miavo_tui.plain_text import printable, storable
from miavo_tui.screens.chat_settings import ChatSettingsForm
from miavo_tui.screens.confirm import ConfirmDialog
from miavo_tui.screens.form import FormModal
from miavo_tui.tool_command import PATIENCE_S, run_command
from miavo_tui.widgets.chat_calls import pretty_arguments
from miavo_tui.widgets.form_field import FormField

__all__ = ["CallAnswerForm"]


class CommandQuestion(ConfirmDialog):
    """Shows all of a command and of the arguments it gets, however long, before it runs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pagedown", "scroll(1)", "more", id="confirm.more", tooltip="Further down"),
        Binding(
            "pageup", "scroll(-1)", "back", show=False, id="confirm.back", tooltip="Further up"
        ),
    ]

    def __init__(self, command: str, arguments: str) -> None:
        super().__init__("Run this command on your machine?", verb="Run")
        self._command = command
        self._arguments = arguments

    def compose_body(self) -> ComposeResult:
        """The question, the command, the arguments, the answers."""
        with Vertical(id="confirm"):
            yield Static(
                Content.styled(f"▲ {self._question}", "bold $text-error"),
                id="confirm-question",
                markup=False,
            )
            with VerticalScroll(id="command-shown", can_focus=False):
                yield Static(
                    Content.assemble(
                        (f"$ {self._command}", "bold $foreground"),
                        ("\n\nwith these arguments, which the model wrote:\n", "$text-muted"),
                        (self._arguments, "$text-secondary"),
                    ),
                    markup=False,
                )
            with Horizontal(id="confirm-answers"):
                yield Button(Content(self._cancel), id="confirm-no")
                yield Button(Content(self._verb), id="confirm-yes", variant="error")

    def action_scroll(self, by: int) -> None:
        """Moves what is shown."""
        shown = self.query_one("#command-shown")
        (shown.scroll_page_down if by > 0 else shown.scroll_page_up)(animate=False)


class CallAnswerForm(FormModal[ToolResult]):
    """Shows the call in full and takes what it shall come back with.

    The tool's command runs only after a question that shows all of it has been answered with yes,
    each time anew. What it prints is the answer; a command that fails leaves its output in the
    field, to be changed, sent as it is, or tried again.
    """

    HEADING = "A tool call"
    SUBMIT = "Send"
    CSS_PATH: ClassVar[list[str | PurePath]] = [
        *ChatSettingsForm.CSS_PATH,
        Path(__file__).with_name("chat_answer.tcss"),
    ]
    AUTO_FOCUS = "TextArea"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+r",
            "run",
            "run the command",
            id="form.run",
            tooltip="Run the tool's command, once it is confirmed",
            priority=True,
        ),
    ]

    _state = query_one("#call-state", Static)
    _answer = query_one(TextArea)

    def __init__(self, call: ToolCall, tool: Tool | None, place: str) -> None:
        """Prepares the form.

        Args:
            call: what the model wants.
            tool: its definition; None if it was deleted meanwhile.
            place: such as `1 of 2`; empty for a single call.
        """
        super().__init__()
        self._call = call
        self._tool = tool
        self._place = place
        self._at_work = False

    @property
    def _command(self) -> str:
        return self._tool.command if self._tool is not None else ""

    def compose_fields(self) -> ComposeResult:
        """The call, the command, the answer."""
        place = f"  {self._place}" if self._place else ""
        yield Static(
            Content.assemble(
                ("ƒ ", "$text-accent"),
                (self._call.name, "bold $foreground"),
                (place, "$text-muted"),
                "\n",
                (printable(pretty_arguments(self._call.arguments)), "$text-secondary"),
            ),
            id="call",
            markup=False,
        )
        if self._command:
            yield Static(
                Content.assemble(
                    ("$ ", "bold $primary"),
                    (printable(self._command), "$foreground"),
                    "\n",
                    (self.app.key_of("form.run", self), "bold $primary"),
                    (" runs it after one more question", "$text-muted"),
                ),
                id="call-command",
                markup=False,
            )
        yield FormField(
            "content",
            "What it comes back with",
            TextArea(
                tab_behavior="focus",
                compact=True,
                highlight_cursor_line=False,
                placeholder="Type the result, as the tool would say it",
            ),
            self.app.with_keys("<form.submit> sends it to the model", self),
        )
        yield Static(id="call-state", markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers the command where there is one."""
        return bool(self._command) and not self._at_work if action == "run" else True

    @work(exclusive=True, group="command")
    async def action_run(self) -> None:
        """Asks, runs the command, and answers with what it printed."""
        arguments = printable(pretty_arguments(self._call.arguments))
        question = CommandQuestion(printable(self._command), arguments)
        if not await self.app.push_screen_wait(question):
            return
        self._at_work = True
        self.refresh_bindings()
        self._state.update(
            Content.styled(
                self.app.with_keys(
                    f"⠿ running, {PATIENCE_S:.0f} s at the most · <form.cancel> ends it", self
                ),
                "$text-muted",
            )
        )
        try:
            outcome = await run_command(self._command, self._call.arguments)
        finally:
            self._at_work = False
            self.refresh_bindings()
        if outcome.problem:
            self._answer.text = outcome.output
            self._state.update(
                Content.styled(
                    f"▲ {outcome.problem} Change it, send it, or run again.", "$text-warning"
                )
            )
        else:
            self.dismiss(self._result(outcome.output))

    async def submit(self) -> ToolResult:
        """The result, as it was typed."""
        return self._result(self._answer.text)

    def _result(self, text: str) -> ToolResult:
        return ToolResult(self._call.id, self._call.name, storable(text))
