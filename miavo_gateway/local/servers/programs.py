"""The programs whose servers are forwarded to, and where they usually listen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["PROGRAMS", "Program"]


@dataclass(frozen=True, slots=True)
class Program:
    """One program."""

    name: str
    base_url: str
    """Its usual address; the trait `base_url` of the model goes before it."""
    starts: str
    """How a person starts it."""
    gets_a_model: str
    """How a person gives it a model."""
    loaded_path: str | None = None
    """Where it tells which models are loaded, beside `/v1/models`, which lists all it has."""


PROGRAMS: Mapping[str, Program] = {
    "local-ollama": Program(
        name="Ollama",
        base_url="http://127.0.0.1:11434/v1",
        starts="Start it with 'ollama serve'",
        gets_a_model="Get one with 'ollama pull'",
        loaded_path="/api/ps",
    ),
    "local-llama-cpp": Program(
        name="llama.cpp",
        base_url="http://127.0.0.1:8080/v1",
        starts="Start it with 'llama-server -m MODEL.gguf'",
        gets_a_model="Start it with 'llama-server -m MODEL.gguf'",
    ),
    "local-vllm": Program(
        name="vLLM",
        base_url="http://127.0.0.1:8000/v1",
        starts="Start it with 'vllm serve MODEL'",
        gets_a_model="Start it with 'vllm serve MODEL'",
    ),
    "local-lm-studio": Program(
        name="LM Studio",
        base_url="http://127.0.0.1:1234/v1",
        starts="Start its server with 'lms server start'",
        gets_a_model="Get one with 'lms get'",
        loaded_path="/api/v0/models",
    ),
}
"""By the slug of the model that forwards to it."""
