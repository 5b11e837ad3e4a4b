"""What a Gemini model takes, from its traits or, where it has none, from its id.

Facts: google-genai 3.4.0; Google's pages on thinking, function calling and thought signatures; the
profiles of pydantic-ai-slim 2.68.0, whose authors say that they tried them; reports of refused
requests ("Multiple candidates is not enabled for this model", and likewise for Logprobs, Penalty).
"""

from __future__ import annotations

import re
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import ConfigurationError

__all__ = ["GeminiRules", "gemini_rules"]

_VERSION = re.compile(r"gemini-(\d+)(?:\.(\d+))?", re.ASCII)
_FIRST_THINKING: Final = (2, 5)
_FIRST_WITH_LEVELS: Final = (3, 0)


class GeminiRules(Struct, frozen=True):
    """One model's rules; each field is a trait of its catalogue entry, by the same name."""

    thinking: Literal["level", "budget", "none"] = "level"
    """Whether it takes `thinkingLevel` (Gemini 3 on), `thinkingBudget` (2.5), or does not think."""
    thinking_levels: str = "low medium high"
    """The levels it takes, the least first."""
    least_budget: int = 0
    """The smallest thinking budget, in tokens; 0 turns thinking off (2.5 Pro has 128)."""
    zero_budget: bool = False
    """Whether a budget of 0 turns thinking off though the model takes levels."""
    generation: int = 3
    """From 3 on: signatures and ids of calls go back, a schema and tools go together, and a
    function's response may hold media."""
    max_output: int = 0
    """The most output tokens, thoughts included; 0 where it is not known."""
    candidates: int = 1
    """The most candidates of one request."""
    logprobs: bool = False
    penalties: bool = False

    @property
    def signs_calls(self) -> bool:
        """Whether it refuses a call in the history that has no thought signature."""
        return self.generation >= 3

    @property
    def knows_call_ids(self) -> bool:
        """Whether calls and responses carry an id; older models refuse the field."""
        return self.generation >= 3

    @property
    def media_in_responses(self) -> bool:
        """Whether a function's response may hold images and PDFs."""
        return self.generation >= 3

    @property
    def schema_beside_tools(self) -> bool:
        """Whether JSON output and functions go together in one request."""
        return self.generation >= 3


def gemini_rules(model: Model) -> GeminiRules:
    """The rules of a model; traits that are not Gemini's are passed over.

    Raises:
        ConfigurationError: a trait has a value that means nothing.
    """
    traits: dict[str, Any] = {**_by_id(model.upstream), **model.traits}
    try:
        return msgspec.convert(traits, GeminiRules)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"model {model.slug}: traits: {error}") from None


def _by_id(model: str) -> dict[str, Any]:
    """What an id tells of a model that an operator added without traits."""
    found = _VERSION.search(model)
    if found is None:
        return {}
    version = (int(found[1]), int(found[2] or 0))
    if version >= _FIRST_WITH_LEVELS:
        return {"generation": version[0]}
    thinks = version >= _FIRST_THINKING
    return {
        "generation": version[0],
        "thinking": "budget" if thinks else "none",
        "least_budget": 128 if "-pro" in model else 0,
    }
