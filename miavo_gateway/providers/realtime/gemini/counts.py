"""The Live API's counts as disjoint buckets."""

from __future__ import annotations

from typing import Any

from miavo_gateway.providers.realtime.usage import beyond
from miavo_gateway.usage import UsageBuckets

__all__ = ["TurnBill", "buckets"]


def buckets(usage: Any) -> UsageBuckets:
    """The counts of `usageMetadata`; what is missing or negative counts as none.

    Cached tokens are a subset of the prompt's; thoughts come on top of the response's. What a tool
    on Google's side put into the prompt is counted apart.
    """
    if not isinstance(usage, dict):
        return UsageBuckets()
    prompt = _count(usage.get("promptTokenCount"))
    tools = _count(usage.get("toolUsePromptTokenCount"))
    cached = min(prompt, _count(usage.get("cachedContentTokenCount")))
    said = _count(usage.get("responseTokenCount"))
    thought = _count(usage.get("thoughtsTokenCount"))
    heard = min(prompt, _of_sound(usage.get("promptTokensDetails")))
    fresh_sound = heard - min(heard, _of_sound(usage.get("cacheTokensDetails")))
    spoken = min(said, _of_sound(usage.get("responseTokensDetails")))
    return UsageBuckets(
        uncached_input=max(0, prompt - cached - fresh_sound) + tools,
        cache_read=cached,
        audio_input=fresh_sound,
        output=said - spoken + thought,
        reasoning=thought,
        audio_output=spoken,
    )


class TurnBill:
    """What a turn has used, billed once whenever its counts come."""

    def __init__(self) -> None:
        self._billed = UsageBuckets()
        self._latest: UsageBuckets | None = None

    def told(self, usage: UsageBuckets) -> None:
        """Counts came; they replace those before them."""
        self._latest = usage

    def taken(self) -> UsageBuckets | None:
        """The counts, billed whole; None if they have not come."""
        latest, self._latest = self._latest, None
        if latest is not None:
            self._billed = latest
        return latest

    def guessed(self, usage: UsageBuckets) -> UsageBuckets:
        """Bill a guess, until counts come."""
        self._billed = usage
        return usage

    def rest(self) -> UsageBuckets | None:
        """Counts that came late, less what is billed already; None if that is all."""
        billed = self._billed
        latest = self.taken()
        if latest is None:
            return None
        more = beyond(latest, billed)
        return more if more.total else None


def _of_sound(details: Any) -> int:
    if not isinstance(details, list):
        return 0
    return sum(
        _count(each.get("tokenCount"))
        for each in details
        if isinstance(each, dict) and each.get("modality") == "AUDIO"
    )


def _count(value: Any) -> int:
    return max(0, value) if isinstance(value, int) else 0
