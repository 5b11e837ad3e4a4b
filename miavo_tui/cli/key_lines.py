"""How a key reads in the terminal."""

from __future__ import annotations

from datetime import UTC, datetime

from miavo_tui.client import KeyRow
from miavo_tui.money_text import usd
from miavo_tui.plain_text import printable_line
from miavo_tui.price_text import context_text

__all__ = ["TITLES", "facts", "row_of"]

TITLES = ("ID", "NAME", "KEY", "PLAN", "IN 60 S", "BUDGET", "EXPIRES", "STATE")


def row_of(row: KeyRow) -> tuple[str, ...]:
    """The key as a row below `TITLES`."""
    return (
        row.id,
        printable_line(row.name),
        row.shown,
        row.plan,
        f"{row.rpm_limit:,} req, {context_text(row.tpm_limit)} tok",
        "none" if row.budget_usd is None else f"{usd(row.spent_usd)} of {_budget(row)}",
        f"{row.expires_at.astimezone():%Y-%m-%d}" if row.expires_at else "never",
        _state(row),
    )


def facts(row: KeyRow) -> tuple[tuple[str, str], ...]:
    """Everything about the key, as names and values."""
    return (
        ("id", row.id),
        ("name", printable_line(row.name)),
        ("key", row.shown),
        ("state", _state(row)),
        *(
            [("rotated", f"the old value is taken until {_moment(row.previous_until)}")]
            if row.previous_until
            else []
        ),
        ("plan", row.plan),
        ("limits", f"{row.rpm_limit:,} requests and {row.tpm_limit:,} tokens in 60 seconds"),
        ("window", f"{row.window_requests:,} requests and {row.window_tokens:,} tokens now"),
        ("parallel", "no limit" if row.max_parallel is None else f"{row.max_parallel:,}"),
        ("allowed", ", ".join(row.allow) or "every model"),
        ("budget", "none" if row.budget_usd is None else _budget(row)),
        ("spent", usd(row.spent_usd)),
        *([("held", usd(row.held_usd))] if row.held_usd else []),
        *([("anew", _moment(row.budget_resets_at))] if row.budget_resets_at else []),
        ("created", _moment(row.created_at)),
        ("expires", _moment(row.expires_at) if row.expires_at else "never"),
    )


def _budget(row: KeyRow) -> str:
    assert row.budget_usd is not None
    reset = ", no reset" if row.budget_reset == "never" else f" {row.budget_reset}"
    return usd(row.budget_usd) + reset


def _state(row: KeyRow) -> str:
    if row.revoked_at is not None:
        at = f"revoked {_moment(row.revoked_at)}"
        until = row.restorable_until
        if until is not None and until > datetime.now(UTC):
            return f"{at}, restorable until {_moment(until)}"
        return at
    if row.expires_at is not None and row.expires_at <= datetime.now(UTC):
        return "expired"
    return f"last used {_moment(row.last_used_at)}" if row.last_used_at else "never used"


def _moment(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"
