"""The wire models of a gateway's health."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

__all__ = [
    "DatabaseHealth",
    "HealthView",
    "LivenessView",
    "MemoryHealth",
    "ProviderHealth",
    "WriterHealth",
]


class LivenessView(BaseModel):
    """What `GET /healthz` tells anybody."""

    status: Literal["ok", "starting"]
    version: str
    instance: str
    """Random for each start."""


class DatabaseHealth(BaseModel):
    """Whether the database answers."""

    kind: str
    """`sqlite` or `postgresql`."""
    reachable: bool
    latency_ms: float | None
    """How long the smallest query took just now; null if it failed."""
    problem: str | None


class WriterHealth(BaseModel):
    """The one writer."""

    waiting: int
    """Writes that wait for the next transaction."""


class ProviderHealth(BaseModel):
    """Whether a provider's models can be called now."""

    id: str
    name: str
    reachable: bool
    """Whether one of its models can be."""
    problem: str | None
    """Why the first of those that cannot be called cannot; null if all can be."""
    models: int
    models_reachable: int
    credentials: int
    credentials_usable: int


class MemoryHealth(BaseModel):
    """The memory of the process, the app's share included where the gateway runs inside it."""

    resident_bytes: int


class HealthView(BaseModel):
    """How a gateway does."""

    status: Literal["ok", "starting", "degraded"]
    """`degraded`: the database does not answer."""
    version: str
    instance: str
    started_at: str
    uptime_seconds: float
    requests_in_flight: int
    database: DatabaseHealth
    writer: WriterHealth
    providers: list[ProviderHealth]
    memory: MemoryHealth
