"""How a model stands, as one symbol: the same in the list, the picker, Chat and the commands."""

from __future__ import annotations

from miavo_tui.model_card import ModelCard

__all__ = ["DEFAULT_MODEL", "STATES", "refusal_to_chat", "state_of", "symbol_of"]

DEFAULT_MODEL = "local-smollm2-135m"
"""Answers on a fresh install: needs no key and no network."""

STATES = {
    "reachable": ("●", "reachable"),
    "simulated": ("◍", "simulated"),
    "unreachable": ("○", "not reachable"),
    "preview": ("◇", "preview"),
    "legacy": ("◐", "legacy"),
    "retired": ("✖", "retired"),
}
"""Symbol and word of each state; `$state-NAME` is its colour in the themes."""


def state_of(model: ModelCard) -> str:
    """The key of `STATES` that matters most: a retired model is not made whole by a credential.

    Whether a legacy model can be reached is told by its colour and its details.
    """
    if model.lifecycle.status in ("retired", "preview", "legacy"):
        return model.lifecycle.status
    if not model.reachable:
        return "unreachable"
    return "simulated" if model.simulated else "reachable"


def symbol_of(model: ModelCard) -> tuple[str, str]:
    """The symbol of a model's state, and the key of `STATES` whose colour it has."""
    state = state_of(model)
    faded = state == "legacy" and not model.reachable
    return STATES[state][0], "unreachable" if faded else state


def refusal_to_chat(model: ModelCard) -> str | None:
    """Why a model cannot be talked with whatever its state, in a sentence; None if it can.

    Those that speak, sing, write down or hold a conversation answer in Chat in their own way.
    """
    match model.kind:
        case "image":
            return f"{model.slug} is an image model: Chat cannot ask it for pictures yet."
        case "video":
            return f"{model.slug} is a video model: Studio renders with it."
    return None
