"""From what was typed and chosen to what the gateway is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from miavo_tui.requests.filter_text import FilterText, query_from
from miavo_tui.requests.ranges import TimeRange
from miavo_tui.usage_query import UsageQuery

if TYPE_CHECKING:
    from miavo_tui.client import GatewayClient
    from miavo_tui.model_card import ModelCard

__all__ = ["Asking"]


class Asking:
    """Knows keys by their names; asks for them when a filter names one."""

    def __init__(self) -> None:
        self._keys: dict[str, list[str]] = {}

    async def query(
        self,
        client: GatewayClient,
        given: FilterText,
        *,
        models: Sequence[ModelCard],
        time_range: TimeRange,
    ) -> UsageQuery:
        """The query that a filter and a time make.

        Args:
            client: whom to ask for keys.
            given: what was typed; a `since:` in it goes before the time that was chosen.
            models: those of the catalogue.
            time_range: the time that was chosen.

        Raises:
            FilterFault: the filter names what is not there, or cannot be read.
            GatewayRefused: the gateway does not tell of its keys.
            GatewayUnreachable: no gateway answers.
        """
        if given.values.get("key"):
            self._keys = {}
            for key in await client.keys.all():
                self._keys.setdefault(key.name, []).append(key.id)
        return query_from(
            given,
            keys=self._keys,
            models=[(model.slug, model.owned_by) for model in models],
            now=datetime.now().astimezone(),
            chosen=time_range.since(),
        )
