"""The keys that work on every screen; those of the screens themselves come from their registry."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from miavo_tui.screens.registry import screen_bindings
from miavo_tui.vim_keys import VIM_KEYS

__all__ = ["BINDINGS"]

BINDINGS: list[BindingType] = [
    Binding(
        "question_mark,f1",
        "help",
        "help",
        id="app.help",
        tooltip="What this screen is for and all its keys",
    ),
    *screen_bindings(),
    Binding(
        "f5,r",
        "retry",
        "retry",
        id="app.retry",
        tooltip="Try to reach the gateway again",
    ),
    Binding(
        "f6",
        "toggle_theme",
        "theme",
        id="app.theme",
        tooltip="Change between the dark and the light theme",
        priority=True,  # a text area would select a line with it
    ),
    Binding(
        "ctrl+g",
        "jump",
        "jump",
        id="app.jump",
        tooltip="Put letters on each tab and part of the screen; they go there",
        show=False,
        priority=True,
    ),
    Binding(
        "ctrl+q",
        "quit",
        "quit",
        id="app.quit",
        tooltip="Leave Miavo; a gateway started with it stops",
        priority=True,
    ),
    *VIM_KEYS,
]
