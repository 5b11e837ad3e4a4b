"""Gemini, simulated as both of Google's APIs serve it."""

from __future__ import annotations

from miavo_gateway.sandbox.gemini.simulator import GoogleSimulator

__all__ = ["GoogleSimulator"]
