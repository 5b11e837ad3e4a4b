"""The templates' surroundings."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from miavo_gateway import __version__
from miavo_gateway.api.docs.highlight import highlighted
from miavo_gateway.api.docs.static_files import static_files

__all__ = ["LANGUAGES", "environment"]

LANGUAGES = {"python": "Python", "typescript": "TypeScript", "curl": "curl"}
"""What each example is written in, the first one shown to who has chosen none."""


@cache
def environment() -> Environment:
    """Where templates are found and what they may use.

    Whatever a template writes is escaped; a name that it does not know is an error.
    """
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["code"] = _code
    made.globals.update(
        asset={name: file.address for name, file in static_files().items()},
        languages=LANGUAGES,
        version=__version__,
    )
    return made


def _code(text: object, language: str) -> object:
    # What a `set` block holds is marked as HTML already, and is none: it is written here.
    plain = text.unescape() if hasattr(text, "unescape") else str(text)
    return highlighted(plain.strip("\n"), language)
