"""Which adapter speaks to which provider. An adapter is imported when it is first wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from miavo_gateway.providers.adapter import ChatAdapter

__all__ = ["CHAT_PROVIDERS", "chat_adapter"]


def _openai_shaped(provider: str) -> ChatAdapter:
    from miavo_gateway.providers.openai_shaped import ROWS

    return ROWS[provider]


_MAKERS: Mapping[str, Callable[[str], ChatAdapter]] = {
    "openai": _openai_shaped,
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
