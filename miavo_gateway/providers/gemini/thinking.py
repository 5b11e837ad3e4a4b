"""`reasoning_effort` as Gemini's `thinkingConfig`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.gemini.rules import GeminiRules

__all__ = ["thinking_config"]

_LADDER: Final = ("minimal", "low", "medium", "high", "xhigh")
_BUDGETS: Final[Mapping[str, int]] = {
    # Google's own table for OpenAI's efforts (its page on OpenAI compatibility).
    "minimal": 1_024,
    "low": 1_024,
    "medium": 8_192,
    "high": 24_576,
    "xhigh": 24_576,
}


def thinking_config(effort: str | None, rules: GeminiRules) -> dict[str, Any] | None:
    """The value of `thinkingConfig`; None where it is left out.

    Thoughts are asked for whenever the model thinks: they become `reasoning_content`. An effort
    that the model lacks becomes the next one above it, else the highest; `none` becomes the lowest
    where thinking cannot be turned off.

    Raises:
        InvalidRequest: the effort is not known, or the model does not think.
    """
    if effort is not None and effort != "none" and effort not in _LADDER:
        known = ", ".join(("none", *_LADDER))
        raise InvalidRequest(f"'reasoning_effort' is none of {known}.", param="reasoning_effort")
    if rules.thinking == "none":
        if effort is None or effort == "none":
            return None
        raise InvalidRequest("This model does not reason.", param="reasoning_effort")
    if effort is None:
        return {"includeThoughts": True}
    if rules.thinking == "budget":
        return _with_budget(effort, rules.least_budget)
    if effort == "none":
        if rules.zero_budget:
            return {"thinkingBudget": 0}
        return {"thinkingLevel": _level("minimal", rules)}
    return {"thinkingLevel": _level(effort, rules), "includeThoughts": True}


def _with_budget(effort: str, least: int) -> dict[str, Any]:
    if effort == "none":
        return {"thinkingBudget": least}
    return {"thinkingBudget": max(least, _BUDGETS[effort]), "includeThoughts": True}


def _level(effort: str, rules: GeminiRules) -> str:
    levels = rules.thinking_levels.split()
    for each in _LADDER[_LADDER.index(effort) :]:
        if each in levels:
            return each.upper()
    return levels[-1].upper() if levels else "LOW"
