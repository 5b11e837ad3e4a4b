"""Claude on AWS Bedrock: OpenAI's chat completions to and from Converse."""

from __future__ import annotations

from miavo_gateway.providers.bedrock.adapter import Bedrock
from miavo_gateway.providers.bedrock.limits import LIMITS

__all__ = ["LIMITS", "Bedrock"]
