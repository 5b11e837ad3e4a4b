"""The Miavo gateway: one OpenAI-compatible door to every model in the catalogue."""

__version__ = "0.1.0"
