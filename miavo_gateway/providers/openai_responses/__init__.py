"""OpenAI's Responses API, for the models and requests that its chat completions do not serve.

The shapes are those of the `openai` package 3.54, `types/responses`.
"""

from __future__ import annotations

from miavo_gateway.providers.openai_responses.adapter import OpenAIResponses
from miavo_gateway.providers.openai_responses.either import OPENAI, OpenAI

__all__ = ["OPENAI", "OpenAI", "OpenAIResponses"]
