"""Text can be read in both themes: a contrast of 4.5:1 wherever the app puts text."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import Theme

from miavo_tui.app import MiavoApp
from miavo_tui.themes import THEMES
from tests.tui.running import Stuck

INKS = (
    *("foreground", "text-muted", "primary", "accent", "match", "text-success", "text-warning"),
    *("text-error", "text-secondary", "state-reachable", "state-unreachable", "state-preview"),
    *("state-simulated", "state-legacy", "state-retired"),
)
GROUNDS = ("background", "surface", "panel", "block-hover-background")


def luminance(colour: Color) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in colour.normalized
    ]
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]


def contrast(one: Color, other: Color) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_ink_stands_out_from_every_ground(theme: Theme) -> None:
    generated = {**theme.to_color_system().generate(), **theme.variables}
    colours = {
        name: Color.parse(value)
        for name, value in generated.items()
        if value.startswith("#") and " " not in value
    }
    pairs = [(ink, ground) for ink in INKS for ground in GROUNDS]
    pairs += [
        ("block-cursor-foreground", "block-cursor-background"),
        ("text-muted", "block-cursor-background"),
        ("match", "block-cursor-background"),
        ("foreground", "chip"),
    ]
    weak = {
        pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2)
        for pair in pairs
        if contrast(colours[pair[0]], colours[pair[1]]) < 4.5
    }
    assert weak == {}


@pytest.mark.parametrize("name", ["textual-light", "nord", "ansi-dark"])
async def test_every_screen_can_be_drawn_in_a_theme_of_textuals(tmp_path: Path, name: str) -> None:
    app = MiavoApp(Stuck(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        app.theme = name
        for keys in (("f3",), ("ctrl+o", "escape"), ("f1", "escape"), ("f2",), ("p", "escape")):
            await pilot.press(*keys)
            await pilot.pause()
        assert app.theme == name
