"""What an adapter makes and reads: a request on the wire, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["ProviderError", "WireRequest"]


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A request as it goes to a provider. Its headers carry the secret: never log one."""

    method: str
    path: str
    """Appended to the base URL."""
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        """The repr without headers and body."""
        return f"WireRequest({self.method} {self.path})"


@dataclass(frozen=True, slots=True)
class ProviderError:
    """An error in a provider's own words."""

    code: str
    """Its code or type; empty if it has none."""
    message: str
