"""Claude at Anthropic: OpenAI's chat completions to and from the Messages API."""

from __future__ import annotations

from miavo_gateway.providers.anthropic.adapter import Anthropic

__all__ = ["Anthropic"]
