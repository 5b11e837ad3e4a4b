"""Speech on this machine, by eSpeak NG."""

from __future__ import annotations

from miavo_gateway.local.espeak.engine import EspeakEngine

__all__ = ["EspeakEngine"]
