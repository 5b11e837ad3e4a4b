"""A simulated Anthropic: its Messages API, answered from the request alone."""

from __future__ import annotations

from miavo_gateway.sandbox.anthropic.simulator import AnthropicSimulator

__all__ = ["AnthropicSimulator"]
