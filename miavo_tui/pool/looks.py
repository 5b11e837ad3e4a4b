"""How credentials and providers stand, as a symbol, words and a colour: none of them alone."""

from __future__ import annotations

from dataclasses import dataclass

from miavo_tui.amount_text import brief_milliseconds
from miavo_tui.credential_records import CredentialRow

__all__ = ["HELP", "Look", "look_of", "refusal_to_change"]


@dataclass(frozen=True, slots=True)
class Look:
    """How a credential is shown."""

    symbol: str
    words: str
    colour: str
    """A variable of the theme, without its dollar sign."""


_LOOKS = {
    "ok": Look("●", "healthy", "text-success"),
    "cooling": Look("◔", "cooling", "text-warning"),
    "open": Look("▲", "broken off", "text-warning"),
    "half_open": Look("◐", "on trial", "text-warning"),
    "out": Look("✖", "refused", "text-error"),
    "disabled": Look("○", "disabled", "text-muted"),
    "no_secret": Look("✖", "no secret", "text-error"),
}

HELP = {
    "cooling": "It is throttled, or its quota is used up. It is tried again by itself.",
    "open": "Its requests failed. It is tried again by itself.",
    "half_open": "Its requests failed. The next one tries it.",
    "out": "The provider refuses it. Mend it there, or add another; <pool.test> tries it again.",
    "disabled": "Switched off here: <pool.toggle> switches it on.",
    "no_secret": "The keyring did not give its secret. Unlock it, or remove this and add it anew.",
}
"""What a state means, and what to do; keys are named by the ids of their bindings."""


def look_of(row: CredentialRow, *, age: float = 0.0) -> Look:
    """How a credential is shown, `age` seconds after the gateway told of it."""
    look = _LOOKS.get(row.state, Look("·", row.state, "text-muted"))
    if row.state in ("cooling", "open") and row.back_in_seconds is not None:
        left = max(0.0, row.back_in_seconds - age)
        return Look(look.symbol, f"back in {_brief(left)}", look.colour)
    return look


def _brief(seconds: float) -> str:
    return f"{seconds:.0f}s" if seconds < 59.5 else brief_milliseconds(seconds * 1_000)


def refusal_to_change(row: CredentialRow) -> str | None:
    """Why a credential cannot be changed here; None if it can be. Keys stand as in `HELP`."""
    if row.from_environment:
        return (
            f"The variable MIAVO_UPSTREAM_{row.provider.upper().replace('-', '_')} gives it: "
            "change it where the gateway is started."
        )
    if row.passing:
        return (
            "It is of this run only: --sandbox gave it. Without, <pool.sandbox> makes one with "
            "terms to set."
        )
    return None
