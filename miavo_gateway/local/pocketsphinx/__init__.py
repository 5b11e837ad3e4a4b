"""Transcription on this machine, by PocketSphinx."""

from __future__ import annotations

from miavo_gateway.local.pocketsphinx.engine import PocketSphinxEngine

__all__ = ["PocketSphinxEngine"]
