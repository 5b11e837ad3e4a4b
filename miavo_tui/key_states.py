"""How a key stands, as one symbol and a word."""

from __future__ import annotations

from datetime import datetime

from miavo_tui.key_records import KeyRow

__all__ = [
    "COLOURS",
    "STATES",
    "budget_share",
    "live",
    "reason_of",
    "request_share",
    "state_of",
    "token_share",
]

STATES = {
    "busy": ("●", "in use", "good"),
    "idle": ("○", "idle", "dim"),
    "new": ("◌", "never used", "dim"),
    "rotating": ("◐", "old value still taken", "accent"),
    "full": ("▲", "at a limit", "warn"),
    "expired": ("◇", "expired", "dim"),
    "revoked": ("✖", "revoked", "bad"),
}
"""Symbol, word and look of each state."""

COLOURS = {
    "accent": "$primary",
    "good": "$text-success",
    "warn": "$text-warning",
    "bad": "$text-error",
    "dim": "$text-muted",
}
"""What a look is drawn in."""


def request_share(row: KeyRow) -> float:
    """How full its window of requests is; 1 is full."""
    return row.window_requests / row.rpm_limit if row.rpm_limit else 1.0


def token_share(row: KeyRow) -> float:
    """How full its window of tokens is; 1 is full."""
    return row.window_tokens / row.tpm_limit if row.tpm_limit else 1.0


def budget_share(row: KeyRow) -> float:
    """How much of its budget is spent or held; 0 without one."""
    if row.budget_usd is None:
        return 0.0
    taken = row.spent_usd + row.held_usd
    return float(taken / row.budget_usd) if row.budget_usd > 0 else 1.0


def live(row: KeyRow, now: datetime) -> bool:
    """Whether the gateway takes it."""
    return row.revoked_at is None and (row.expires_at is None or row.expires_at > now)


def reason_of(row: KeyRow) -> str:
    """What stands in the way of its next request, in a few words; empty if nothing does."""
    if row.budget_usd is not None and row.spent_usd >= row.budget_usd:
        return "its budget is spent"
    if request_share(row) >= 1:
        return "no request is left in this minute" if row.rpm_limit else "it may ask nothing"
    if token_share(row) >= 1:
        return "no token is left in this minute" if row.tpm_limit else "it may take no tokens"
    if row.max_parallel is not None and row.in_flight >= row.max_parallel:
        return "as many requests run as may run at once"
    return ""


def state_of(row: KeyRow, now: datetime) -> str:
    """The key of `STATES` that matters most."""
    if row.revoked_at is not None:
        return "revoked"
    if not live(row, now):
        return "expired"
    if reason_of(row):
        return "full"
    if row.previous_until is not None and row.previous_until > now:
        return "rotating"
    if row.in_flight or row.window_requests:
        return "busy"
    return "idle" if row.last_used_at is not None else "new"
