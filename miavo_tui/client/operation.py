"""The admin API: how the gateway runs. Its pulse, health, log, settings and live events."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping

from miavo_tui.client.connection import Connection, query_of, read_answer, read_rows
from miavo_tui.operation_records import LogPage, ProviderStanding, Pulse, Settings
from miavo_tui.sse import Event

__all__ = ["Operation"]


class Operation:
    """The running gateway."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def pulse(self) -> Pulse:
        """What it does at this moment; cheap for it to tell."""
        return read_answer(Pulse.from_json, await self._connection.admin("GET", "pulse"))

    async def providers(self) -> tuple[ProviderStanding, ...]:
        """Every provider, and whether its models can be called now."""
        answer = await self._connection.admin("GET", "health")
        return read_rows(ProviderStanding.from_json, answer, "providers")

    async def log(self, *, level: str, limit: int, before: str | None = None) -> LogPage:
        """A page of its log, newest first: lines of a level and above, ahead of a place."""
        path = f"logs{query_of(level=level, limit=limit, before=before)}"
        return read_answer(LogPage.from_json, await self._connection.admin("GET", path))

    def log_events(self, *, level: str, after: str | None) -> AsyncGenerator[Event, None]:
        """Its log as it is written, from a place that a page told; events named `line`."""
        return self._connection.admin_events(f"logs/live{query_of(level=level, after=after)}")

    def events(self) -> AsyncGenerator[Event, None]:
        """What happens: requests, credit, keys and credentials."""
        return self._connection.admin_events("events")

    async def settings(self) -> Settings:
        """Every setting in force."""
        return read_answer(Settings.from_json, await self._connection.admin("GET", "settings"))

    async def change_settings(self, changes: Mapping[str, object]) -> Settings:
        """Changes settings of the running gateway; None goes back to the default."""
        answer = await self._connection.admin("PATCH", "settings", dict(changes))
        return read_answer(Settings.from_json, answer)
