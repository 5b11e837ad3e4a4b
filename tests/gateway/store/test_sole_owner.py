"""A database has one gateway: a second is told so, and the next gets it."""

from __future__ import annotations

import pytest

from miavo_gateway.errors import ConfigurationError
from miavo_gateway.store import sole_owner as module
from miavo_gateway.store.database import open_database
from miavo_gateway.store.sole_owner import sole_owner


async def test_a_second_owner_is_refused_while_the_first_lives(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAUSE_SECONDS", 0.01)
    one, other = await open_database(postgres_url), await open_database(postgres_url)
    try:
        async with sole_owner(one):
            with pytest.raises(ConfigurationError, match="another gateway"):
                async with sole_owner(other):
                    pass
        async with sole_owner(other):
            pass
    finally:
        await one.dispose()
        await other.dispose()
