"""How a request stands, as a symbol, a word and a colour: none of them alone."""

from __future__ import annotations

from dataclasses import dataclass

from miavo_tui.usage_records import UsageRow

__all__ = ["STATES", "Look", "look_of", "outcome_words", "state_words"]


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is shown."""

    symbol: str
    word: str
    colour: str
    """A variable of the theme, without its dollar sign."""


STATES = {
    "waiting": Look("◌", "running", "text-muted"),
    "streaming": Look("▸", "streaming", "text-primary"),
    "completed": Look("●", "done", "text-success"),
    "truncated": Look("◐", "cut short", "text-warning"),
    "cancelled": Look("○", "cancelled", "text-muted"),
    "failed": Look("✖", "failed", "text-error"),
    "interrupted": Look("▲", "interrupted", "text-warning"),
}
"""By the row's state; an open row is `waiting`, and `streaming` from its first token on."""

_UNKNOWN = Look("·", "unknown", "text-muted")

_OUTCOMES = {
    "ok": "answered",
    "throttled": "throttled",
    "quota_exhausted": "quota used up",
    "bad_credential": "credential refused",
    "client_error": "request refused",
    "server_error": "provider failed",
    "unreachable": "not reached",
    "timed_out": "timed out",
    "cut": "broke off",
    "unreadable": "unreadable answer",
}


def look_of(row: UsageRow) -> Look:
    """How a request is shown."""
    if row.state == "open":
        return STATES["waiting" if row.first_token_ms is None else "streaming"]
    return STATES.get(row.state, _UNKNOWN)


def state_words(row: UsageRow) -> str:
    """The word, and the status where the request failed."""
    look = look_of(row)
    if row.state == "failed" and row.status:
        return f"{look.word} {row.status}"
    return look.word


def outcome_words(outcome: str) -> str:
    """What came of an attempt."""
    return _OUTCOMES.get(outcome, outcome.replace("_", " "))
