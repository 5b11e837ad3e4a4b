"""Which adapter speaks over which provider's sockets. One is imported when it is first wanted."""

from __future__ import annotations

from functools import cache

from miavo_gateway.providers.realtime.adapter import RealtimeAdapter

__all__ = ["REALTIME_PROVIDERS", "realtime_adapter"]

REALTIME_PROVIDERS = frozenset({"google", "openai", "zhipu"})
"""The ids of the providers whose realtime models can be called."""


@cache
def realtime_adapter(provider: str) -> RealtimeAdapter:
    """The adapter of a provider.

    Raises:
        KeyError: there is none.
    """
    match provider:
        case "openai":
            from miavo_gateway.providers.realtime.openai import OpenAIRealtime

            return OpenAIRealtime()
        case "google":
            from miavo_gateway.providers.realtime.gemini import GeminiLive

            return GeminiLive()
        case "zhipu":
            from miavo_gateway.providers.realtime.glm import GLMRealtime

            return GLMRealtime()
    raise KeyError(provider)
