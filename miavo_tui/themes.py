"""The app's own looks: a macaw's colours on night blue, and the same by day.

Every pair of text and ground used by the app keeps a contrast of at least 4.5:1 (WCAG 2.2, AA).
Teal is for what can be acted upon, coral for the one thing on a screen that matters most, amber
for warnings. Nothing is told by colour alone.
"""

from __future__ import annotations

from textual.theme import Theme

__all__ = ["DARK", "LIGHT", "THEMES", "own_variables"]

DARK = Theme(
    name="miavo-dark",
    dark=True,
    primary="#35c7b8",
    secondary="#8ab4f8",
    accent="#ff8f70",
    success="#6bd49a",
    warning="#f3bd5a",
    error="#ff7f8c",
    foreground="#d8dfec",
    background="#0b101d",
    surface="#0f1626",
    panel="#172136",
    variables={
        "text": "#d8dfec",
        "text-muted": "#93a1ba",
        "text-disabled": "#6b7891",
        "text-primary": "#35c7b8",
        "text-secondary": "#8ab4f8",
        "text-accent": "#ff8f70",
        "text-success": "#6bd49a",
        "text-warning": "#f3bd5a",
        "text-error": "#ff7f8c",
        "foreground-muted": "#93a1ba",
        "block-cursor-background": "#1a3948",
        "block-cursor-foreground": "#f1f6ff",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#18263a",
        "block-cursor-blurred-foreground": "#d8dfec",
        "block-hover-background": "#162137",
        "border": "#35c7b8",
        "border-blurred": "#24324d",
        "footer-key-foreground": "#35c7b8",
        "input-cursor-background": "#ff8f70",
        "input-cursor-foreground": "#0b101d",
        "input-selection-background": "#35c7b8 30%",
        "link-color": "#35c7b8",
        "link-background-hover": "#1a3948",
        "scrollbar": "#2a3853",
        "scrollbar-hover": "#3a4b6d",
        "scrollbar-active": "#35c7b8",
        "scrollbar-background": "#0f1626",
        "scrollbar-background-hover": "#0f1626",
        "scrollbar-background-active": "#0f1626",
        "scrollbar-corner-color": "#0f1626",
        "rule": "#24324d",
        "chip": "#22304c",
        "tab-ground": "#0b101d",
        "match": "#ff8f70",
        "state-reachable": "#6bd49a",
        "state-simulated": "#f3bd5a",
        "state-unreachable": "#93a1ba",
        "state-preview": "#8ab4f8",
        "state-legacy": "#f3bd5a",
        "state-retired": "#ff7f8c",
    },
)

LIGHT = Theme(
    name="miavo-light",
    dark=False,
    primary="#0a746b",
    secondary="#2558b8",
    accent="#b53a17",
    success="#1d7040",
    warning="#855300",
    error="#b01e38",
    foreground="#1a2233",
    background="#f4f6fa",
    surface="#fbfcfe",
    panel="#e6ebf3",
    variables={
        "text": "#1a2233",
        "text-muted": "#525d75",
        "text-disabled": "#717c93",
        "text-primary": "#0a746b",
        "text-secondary": "#2558b8",
        "text-accent": "#b53a17",
        "text-success": "#1d7040",
        "text-warning": "#855300",
        "text-error": "#b01e38",
        "foreground-muted": "#525d75",
        "block-cursor-background": "#d3eae8",
        "block-cursor-foreground": "#0c1422",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#dfe8f0",
        "block-cursor-blurred-foreground": "#1a2233",
        "block-hover-background": "#eaeff6",
        "border": "#0a746b",
        "border-blurred": "#c5cedd",
        "footer-key-foreground": "#0a746b",
        "input-cursor-background": "#b53a17",
        "input-cursor-foreground": "#fbfcfe",
        "input-selection-background": "#0a746b 25%",
        "link-color": "#0a746b",
        "link-background-hover": "#d3eae8",
        "scrollbar": "#c5cedd",
        "scrollbar-hover": "#a9b5ca",
        "scrollbar-active": "#0a746b",
        "scrollbar-background": "#fbfcfe",
        "scrollbar-background-hover": "#fbfcfe",
        "scrollbar-background-active": "#fbfcfe",
        "scrollbar-corner-color": "#fbfcfe",
        "rule": "#c5cedd",
        "chip": "#d5dde9",
        "tab-ground": "#f4f6fa",
        "match": "#b53a17",
        "state-reachable": "#1d7040",
        "state-simulated": "#855300",
        "state-unreachable": "#525d75",
        "state-preview": "#2558b8",
        "state-legacy": "#855300",
        "state-retired": "#b01e38",
    },
)

THEMES = (DARK, LIGHT)

_OWN = (
    *("rule", "chip", "tab-ground", "match", "state-reachable", "state-unreachable"),
    *("state-simulated", "state-preview", "state-legacy", "state-retired"),
)


def own_variables(*, dark: bool) -> dict[str, str]:
    """The variables of the app's styles that no theme of Textual's has, for use beside one."""
    variables = (DARK if dark else LIGHT).variables
    return {name: variables[name] for name in _OWN}
