"""Which adapter speaks to which provider. Native ones are imported when they are first wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from miavo_gateway.providers.adapter import ChatAdapter
from miavo_gateway.providers.openai_shaped import ROWS
from miavo_gateway.providers.video import VideoAdapter

__all__ = ["CHAT_PROVIDERS", "VIDEO_PROVIDERS", "chat_adapter", "video_adapter"]


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


_NATIVE: Mapping[str, Callable[[str], ChatAdapter]] = {
    "anthropic": _anthropic,
    "bedrock": _bedrock,
    "google": _gemini,
    "vertex": _vertex,
    "openai": _openai,
}
"""Those with an adapter of their own; any other provider is a row."""

CHAT_PROVIDERS = frozenset(_NATIVE) | ROWS.keys()
"""The ids of the providers whose chat models can be called."""


@cache
def chat_adapter(provider: str) -> ChatAdapter:
    """The adapter of a provider.

    Raises:
        KeyError: there is none.
    """
    native = _NATIVE.get(provider)
    return ROWS[provider] if native is None else native(provider)


def _zhipu_video(provider: str) -> VideoAdapter:
    from miavo_gateway.providers.cogvideox import CogVideoX

    return CogVideoX(provider)


def _minimax_video(provider: str) -> VideoAdapter:
    from miavo_gateway.providers.hailuo import Hailuo

    return Hailuo(provider)


def _google_video(provider: str) -> VideoAdapter:
    from miavo_gateway.providers.veo import GeminiVeo

    return GeminiVeo(provider)


def _vertex_video(provider: str) -> VideoAdapter:
    from miavo_gateway.providers.veo import VertexVeo

    return VertexVeo(provider)


_VIDEO: Mapping[str, Callable[[str], VideoAdapter]] = {
    "google": _google_video,
    "minimax": _minimax_video,
    "vertex": _vertex_video,
    "zhipu": _zhipu_video,
}

VIDEO_PROVIDERS = frozenset(_VIDEO)
"""The ids of the providers whose video models can be called."""


@cache
def video_adapter(provider: str) -> VideoAdapter:
    """The adapter for a provider's video models.

    Raises:
        KeyError: there is none.
    """
    return _VIDEO[provider](provider)
