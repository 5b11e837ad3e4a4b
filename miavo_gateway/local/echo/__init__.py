"""`local-echo`: answers from the request alone, for testing clients."""

from __future__ import annotations

from miavo_gateway.local.echo.engine import EchoEngine

__all__ = ["EchoEngine"]
