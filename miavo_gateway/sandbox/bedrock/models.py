"""What each Claude on Bedrock takes and refuses, by its model id.

Gathered from AWS's and Anthropic's pages, litellm 1.109.1's model map and reports of refused
requests, not from the catalogue: so a wrong trait there shows as a refusal here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["MODEL_IDS", "Claude", "claude"]

_PROFILES: Final = ("global", "us", "eu", "apac", "jp", "au")
_ID = re.compile(rf"(?:(?:{'|'.join(_PROFILES)})\.)?anthropic\.(?P<model>[a-z0-9:.-]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Claude:
    """The rules of one model."""

    max_output: int
    thinking: frozenset[Literal["adaptive", "enabled"]] = frozenset()
    efforts: frozenset[str] = frozenset()
    sampling: Literal["both", "one", "none"] = "one"
    """Whether it takes temperature and topP together, one of them, or neither."""
    structured: bool = False
    """Whether it takes `outputConfig.textFormat`."""
    parallel_switch: bool = False
    """Whether it takes `disable_parallel_tool_use`."""
    prefill: bool = True
    """Whether the conversation may end with words of the assistant's."""


_MANUAL: Final[frozenset[Literal["adaptive", "enabled"]]] = frozenset({"enabled"})
_EITHER: Final[frozenset[Literal["adaptive", "enabled"]]] = frozenset({"adaptive", "enabled"})
_ADAPTIVE: Final[frozenset[Literal["adaptive", "enabled"]]] = frozenset({"adaptive"})
_EFFORTS: Final = frozenset({"low", "medium", "high", "max"})

_MODELS: Final[Mapping[str, Claude]] = {
    "claude-3-5-haiku-20241022-v1:0": Claude(8_192, sampling="both"),
    "claude-opus-4-20250514-v1:0": Claude(32_000, _MANUAL, sampling="both"),
    "claude-sonnet-4-20250514-v1:0": Claude(64_000, _MANUAL, sampling="both"),
    "claude-opus-4-1-20250805-v1:0": Claude(32_000, _MANUAL),
    "claude-opus-4-5-20251101-v1:0": Claude(64_000, _MANUAL, structured=True, parallel_switch=True),
    "claude-sonnet-4-5-20250929-v1:0": Claude(
        64_000, _MANUAL, structured=True, parallel_switch=True
    ),
    "claude-haiku-4-5-20251001-v1:0": Claude(
        64_000, _MANUAL, structured=True, parallel_switch=True
    ),
    "claude-opus-4-6-v1": Claude(
        128_000, _EITHER, _EFFORTS, structured=True, parallel_switch=True, prefill=False
    ),
    "claude-sonnet-4-6": Claude(
        64_000, _EITHER, _EFFORTS, structured=True, parallel_switch=True, prefill=False
    ),
    "claude-opus-4-7": Claude(
        128_000, _ADAPTIVE, _EFFORTS | {"xhigh"}, "none", parallel_switch=True, prefill=False
    ),
}

MODEL_IDS: Final = tuple(_MODELS)
"""Without `anthropic.` and an inference profile's prefix."""


def claude(model_id: str) -> Claude | None:
    """The rules of a model id or an inference profile's id; None if there is no such model."""
    match = _ID.fullmatch(model_id)
    return None if match is None else _MODELS.get(match["model"])
