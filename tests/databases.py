"""Reading a test's database past the gateway, whichever kind it is."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine


async def read(url: str, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query over a connection of its own, as another process would see them."""
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(query))]
    finally:
        await engine.dispose()


def read_now(url: str, query: str) -> list[tuple[Any, ...]]:
    """As `read`, where no loop runs."""
    return asyncio.run(read(url, query))
