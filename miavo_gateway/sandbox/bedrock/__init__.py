"""AWS Bedrock's Converse and ConverseStream, simulated for its Claude models."""

from __future__ import annotations

from miavo_gateway.sandbox.bedrock.simulator import BedrockSimulator

__all__ = ["BedrockSimulator"]
