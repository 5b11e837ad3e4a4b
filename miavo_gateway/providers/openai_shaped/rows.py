"""The providers that speak OpenAI's format. To add one, add its file to `catalog/` and a row."""

from __future__ import annotations

from collections.abc import Mapping

from miavo_gateway.providers.openai_shaped.adapter import OpenAIShaped

__all__ = ["ROWS"]

ROWS: Mapping[str, OpenAIShaped] = {
    row.provider: row
    for row in (OpenAIShaped(provider="openai", base_url="https://api.openai.com/v1"),)
}
"""By provider id."""
