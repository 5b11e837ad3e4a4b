"""The tools that a reply wants called."""

from __future__ import annotations

import json

from textual.content import Content
from textual.widgets import Static

from miavo_tui.conversations.records import ToolCall
from miavo_tui.plain_text import printable

__all__ = ["CallsView", "pretty_arguments"]

_MOST_LINES = 12


def pretty_arguments(text: str) -> str:
    """Arguments as JSON with one line for each field; as they are where they are no JSON."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


class CallsView(Static):
    """Each call with its arguments. Hidden while there is none."""

    def __init__(self, calls: tuple[ToolCall, ...]) -> None:
        super().__init__(markup=False, classes="reply--calls")
        self._calls = calls

    def on_mount(self) -> None:
        """Shows what there is from the start."""
        self.show(self._calls)

    def show(self, calls: tuple[ToolCall, ...], *, hint: str = "") -> None:
        """Shows the calls.

        Args:
            calls: what the reply wants called.
            hint: how they are answered, while they can be: a key, then what it does.
        """
        self._calls = calls
        self.display = bool(calls)
        parts: list[Content] = []
        for call in calls:
            lines = printable(pretty_arguments(call.arguments)).splitlines()
            parts.append(
                Content.assemble(("ƒ ", "$text-accent"), (printable(call.name), "bold $foreground"))
            )
            parts += [Content.styled(f"  {line}", "$text-muted") for line in lines[:_MOST_LINES]]
            if len(lines) > _MOST_LINES:
                parts.append(Content.styled(f"  … {len(lines) - _MOST_LINES} more", "$text-muted"))
        if hint and calls:
            key, _, what = hint.partition(" ")
            parts.append(Content.assemble((key, "bold $primary"), (f" {what}", "$text-muted")))
        self.update(Content("\n").join(parts))
