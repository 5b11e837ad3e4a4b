"""The simulators of the providers that speak OpenAI's format."""

from __future__ import annotations

from collections.abc import Mapping

from miavo_gateway.sandbox.openai_shaped.deepseek import DEEPSEEK
from miavo_gateway.sandbox.openai_shaped.minimax import MINIMAX
from miavo_gateway.sandbox.openai_shaped.moonshot import MOONSHOT
from miavo_gateway.sandbox.openai_shaped.openai import OPENAI
from miavo_gateway.sandbox.openai_shaped.simulator import OpenAIShapedSimulator
from miavo_gateway.sandbox.openai_shaped.zhipu import ZHIPU

__all__ = ["SIMULATORS"]

SIMULATORS: Mapping[str, OpenAIShapedSimulator] = {
    dialect.provider: OpenAIShapedSimulator(dialect)
    for dialect in (OPENAI, MINIMAX, MOONSHOT, DEEPSEEK, ZHIPU)
}
"""By provider id."""
