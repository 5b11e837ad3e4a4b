"""The signatures of simulated thoughts: given with a reply, checked when they come back."""

from __future__ import annotations

from base64 import b64encode
from hashlib import blake2b

__all__ = ["is_redacted", "redact", "sign"]


def sign(thought: str) -> str:
    """The signature of a thought; that of no other."""
    return _digest(thought, b"thinking")


def redact(thought: str) -> str:
    """What is given in place of a thought that is not to be read."""
    seal = _digest(thought, b"redacted")
    return f"{seal}.{_digest(seal, b'seal')}"


def is_redacted(data: str) -> bool:
    """Whether `redact` made it."""
    seal, _, check = data.partition(".")
    return check == _digest(seal, b"seal")


def _digest(text: str, purpose: bytes) -> str:
    digest = blake2b(text.encode(errors="replace"), key=purpose, digest_size=48)
    return b64encode(digest.digest()).decode()
