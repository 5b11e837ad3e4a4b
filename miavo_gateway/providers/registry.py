"""Which adapter speaks to which provider. An adapter is imported when it is first wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from miavo_gateway.providers.adapter import ChatAdapter

__all__ = ["CHAT_PROVIDERS", "chat_adapter"]


def _openai_shaped(provider: str) -> ChatAdapter:
    from miavo_gateway.providers.openai_shaped import ROWS

    return ROWS[provider]


def _openai(provider: str) -> ChatAdapter:
    del provider
    from miavo_gateway.providers.openai_responses import OPENAI

    return OPENAI


def _gemini(provider: str) -> ChatAdapter:
    from miavo_gateway.providers.gemini import GeminiAdapter

    return GeminiAdapter(provider)


def _anthropic(provider: str) -> ChatAdapter:
    from miavo_gateway.providers.anthropic import Anthropic

    return Anthropic(provider)


def _bedrock(provider: str) -> ChatAdapter:
    from miavo_gateway.providers.bedrock import Bedrock

    return Bedrock(provider)


def _vertex(provider: str) -> ChatAdapter:
    from miavo_gateway.providers.vertex import VertexAdapter

    return VertexAdapter(provider)


_MAKERS: Mapping[str, Callable[[str], ChatAdapter]] = {
    "anthropic": _anthropic,
    "bedrock": _bedrock,
    "google": _gemini,
    "vertex": _vertex,
    "openai": _openai,
    **dict.fromkeys(("deepseek", "minimax", "moonshot", "zhipu"), _openai_shaped),
}

CHAT_PROVIDERS = frozenset(_MAKERS)
"""The ids of the providers whose chat models can be called."""


@cache
def chat_adapter(provider: str) -> ChatAdapter:
    """The adapter of a provider.

    Raises:
        KeyError: there is none.
    """
    return _MAKERS[provider](provider)
