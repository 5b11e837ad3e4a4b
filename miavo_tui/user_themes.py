"""The person's own themes: files in `themes/` of the home, TOML or YAML.

A file holds the colours of a Textual theme by their names; only `primary` must be there:

    name = "dusk"           # the file's name if not said
    dark = true
    primary = "#c792ea"
    background = "#1b1a2a"

    [variables]             # any variable of Textual's, or of the app's own styles
    chip = "#2c2a44"

One that cannot be used is named, and the others serve.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from textual.color import Color, ColorParseError
from textual.theme import Theme

from miavo_tui.plain_text import printable_line

__all__ = ["UserThemes", "read_themes"]

_COLOURS = frozenset(
    ("primary", "secondary", "warning", "error", "success", "accent", "foreground", "background")
) | {"surface", "panel", "boost"}
_FIELDS = {field.name: field for field in fields(Theme)}
_KINDS: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "dark": bool,
    "ansi": bool,
    "luminosity_spread": (int, float),
    "text_alpha": (int, float),
}


@dataclass(frozen=True, slots=True)
class UserThemes:
    """What the folder holds."""

    themes: tuple[Theme, ...] = ()
    problems: tuple[str, ...] = ()
    """Files that cannot be used, each with the reason, in one sentence."""


def read_themes(home: Path) -> UserThemes:
    """The themes in `home`; a small blocking read, meant for before the event loop runs."""
    folder = home / "themes"
    themes: list[Theme] = []
    problems: list[str] = []
    try:
        paths = sorted(
            path for path in folder.iterdir() if path.suffix in (".toml", ".yaml", ".yml")
        )
    except OSError:
        return UserThemes()
    for path in paths:
        try:
            themes.append(_theme(path))
        except (OSError, ValueError, RecursionError) as error:
            problems.append(f"themes/{path.name}: {printable_line(str(error))}")
    return UserThemes(tuple(themes), tuple(problems))


def _theme(path: Path) -> Theme:
    said = _parse(path)
    if not isinstance(said, dict):
        raise ValueError("it holds no table of colours")
    said = {"name": path.stem, **said}
    if "primary" not in said:
        raise ValueError("primary is missing")
    for name, value in said.items():
        if name == "variables":
            if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
                raise ValueError("variables is not a table of texts")
        elif name in _COLOURS:
            _check_colour(name, value)
        elif name not in _FIELDS:
            raise ValueError(f"{name} is no part of a theme")
        elif not isinstance(value, _KINDS[name]):
            raise ValueError(f"{name} cannot be {value!r}")
    theme = Theme(**said)
    # What the values lead to together is known only once the whole palette is made.
    theme.to_color_system().generate()
    return theme


def _check_colour(name: str, value: object) -> None:
    try:
        Color.parse(value if isinstance(value, str) else "")
    except ColorParseError:
        raise ValueError(f"{name}: {value!r} is no colour") from None


def _parse(path: Path) -> Any:
    text = path.read_bytes().decode()
    if path.suffix == ".toml":
        import tomllib

        return tomllib.loads(text)
    import yaml  # type: ignore[import-untyped]

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
