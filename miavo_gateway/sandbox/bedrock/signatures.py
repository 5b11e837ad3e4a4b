"""The signatures of simulated thoughts: given with a reply, checked when they come back."""

from __future__ import annotations

from base64 import b64encode
from hashlib import blake2b

__all__ = ["sign"]


def sign(thought: str, model_id: str) -> str:
    """The signature of a thought, which no other thought and no other model has."""
    digest = blake2b(thought.encode(errors="replace"), key=model_id.encode()[:64], digest_size=48)
    return b64encode(digest.digest()).decode()
