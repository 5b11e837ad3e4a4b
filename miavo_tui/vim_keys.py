"""Vim's keys beside the arrows, in whatever has the focus and knows the arrows.

They stand last in the chain of bindings: a text field takes the letters as text, and a screen may
use them for something of its own.
"""

from __future__ import annotations

from textual.binding import Binding

__all__ = ["VIM_KEYS"]

_LINES = (
    ("j", "down", "down", "Down, as the arrow"),
    ("k", "up", "up", "Up, as the arrow"),
    ("h", "left", "left", "Left, as the arrow"),
    ("l", "right", "right", "Right, as the arrow"),
    ("g", "home", "first", "To the first"),
    ("G", "end", "last", "To the last"),
    ("ctrl+d", "pagedown", "page-down", "One screenful down"),
    ("ctrl+u", "pageup", "page-up", "One screenful up"),
)

VIM_KEYS: list[Binding] = [
    Binding(
        key,
        f"app.simulate_key('{arrow}')",
        name,
        show=False,
        id=f"list.{name}",
        tooltip=tooltip,
    )
    for key, arrow, name, tooltip in _LINES
]
