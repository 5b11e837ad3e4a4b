"""Gemini's Live API (`BidiGenerateContent`)."""

from miavo_gateway.providers.realtime.gemini.adapter import GeminiLive

__all__ = ["GeminiLive"]
