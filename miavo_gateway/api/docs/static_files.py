"""The stylesheet and scripts of the pages, under names that change with what is in them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["StaticFile", "static_files"]

_FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file."""

    address: str
    """The path that it is served at: `/docs/assets/docs.1f3a5b7c9d0e.css`."""
    content: bytes
    content_type: str


@cache
def static_files() -> dict[str, StaticFile]:
    """All of them by their plain names: `docs.css`."""
    found: dict[str, StaticFile] = {}
    for path in sorted(_FOLDER.iterdir()):
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()[:12]
        found[path.name] = StaticFile(
            f"/docs/assets/{path.stem}.{digest}{path.suffix}", content, _TYPES[path.suffix]
        )
    return found
