"""Engines that forward to another program's server on this machine: Ollama, llama.cpp and such."""

from __future__ import annotations

from miavo_gateway.local.servers.engine import LocalServer, server_engines

__all__ = ["LocalServer", "server_engines"]
