"""Code examples, fetched once a model and kept while the catalogue stays the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from miavo_tui.gateway_errors import GatewayRefused, GatewayUnreachable
from miavo_tui.records import Examples

if TYPE_CHECKING:
    from miavo_tui.client import GatewayClient

__all__ = ["ExampleShelf", "ExamplesMissing"]


class ExamplesMissing(Exception):
    """There is no code to show.

    Attributes:
        message: why, in one sentence for a person.
        lost: whether the gateway, known before, did not answer.
    """

    def __init__(self, message: str, *, lost: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.lost = lost


class ExampleShelf:
    """The examples fetched so far."""

    def __init__(self) -> None:
        self._kept: dict[str, Examples] = {}

    def clear(self) -> None:
        """Forgets all: another gateway has another address."""
        self._kept.clear()

    def kept(self, slug: str) -> Examples | None:
        """What is here already."""
        return self._kept.get(slug)

    async def fetch(self, client: GatewayClient | None, slug: str) -> Examples:
        """The model's examples, from the gateway where they are not here yet.

        Raises:
            ExamplesMissing: the gateway does not answer, or has none for the slug.
        """
        if slug not in self._kept:
            if client is None:
                raise ExamplesMissing("The code appears once the gateway answers.")
            try:
                self._kept[slug] = await client.catalogue.examples(slug)
            except GatewayUnreachable:
                raise ExamplesMissing(
                    "The code appears once the gateway answers again.", lost=True
                ) from None
            except GatewayRefused as refused:
                raise ExamplesMissing(refused.message) from None
        return self._kept[slug]
