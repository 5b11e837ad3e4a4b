"""Asking the database whether it is there."""

from __future__ import annotations

import asyncio
import time

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

__all__ = ["ping"]


async def ping(engine: AsyncEngine, *, seconds: float) -> float | None:
    """How many seconds the smallest query takes; None if it fails or takes more than `seconds`."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(seconds), engine.connect() as connection:
            await connection.execute(select(1))
    # OSError: what asyncpg fails to connect with, which SQLAlchemy does not wrap; a timeout too.
    except (SQLAlchemyError, OSError):
        return None
    return time.perf_counter() - began
