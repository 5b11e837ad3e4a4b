"""What each Claude takes and refuses at Anthropic, by its model id.

Gathered from Anthropic's pages and reports of refused requests, not from the catalogue: so a wrong
trait there shows as a refusal here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["MODELS", "Claude", "claude"]

_DATE = re.compile(r"-20\d{6}$")


@dataclass(frozen=True, slots=True)
class Claude:
    """The rules of one model."""

    display_name: str
    max_output: int
    efforts: frozenset[str] = frozenset()
    adaptive: bool = True
    """Whether it takes adaptive thinking."""
    manual: bool = True
    """Whether it takes thinking with a budget."""
    shows_thoughts: bool = True
    """Whether a thought has its words where the request does not say so."""
    sampling: bool = True
    """Whether it takes temperature, or top_p, or top_k."""
    prefill: bool = False
    """Whether the conversation may end with words of the assistant's."""


_EFFORTS: Final = frozenset({"low", "medium", "high", "max"})

MODELS: Final[Mapping[str, Claude]] = {
    "claude-opus-4-6": Claude("Claude Opus 4.6", 128_000, _EFFORTS),
    "claude-opus-4-7": Claude(
        "Claude Opus 4.7",
        128_000,
        _EFFORTS | {"xhigh"},
        manual=False,
        shows_thoughts=False,
        sampling=False,
    ),
    "claude-sonnet-4-6": Claude("Claude Sonnet 4.6", 128_000, _EFFORTS),
    "claude-haiku-4-5": Claude("Claude Haiku 4.5", 64_000, adaptive=False, prefill=True),
}
"""By id without a date."""


def claude(model_id: str) -> Claude | None:
    """The rules of a model id, with its date or without; None if there is no such model."""
    return MODELS.get(_DATE.sub("", model_id))
