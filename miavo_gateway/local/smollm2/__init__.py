"""SmolLM2-135M-Instruct, answering in this process through llama.cpp."""

from __future__ import annotations

from miavo_gateway.local.smollm2.engine import SLUG, SmolLM2Engine

__all__ = ["SLUG", "SmolLM2Engine"]
