"""The catalogue as the gateway last sent it, kept so that the next start can show it at once."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from miavo_tui.file_replacement import replace_file
from miavo_tui.json_fields import JsonObject, UnexpectedShape
from miavo_tui.model_card import ModelCard, models_from_json

__all__ = ["read", "write"]

_NAME = "models-cache.json"


def read(home: Path) -> tuple[ModelCard, ...]:
    """The models kept in `home`; none where there is no file or it cannot be read."""
    try:
        answer = json.loads((home / _NAME).read_text(encoding="utf-8"))
        return models_from_json(answer) if isinstance(answer, dict) else ()
    except (OSError, ValueError, RecursionError, UnexpectedShape):
        return ()


def write(home: Path, answer: JsonObject) -> None:
    """Keeps the answer of `GET /admin/v1/catalogue`. A home that cannot be written is let be."""
    with contextlib.suppress(OSError):
        replace_file(home / _NAME, json.dumps(answer, ensure_ascii=False))
