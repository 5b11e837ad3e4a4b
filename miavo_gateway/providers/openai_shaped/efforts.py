"""How hard a model is to think, as OpenAI's `reasoning_effort` says it."""

from __future__ import annotations

from collections.abc import Collection

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.schema.chat import ChatCompletionRequest

__all__ = ["EFFORTS", "effort_of", "nearest"]

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""From not at all to as hard as can be (the `openai` package 3.54, `shared/reasoning_effort`)."""


def effort_of(request: ChatCompletionRequest) -> str | None:
    """The effort that is asked for; None if the caller leaves it to the model.

    Raises:
        InvalidRequest: there is no such effort.
    """
    effort = request.reasoning_effort
    if effort is not None and effort not in EFFORTS:
        raise InvalidRequest(
            f"'reasoning_effort' is none of {', '.join(EFFORTS)}.", param="reasoning_effort"
        )
    return effort


def nearest(effort: str, known: Collection[str]) -> str:
    """The least effort a model knows that is no less than the one asked for, or its greatest."""
    if not known:
        return effort
    ranked = sorted(known, key=EFFORTS.index)
    asked = EFFORTS.index(effort)
    return next((each for each in ranked if EFFORTS.index(each) >= asked), ranked[-1])
