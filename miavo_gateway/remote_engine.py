"""The shape of an engine that answers chat requests for a model elsewhere."""

from __future__ import annotations

from typing import Literal, Protocol

from miavo_gateway.errors import NoUpstream
from miavo_gateway.local.engine import ChatEngine

__all__ = ["RemoteEngine"]


class RemoteEngine(ChatEngine, Protocol):
    """A model at a provider. What inherits from it says what stands in its way, no more."""

    @property
    def obstacle(self) -> NoUpstream | None:
        """Why no credential can be used now, and when one can; None if one can."""
        ...

    @property
    def state(self) -> Literal["unavailable", "cold", "loading", "ready"]:
        """Ready unless something stands in the way."""
        return "ready" if self.obstacle is None else "unavailable"

    @property
    def unavailable(self) -> str | None:
        """The obstacle's words; None if there is none."""
        obstacle = self.obstacle
        return obstacle.message if obstacle else None
