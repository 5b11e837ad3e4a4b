"""Providers that speak OpenAI's chat completions: a row of data each, and hooks where they differ.

The shapes are those of the `openai` package 3.54, `types/chat`.
"""

from __future__ import annotations

from miavo_gateway.providers.openai_shaped.adapter import OpenAIShaped
from miavo_gateway.providers.openai_shaped.rows import ROWS

__all__ = ["ROWS", "OpenAIShaped"]
