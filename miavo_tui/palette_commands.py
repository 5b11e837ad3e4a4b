"""What the command palette offers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.screen import Screen

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["palette_commands"]


def palette_commands(app: MiavoApp, screen: Screen[object]) -> Iterator[SystemCommand]:
    """Everything that a key does in the screen in view, and what has no key."""
    seen: set[str] = set()
    # Moving about is for the keys alone.
    left_out = ("list.", "search.", "form.")
    for active in screen.active_bindings.values():
        binding = active.binding
        if binding.id is None or not active.enabled or binding.id in seen:
            continue
        if app.read_only and app.changes_something(binding.action, active.node):
            continue
        if not binding.tooltip or binding.id.startswith(left_out):
            continue
        # Two bindings for one thing are one command.
        if binding.description in seen:
            continue
        seen |= {binding.id, binding.description}
        yield SystemCommand(
            f"{binding.description.capitalize()}  ({app.get_key_display(binding)})",
            binding.tooltip,
            partial(app.run_action, binding.action, active.node),
        )
    if not app.read_only:
        yield SystemCommand(
            "Welcome", "The questions of the first start, again", app.action_welcome
        )
    yield SystemCommand("Themes", "Choose among all themes", app.action_change_theme)
