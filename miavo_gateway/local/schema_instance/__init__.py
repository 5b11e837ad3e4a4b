"""Making an instance of a JSON Schema: always the same one, and quickly or not at all."""

from __future__ import annotations

from miavo_gateway.local.schema_instance.make import make_instance
from miavo_gateway.local.schema_instance.node import NoInstance

__all__ = ["NoInstance", "make_instance"]
