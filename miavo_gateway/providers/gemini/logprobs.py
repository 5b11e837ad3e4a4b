"""Gemini's token probabilities as OpenAI's."""

from __future__ import annotations

from typing import Any

from miavo_gateway.providers.gemini.events import LogprobsResult, TokenLogprob

__all__ = ["openai_logprobs"]

_UNLIKELY = -9999.0
"""What OpenAI gives for a token that is too unlikely to say."""


def openai_logprobs(result: LogprobsResult) -> dict[str, Any] | None:
    """`{"content": [...]}`; None where there are no tokens."""
    chosen = result.chosen_candidates or []
    top = result.top_candidates or []
    content = [
        {
            **_token(token),
            "top_logprobs": [_token(each) for each in (top[step].candidates or [])]
            if step < len(top)
            else [],
        }
        for step, token in enumerate(chosen)
    ]
    return {"content": content, "refusal": None} if content else None


def _token(token: TokenLogprob) -> dict[str, Any]:
    text = token.token or ""
    logprob = _UNLIKELY if token.log_probability is None else token.log_probability
    return {"token": text, "logprob": logprob, "bytes": list(text.encode(errors="replace"))}
