"""The example programs of Miavo's public page, as they stand there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PAGE", "Program", "programs_of"]

PAGE = Path(__file__).parents[5] / "shared" / "miavo-docs.txt"
"""The page, beside the repository."""
ADDRESS = "https://api.miavo.xyz"
_KEY = "process.env.MACAW_API_KEY"
_NAMES = {"chat.ts": "chat", "video.ts": "video"}
_SLUG = re.compile(r"^([a-z0-9][a-z0-9.-]*)(?:·.*)?$")
_MODEL = re.compile(r"^\s*model: '([^']+)',$", re.MULTILINE)
_LAST_OF_CHAT = "console.log(res.choices[0].message.content);"


@dataclass(frozen=True, slots=True)
class Program:
    """One example."""

    slug: str
    kind: str
    """`chat`, `video` or `image`."""
    text: str

    def against(self, url: str, key: str) -> str:
        """The program with another address and key, and otherwise to the letter."""
        assert ADDRESS in self.text
        assert _KEY in self.text
        # The `!` tells a compiler that the key is set; Node's own parser takes none.
        own = self.text.replace(f"{_KEY}!", f"'{key}'").replace(f"${{{_KEY}}}", key)
        return own.replace(_KEY, f"'{key}'").replace(ADDRESS, url)


def programs_of(page: str) -> list[Program]:
    """Every example of the page, in its order.

    An image model has no program of its own there: the page says that a chat call answers
    `not_implemented`, so that it is called with the chat program of its neighbours.
    """
    lines = page.splitlines()
    found: list[Program] = []
    images: list[str] = []
    for number, line in enumerate(lines):
        if line in _NAMES:
            kind = _NAMES[line]
            text = _until_its_end(lines, number + 1, kind)
            [slug] = _MODEL.findall(text)
            found.append(Program(slug, kind, text))
        elif line.startswith("IMAGE"):
            slug = _SLUG.match(lines[number + 1])
            assert slug, lines[number + 1]
            images.append(slug[1])
    pattern = next(each for each in found if each.kind == "chat")
    return found + [
        Program(slug, "image", pattern.text.replace(f"'{pattern.slug}'", f"'{slug}'"))
        for slug in images
    ]


def _until_its_end(lines: list[str], start: int, kind: str) -> str:
    if kind == "chat":
        return "\n".join(lines[start : lines.index(_LAST_OF_CHAT, start) + 1]) + "\n"
    download = next(n for n in range(start, len(lines)) if lines[n].startswith("if (task"))
    return "\n".join(lines[start : lines.index("}", download) + 1]) + "\n"
