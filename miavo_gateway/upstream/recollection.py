"""What providers want back with the next turn, kept here as clients of OpenAI's format lose it.

It is kept in memory alone: a conversation that goes on after a restart goes on without it, in the
way that each adapter knows.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import orjson

__all__ = ["Recollection"]

_MOST_BYTES = 64 * 1024 * 1024


class Recollection:
    """State by provider and tool call; the oldest is forgotten when there is too much."""

    def __init__(self, *, most_bytes: int = _MOST_BYTES) -> None:
        """An empty memory that holds `most_bytes` bytes of state at the most."""
        self._most = most_bytes
        self._size = 0
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def keep(self, provider: str, call_id: str, state: Any) -> None:
        """Keep the state of a call, in place of an earlier one."""
        packed = orjson.dumps(state)
        self._size += len(packed) - len(self._kept.pop((provider, call_id), b""))
        self._kept[provider, call_id] = packed
        while self._size > self._most:
            _, forgotten = self._kept.popitem(last=False)
            self._size -= len(forgotten)

    def of(self, provider: str) -> Callable[[str], Any]:
        """What asks for the state of a provider's calls by their ids; None where none is kept."""

        def recall(call_id: str) -> Any:
            packed = self._kept.get((provider, call_id))
            if packed is None:
                return None
            self._kept.move_to_end((provider, call_id))
            return orjson.loads(packed)

        return recall
