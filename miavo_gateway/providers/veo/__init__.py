"""Veo, on the Gemini API and on Vertex AI: two ways to one family of models."""

from __future__ import annotations

from miavo_gateway.providers.veo.gemini import GeminiVeo
from miavo_gateway.providers.veo.vertex import VertexVeo

__all__ = ["GeminiVeo", "VertexVeo"]
