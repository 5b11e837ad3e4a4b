"""What is known of one key, laid out as text of a given width."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime

from textual.content import Content

from miavo_tui.amount_text import counted
from miavo_tui.fill import bar, level
from miavo_tui.key_records import KeyRow
from miavo_tui.key_states import (
    COLOURS,
    STATES,
    budget_share,
    reason_of,
    request_share,
    state_of,
    token_share,
)
from miavo_tui.money_records import Spend
from miavo_tui.money_text import usd
from miavo_tui.plain_text import printable_line
from miavo_tui.span_text import ago, days_text, span_text

__all__ = ["key_facts"]

_LABEL = 11


def key_facts(
    row: KeyRow,
    width: int,
    *,
    now: datetime,
    account: str,
    spend: Spend | None,
    own: bool,
    admitted: Mapping[str, int],
    restore_key: str,
) -> Content:
    """Everything about a key but its value.

    Args:
        row: the key.
        width: cells to fill; longer values are wrapped under themselves.
        now: for what is left and what is past.
        account: the name of who pays.
        spend: what it cost in the last 24 hours; None if it was not used.
        own: whether it is the one that this app calls models with.
        admitted: how many models each entry of its allow-list admits.
        restore_key: what undoes a revocation when it is pressed.
    """
    state = state_of(row, now)
    symbol, word, look = STATES[state]
    heading = [
        *_wrapped(printable_line(row.name), width, "bold $foreground"),
        Content.styled(row.shown, "$primary"),
        Content.assemble(
            (symbol, COLOURS[look]),
            (f" {_state(row, state, word, now, restore_key)}", "$foreground"),
        ),
    ]
    if own:
        heading += _wrapped("This app calls models with it.", width, "$text-muted")
    parts = [*heading, Content(), *_limits(row, width), *_budget(row, width, now), Content()]
    parts += _row("models", _models(row, admitted), width)
    parts += _row("account", account, width)
    parts += _row("plan", row.plan, width)
    if row.expires_at is not None:
        left = (row.expires_at - now).total_seconds()
        when = f"in {days_text(left)}" if left > 0 else "over"
        parts += _row("expires", f"{when}\n{_moment(row.expires_at)}", width)
    else:
        parts += _row("expires", "never", width)
    used = "never" if row.last_used_at is None else ago(row.last_used_at, now)
    parts += _row("last used", used, width)
    if spend is not None:
        cost = usd(spend.cost_usd) + (f", {spend.unpriced:,} unpriced" if spend.unpriced else "")
        parts += _row("last 24 h", f"{counted(spend.requests, 'request')}, {cost}", width)
    parts += _row("made", _moment(row.created_at), width)
    parts += _row("id", row.id, width, "$text-muted")
    return Content("\n").join(parts)


def _state(row: KeyRow, state: str, word: str, now: datetime, restore_key: str) -> str:
    if state == "revoked":
        assert row.revoked_at is not None
        if row.restorable_until is not None and row.restorable_until > now:
            left = days_text((row.restorable_until - now).total_seconds())
            return f"revoked; {restore_key} undoes it for {left}"
        return f"revoked for good, {_moment(row.revoked_at)}"
    if state == "full":
        return f"stopped for now: {reason_of(row)}"
    if state == "rotating":
        assert row.previous_until is not None
        left = days_text((row.previous_until - now).total_seconds())
        return f"rotated; the old value is taken for {left}"
    return word


def _limits(row: KeyRow, width: int) -> list[Content]:
    requests = f"{row.window_requests:,} of {row.rpm_limit:,}"
    tokens = f"{row.window_tokens:,} of {row.tpm_limit:,}"
    wide = max(len(requests), len(tokens))
    lines = _gauge("requests", request_share(row), requests.rjust(wide), width)
    lines += _gauge("tokens", token_share(row), tokens.rjust(wide), width)
    if row.window_requests or row.window_tokens:
        text = f"in 60 s; empty in {days_text(row.empty_in_seconds)}"
    else:
        text = "in 60 s"
    lines += _row("", text, width, "$text-muted")
    most = "no limit" if row.max_parallel is None else f"at most {row.max_parallel:,}"
    return lines + _row("at once", f"{row.in_flight:,} now, {most}", width)


def _budget(row: KeyRow, width: int, now: datetime) -> list[Content]:
    if row.budget_usd is None:
        return _row("budget", "none", width)
    taken = row.spent_usd + row.held_usd
    lines = _gauge(
        "budget",
        budget_share(row),
        f"{usd(row.spent_usd)} of {usd(row.budget_usd)}",
        width,
    )
    held = f", {usd(row.held_usd)} held" if row.held_usd else ""
    left = row.budget_usd - taken
    lines += _row("", f"{usd(left)} left{held}", width, "$text-muted")
    if row.budget_resets_at is not None:
        again = span_text((row.budget_resets_at - now).total_seconds())
        at = f"{row.budget_resets_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        lines += _row("", f"{row.budget_reset}, anew in {again}\n{at}", width, "$text-muted")
    else:
        lines += _row("", "once, not begun anew", width, "$text-muted")
    return lines


def _gauge(label: str, share: float, text: str, width: int) -> list[Content]:
    """A label, a bar over all the width there is, and beneath it the numbers."""
    room = width - _LABEL
    length = max(4, room - len(text) - 2)
    if len(text) + 6 > room:
        full, empty = bar(share, max(6, room))
        return [
            Content.assemble(_label(label), (full, COLOURS[level(share)]), (empty, "$rule")),
            *_row("", text, width),
        ]
    full, empty = bar(share, length)
    return [
        Content.assemble(
            _label(label),
            (full, COLOURS[level(share)]),
            (empty, "$rule"),
            ("  ", ""),
            (text, "$foreground"),
        )
    ]


def _models(row: KeyRow, admitted: Mapping[str, int]) -> str:
    if not row.allow:
        return "every model"
    return "\n".join(f"{admitted.get(entry, 0):2}  {entry}" for entry in row.allow)


def _row(label: str, text: str, width: int, style: str = "$foreground") -> list[Content]:
    lines: list[Content] = []
    for part in text.split("\n"):
        for line in textwrap.wrap(part, max(12, width - _LABEL)) or [""]:
            shown = _label(label if not lines else "")
            lines.append(Content.assemble(shown, (line, style)))
    return lines


def _wrapped(text: str, width: int, style: str) -> list[Content]:
    return [Content.styled(line, style) for line in textwrap.wrap(text, max(12, width)) or [""]]


def _label(text: str) -> tuple[str, str]:
    return text.ljust(_LABEL), "$text-muted"


def _moment(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"
