"""Name resolution that gives out public addresses only.

aiohttp connects to the very addresses that its resolver gives and asks no second time, so that a
name cannot be public when it is checked and private when it is connected to.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from aiohttp.abc import AbstractResolver, ResolveResult

__all__ = ["CheckedResolver", "NotPublic"]


class NotPublic(Exception):
    """A host that is not on the public internet. Not an `OSError`: it is not tried around."""


class CheckedResolver(AbstractResolver):
    """Passes on another resolver's answers if every one of them is allowed."""

    def __init__(self, resolver: AbstractResolver, allows: Callable[[str], bool]) -> None:
        """A resolver that checks.

        Args:
            resolver: finds the addresses.
            allows: whether an address, in numbers, may be connected to.
        """
        self._resolver = resolver
        self._allows = allows

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a host.

        Raises:
            NotPublic: one is not allowed; a name with both kinds is up to no good.
            OSError: it has none.
        """
        found = await self._resolver.resolve(host, port, family)
        if not all(self._allows(each["host"]) for each in found):
            raise NotPublic
        return found

    async def close(self) -> None:
        """Close the other resolver."""
        await self._resolver.close()
