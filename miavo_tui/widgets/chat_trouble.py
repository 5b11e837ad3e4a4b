"""What to say when a reply fails, and what to do next."""

from __future__ import annotations

from miavo_tui.conversations.records import Failure

__all__ = ["headline", "next_step", "returns_prompt"]

_HEADLINES = {
    "authentication_error": "The gateway refuses the app's key",
    "budget_exhausted": "No credit left",
    "model_not_allowed": "Not allowed for the app's key",
    "invalid_request": "The request was refused",
    "rate_limit_exceeded": "Too many requests",
    "upstream_error": "The reply did not come through",
    "no_upstream": "Nothing can answer for this model",
    "not_implemented": "Not possible yet",
    "unreachable": "The gateway does not answer",
    "read_only": "Opened read-only",
    "cut": "The connection was lost",
    "store_failed": "The conversation cannot be read",
}

_OTHER_MODEL = "Pick another model with <chat.model>, then <chat.again> sends this to it."
_NEXT_STEPS = {
    "authentication_error": "A new key was tried as well. <chat.again> tries once more.",
    "budget_exhausted": (
        "Pick a free model with <chat.model>, or add credit (<app.credit>); then <chat.again> "
        "sends it again."
    ),
    "model_not_allowed": _OTHER_MODEL,
    "upstream_error": "<chat.again> tries again, <chat.model> picks another model.",
    "no_upstream": (
        "Pick another model with <chat.model>, or give its provider a credential (<app.pool>); "
        "then <chat.again> sends this again."
    ),
    "not_implemented": _OTHER_MODEL,
    "unreachable": "The app keeps trying to reach it. <chat.again> sends this again.",
    "read_only": "Start Miavo without --read-only to talk with a model.",
    "cut": "What had arrived is kept. <chat.again> asks again.",
}


def returns_prompt(failure: Failure) -> bool:
    """Whether the prompt itself is at fault, so that it belongs back where it can be changed.

    The code says so, and not the status: the error may come in a stream that began with 200.
    """
    return failure.code == "invalid_request"


def headline(failure: Failure) -> str:
    """What happened, in a few words."""
    return _HEADLINES.get(failure.code, "The reply failed")


def next_step(failure: Failure, waited_s: float, *, answered: bool) -> str:
    """What the reader can do; keys are named by the ids of their bindings.

    Args:
        failure: why the reply failed.
        waited_s: seconds since it did, for the countdown of a rate limit.
        answered: whether some of the reply had arrived.
    """
    if failure.retry_after is not None:
        left = failure.retry_after - waited_s
        if left > 0:
            return (
                f"<chat.again> sends this again in {left:.0f} s." if left >= 1 else "In a moment."
            )
        return "<chat.again> sends this again now."
    if returns_prompt(failure):
        if answered:
            return "<chat.again> asks again, <chat.model> picks another model."
        if "input_audio" in failure.message:
            return "Your prompt is back below: <chat.attach> attaches a recording to it."
        if failure.param == "messages":
            # As a rule the conversation has outgrown the model's context.
            return (
                "Your prompt is back below: <chat.new> begins a new conversation with it, "
                "<chat.model> picks a model with a larger context."
            )
        return "Your prompt is back below: change it, or pick another model with <chat.model>."
    return _NEXT_STEPS.get(failure.code, "<chat.again> tries again.")
