"""One line of the gateway's log in full."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from miavo_tui.operation_records import LogLine
from miavo_tui.screens.modal import Popup
from miavo_tui.widgets.log_list import LEVELS

__all__ = ["LogLineDialog"]


class LogLineDialog(Popup[str | None]):
    """Message, every field, and the traceback where there is one.

    Answers with the id of a request that shall be shown, if any.
    """

    CSS_PATH: ClassVar[list[str | PurePath]] = [Path(__file__).with_name("log_line.tcss")]
    AUTO_FOCUS = "#log-line"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "close", "close", id="log.close", tooltip="Back to the log"),
        Binding("c", "copy", "copy", id="log.copy", tooltip="Copy the line"),
        Binding("r", "request", "its request", id="log.request", tooltip="Show it in Usage"),
    ]

    def __init__(self, line: LogLine) -> None:
        super().__init__()
        self._line = line

    def compose_body(self) -> ComposeResult:
        """The line in a frame."""
        with VerticalScroll(id="log-line"):
            yield Static(self._facts(), markup=False)

    def _facts(self) -> Content:
        line = self._line
        symbol, word, colour = LEVELS.get(line.level, ("·", line.level, "text-muted"))
        time = f"{line.time.astimezone():%Y-%m-%d %H:%M:%S.%f}"[:-3] if line.time else ""
        parts = [
            Content.assemble((f"{symbol} {word}", f"bold ${colour}"), (f"  {time}", "$text-muted")),
            Content.styled(line.message, "bold $foreground"),
        ]
        parts += [Content()] if line.fields else []
        room = max((len(name) for name, _ in line.fields), default=0)
        parts += [
            Content.assemble((f"{name.ljust(room)}  ", "$text-muted"), (value, "$foreground"))
            for name, value in line.fields
        ]
        if line.exception:
            parts += [Content(), Content.styled(line.exception, "$text-muted")]
        return Content("\n").join(parts)

    async def action_copy(self) -> None:
        """Copies everything the line says."""
        line = self._line
        fields = " ".join(f"{name}={value}" for name, value in line.fields)
        text = f"{line.level} {line.message} {fields}\n{line.exception or ''}".strip()
        await self.app.copy(text, "the line")

    @property
    def _request_id(self) -> str:
        return dict(self._line.fields).get("request_id", "")

    def action_request(self) -> None:
        """Leaves for the request that the line is about."""
        self.dismiss(self._request_id)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers the request where the line is about one."""
        if action == "request":
            return bool(self._request_id)
        return super().check_action(action, parameters)
