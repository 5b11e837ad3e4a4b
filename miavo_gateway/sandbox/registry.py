"""Which simulator speaks for which provider. One is imported when it is first wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from miavo_gateway.sandbox.simulator import Simulator

__all__ = ["SANDBOX_PROVIDERS", "base_path", "simulator"]


@dataclass(frozen=True, slots=True)
class _Entry:
    make: Callable[[str], Simulator]
    base_path: str = ""
    """What a base URL of this provider ends with, as its adapter wants one."""


def _openai_shaped(provider: str) -> Simulator:
    from miavo_gateway.sandbox.openai_shaped import SIMULATORS

    return SIMULATORS[provider]


def _google(provider: str) -> Simulator:
    from miavo_gateway.sandbox.gemini import GoogleSimulator

    return GoogleSimulator("vertex" if provider == "vertex" else "google")


def _anthropic(provider: str) -> Simulator:
    from miavo_gateway.sandbox.anthropic import AnthropicSimulator

    return AnthropicSimulator(provider)


def _bedrock(provider: str) -> Simulator:
    from miavo_gateway.sandbox.bedrock import BedrockSimulator

    return BedrockSimulator(provider)


_ENTRIES: Mapping[str, _Entry] = {
    "anthropic": _Entry(_anthropic),
    "bedrock": _Entry(_bedrock),
    "openai": _Entry(_openai_shaped, "/v1"),
    "minimax": _Entry(_openai_shaped, "/v1"),
    "moonshot": _Entry(_openai_shaped, "/v1"),
    "deepseek": _Entry(_openai_shaped),
    "zhipu": _Entry(_openai_shaped, "/api/paas/v4"),
    "google": _Entry(_google),
    "vertex": _Entry(_google),
}

SANDBOX_PROVIDERS = frozenset(_ENTRIES)
"""The ids of the providers that can be simulated."""


def base_path(provider: str) -> str:
    """What follows the mount point in a base URL; KeyError if the provider is not simulated."""
    return _ENTRIES[provider].base_path


@cache
def simulator(provider: str) -> Simulator:
    """The simulator of a provider.

    Raises:
        KeyError: there is none.
    """
    return _ENTRIES[provider].make(provider)
