"""The admin API: catalogue."""

from __future__ import annotations

from urllib.parse import quote

from miavo_tui.client.connection import Connection, read_answer
from miavo_tui.json_fields import JsonObject
from miavo_tui.model_card import ModelCard, models_from_json
from miavo_tui.records import Examples

__all__ = ["CatalogueReader"]


class CatalogueReader:
    """The models."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def cards(self) -> tuple[ModelCard, ...]:
        """Every model, in the catalogue's order."""
        return self.read(await self.json())

    async def json(self) -> JsonObject:
        """The catalogue as it was sent, to be kept for the next start."""
        return await self._connection.admin("GET", "catalogue")

    @staticmethod
    def read(answer: JsonObject) -> tuple[ModelCard, ...]:
        """The models in an answer of `catalogue_json`."""
        return read_answer(models_from_json, answer)

    async def examples(self, slug: str) -> Examples:
        """Code that calls `slug` on this gateway."""
        path = f"catalogue/{quote(slug, safe='')}/examples"
        return read_answer(Examples.from_json, await self._connection.admin("GET", path))
