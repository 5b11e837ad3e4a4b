"""How many tokens a piece of a reply has, as far as can be told before its provider counts them."""

from __future__ import annotations

__all__ = ["guessed_tokens", "tokens_of_bytes"]

_BYTES_PER_TOKEN = 4


def guessed_tokens(text: str | None) -> int:
    """The tokens of a text, at least one if there is any."""
    if not text:
        return 0
    return tokens_of_bytes(len(text) if text.isascii() else len(text.encode(errors="replace")))


def tokens_of_bytes(size: int) -> int:
    """The tokens of so many bytes of text."""
    return -(-size // _BYTES_PER_TOKEN)
