"""`GET /admin/v1/health`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

from quart import Blueprint, Response

from miavo_gateway import __version__
from miavo_gateway.api.access import the_gateway
from miavo_gateway.api.wire import json_answer
from miavo_gateway.catalogue import Provider
from miavo_gateway.clock import iso, now_us
from miavo_gateway.errors import MiavoError
from miavo_gateway.observe.process import process_load
from miavo_gateway.schema.health import (
    DatabaseHealth,
    HealthView,
    MemoryHealth,
    ProviderHealth,
    WriterHealth,
)

if TYPE_CHECKING:
    from miavo_gateway.gateway import Books, Gateway
    from miavo_gateway.upstream.pool import CredentialHealth

__all__ = ["blueprint"]

blueprint = Blueprint("admin_health", __name__)

_PATIENCE = 2.0
_USABLE = frozenset({"ok", "half_open"})


@blueprint.get("/health")
async def show_health() -> Response:
    """How the gateway does; answered within seconds whatever its database does."""
    gateway = the_gateway()
    books, problem = await _books(gateway)
    database = await _database(gateway, books, problem)
    status: Literal["ok", "starting", "degraded"] = "ok"
    if books is None and problem is None:
        status = "starting"
    elif not database.reachable:
        status = "degraded"
    memory, _ = await asyncio.to_thread(process_load)
    return json_answer(
        HealthView(
            status=status,
            version=__version__,
            instance=gateway.instance,
            started_at=iso(gateway.started_at),
            uptime_seconds=round((now_us() - gateway.started_at) / 1_000_000, 3),
            requests_in_flight=len(gateway.live),
            database=database,
            writer=WriterHealth(waiting=books.writer.waiting if books else 0),
            providers=_providers(gateway, books.pool.snapshot() if books else ()),
            memory=MemoryHealth(resident_bytes=memory),
        )
    )


async def _books(gateway: Gateway) -> tuple[Books | None, str | None]:
    """The books; else why they could not be opened, or nothing while they are being opened."""
    try:
        return await asyncio.wait_for(gateway.books(), _PATIENCE), None
    except TimeoutError:
        return None, None
    except MiavoError as error:
        return None, error.message


async def _database(gateway: Gateway, books: Books | None, problem: str | None) -> DatabaseHealth:
    kind = gateway.settings.effective_database_url.partition(":")[0].partition("+")[0]
    latency = None
    if books is not None:
        from miavo_gateway.store.ping import ping

        latency = await ping(books.database, seconds=_PATIENCE)
        problem = None if latency is not None else "the database does not answer"
    elif problem is None:
        problem = "the database is being opened"
    return DatabaseHealth(
        kind="postgresql" if kind == "postgres" else kind,
        reachable=latency is not None,
        latency_ms=None if latency is None else round(latency * 1_000, 3),
        problem=problem,
    )


def _providers(gateway: Gateway, pool: tuple[CredentialHealth, ...]) -> list[ProviderHealth]:
    return [_provider(gateway, each, pool) for each in gateway.catalogue.providers]


def _provider(
    gateway: Gateway, provider: Provider, pool: tuple[CredentialHealth, ...]
) -> ProviderHealth:
    problems = [
        gateway.router.unreachable_reason(model)
        for model in gateway.catalogue.models
        if model.provider == provider.id
    ]
    own = [one for one in pool if one.provider == provider.id]
    reachable = problems.count(None)
    return ProviderHealth(
        id=provider.id,
        name=provider.name,
        reachable=reachable > 0,
        problem=next((each for each in problems if each is not None), None),
        models=len(problems),
        models_reachable=reachable,
        credentials=len(own),
        credentials_usable=sum(one.state.value in _USABLE for one in own),
    )
