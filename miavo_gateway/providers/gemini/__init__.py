"""Google's `generateContent`: the Gemini API, and what Vertex AI shares with it.

Facts: google-genai 3.4.0; Google's pages on the Gemini API; litellm 1.109.1 and pydantic-ai-slim
2.68.0 where these are silent.
"""

from __future__ import annotations

from miavo_gateway.providers.gemini.adapter import GeminiAdapter
from miavo_gateway.providers.gemini.limits import LIMITS

__all__ = ["LIMITS", "GeminiAdapter"]
