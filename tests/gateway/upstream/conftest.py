"""What several tests of the package need."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from miavo_gateway.upstream.transport import Transport


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    transport = Transport()
    yield transport
    await transport.close()
