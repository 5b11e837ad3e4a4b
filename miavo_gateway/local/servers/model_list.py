"""Which of a server's models to call: one that is loaded, else the first that can chat.

`/v1/models` has OpenAI's shape everywhere. Ollama tells of loaded models at `/api/ps`
(`docs/api`), LM Studio at `/api/v0/models` with a `type` and a `state`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

__all__ = ["ListedModel", "chat_model", "read_models"]

_NO_CHAT = ("embed", "rerank", "whisper")


@dataclass(frozen=True, slots=True)
class ListedModel:
    """One model that a server has."""

    id: str
    chats: bool
    loaded: bool


def read_models(body: bytes, *, all_loaded: bool = False) -> list[ListedModel] | None:
    """The models in a list, in its order; None if it is no list of models.

    Args:
        body: what the server answered.
        all_loaded: the list is of loaded models.
    """
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(decoded, dict):
        return None
    entries = decoded.get("data", decoded.get("models"))
    if entries is None and decoded.get("object") == "list":
        return []  # Ollama without models writes null.
    return list(_models(entries, all_loaded)) if isinstance(entries, list) else None


def chat_model(models: list[ListedModel]) -> str | None:
    """The id of the model to call; None if there is none."""
    chatting = [model for model in models if model.chats]
    loaded = [model for model in chatting if model.loaded]
    return next((model.id for model in loaded or chatting), None)


def _models(entries: list[Any], all_loaded: bool) -> Iterator[ListedModel]:
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        name = entry.get("id") or entry.get("model") or entry.get("name")
        if not isinstance(name, str) or not name:
            continue
        kind = entry.get("type")
        chats = (
            kind in ("llm", "vlm")
            if isinstance(kind, str)
            else not any(word in name.lower() for word in _NO_CHAT)
        )
        yield ListedModel(name, chats, all_loaded or entry.get("state") == "loaded")
