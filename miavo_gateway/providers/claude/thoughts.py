"""Thoughts that led to tool calls, kept from a reply and put back with the call's result.

Claude wants the thought of a turn with tool calls back, unchanged, with its signature, and before
the calls (Anthropic's page on thinking with tool use, AWS's guide to extended thinking). A client
of OpenAI's format loses it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

__all__ = ["Thought", "Thoughts"]


class Thought(Struct, frozen=True, omit_defaults=True):
    """One block of thinking."""

    after: int
    """How many characters of the reply's text came before it."""
    text: str = ""
    """Empty also where the model does not show its thought."""
    signature: str = ""
    redacted: str = ""
    """In place of text and signature; on Bedrock it is base64."""


Thoughts: TypeAlias = Callable[[str], tuple[Thought, ...]]
"""The thoughts kept for a tool call, by its id as the caller knows it."""
