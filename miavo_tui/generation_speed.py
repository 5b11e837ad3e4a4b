"""How quickly a model generates, as every screen tells it."""

from __future__ import annotations

__all__ = ["tokens_per_second"]

_LEAST_MS = 50
_LEAST_TOKENS = 8
"""A rate over less than these says more of the clock and the network than of the model."""


def tokens_per_second(
    output_tokens: int, first_token_ms: float | None, duration_ms: float | None
) -> float | None:
    """The rate after the first token: waiting for it is told of separately.

    Args:
        output_tokens: how many were generated.
        first_token_ms: when the first came, in milliseconds.
        duration_ms: when the last did.

    >>> tokens_per_second(101, 200, 1_200)
    100.0
    """
    if duration_ms is None or first_token_ms is None:
        return None
    took_ms = duration_ms - first_token_ms
    if took_ms < _LEAST_MS or output_tokens < _LEAST_TOKENS:
        return None
    return (output_tokens - 1) * 1_000 / took_ms
