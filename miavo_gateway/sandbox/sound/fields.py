"""Checks of a body's fields, as strict as the providers'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from miavo_gateway.sandbox.openai_shaped.refusal import ProviderRefusal, unknown_field

__all__ = ["allow", "chosen", "number", "text"]


def allow(body: Mapping[str, Any], names: str, at: str = "") -> None:
    """Refuse fields that are not known."""
    known = set(names.split())
    for name in body:
        if name not in known:
            raise unknown_field(f"{at}{name}")


def text(body: Mapping[str, Any], name: str, most: int) -> str:
    """A text that has to be there."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ProviderRefusal(f"Missing required parameter: '{name}'.", param=name)
    if len(value) > most:
        raise ProviderRefusal(f"'{name}' is longer than {most} characters.", param=name)
    return value


def number(body: Mapping[str, Any], name: str, least: float, most: float, usual: float) -> float:
    """A number within bounds."""
    value = body.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise ProviderRefusal(f"'{name}' must be from {least:g} to {most:g}.", param=name)
    return float(value)


def chosen(body: Mapping[str, Any], name: str, among: str, usual: str) -> str:
    """One of several words."""
    value = body.get(name, usual)
    if value not in among.split():
        raise ProviderRefusal(f"'{name}' must be one of {among}.", param=name)
    return str(value)
