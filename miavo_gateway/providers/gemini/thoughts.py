"""The thought signature of a call, kept until the call comes back as history."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any, Final

__all__ = ["FORGOTTEN", "kept_state", "signature"]

FORGOTTEN: Final = b64encode(b"skip_thought_signature_validator").decode()
"""Google's own stand-in for a signature that is lost; both of its APIs take it."""


def kept_state(signature: str, model: str) -> dict[str, str]:
    """What to keep of a signed call."""
    return {"signature": signature, "model": model}


def signature(recall: Callable[[str], Any], call_id: str, model: str) -> str | None:
    """The signature of a call, if it is still known and the same model gave it.

    Another model's is refused as corrupted.
    """
    state = recall(call_id)
    if not isinstance(state, dict) or state.get("model") != model:
        return None
    found = state.get("signature")
    return found if isinstance(found, str) else None
