"""What each Gemini takes and refuses, by its id and by the API it is asked through.

Gathered from Google's pages, the profiles of pydantic-ai-slim 2.68.0 and reports of refused
requests, not from the catalogue: so a wrong trait there shows as a refusal here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["MODELS", "Api", "SimulatedGemini"]

Api = Literal["google", "vertex"]


@dataclass(frozen=True, slots=True)
class SimulatedGemini:
    """The rules of one model."""

    generation: int
    levels: frozenset[str] = frozenset()
    """The thinking levels it takes."""
    budget: tuple[int, int] = (0, 0)
    """The least and the most tokens of a thinking budget other than 0 and -1."""
    zero_budget: frozenset[Api] = frozenset()
    """The APIs at which a budget of 0 turns its thinking off."""
    max_output: int = 65_536


_EITHER: Final[frozenset[Api]] = frozenset({"google", "vertex"})
_VERTEX: Final[frozenset[Api]] = frozenset({"vertex"})
_BUDGET: Final = (128, 32_768)
_THREE: Final = frozenset({"LOW", "MEDIUM", "HIGH"})
_ALL: Final = _THREE | {"MINIMAL"}

MODELS: Final[Mapping[str, SimulatedGemini]] = {
    "gemini-3.1-pro-preview": SimulatedGemini(3, _THREE, _BUDGET, _VERTEX),
    "gemini-3-flash-preview": SimulatedGemini(3, _ALL, _BUDGET, _EITHER),
    "gemini-3.1-flash-lite": SimulatedGemini(3, _ALL, _BUDGET, _EITHER),
    "gemini-2.5-pro": SimulatedGemini(2, budget=_BUDGET),
    "gemini-2.5-flash": SimulatedGemini(2, budget=(1, 24_576), zero_budget=_EITHER),
}
"""By id; the two of 2.5 are here for the rules of the generation before."""
