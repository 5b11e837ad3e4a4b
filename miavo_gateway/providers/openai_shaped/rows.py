"""The providers that speak OpenAI's format. To add one, add its file to `catalog/` and a row."""

from __future__ import annotations

from collections.abc import Mapping

from miavo_gateway.providers.openai_shaped.adapter import OpenAIShaped
from miavo_gateway.providers.openai_shaped.deepseek import DEEPSEEK
from miavo_gateway.providers.openai_shaped.minimax import MINIMAX
from miavo_gateway.providers.openai_shaped.moonshot import MOONSHOT
from miavo_gateway.providers.openai_shaped.openai import OPENAI
from miavo_gateway.providers.openai_shaped.zhipu import ZHIPU

__all__ = ["ROWS"]

ROWS: Mapping[str, OpenAIShaped] = {
    row.provider: row for row in (OPENAI, MINIMAX, MOONSHOT, DEEPSEEK, ZHIPU)
}
"""By provider id."""
