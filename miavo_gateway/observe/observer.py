"""Told by the flow how its requests begin and end; counts them and passes the news on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from miavo_gateway.observe.access_line import current_line
from miavo_gateway.observe.counts import Counts
from miavo_gateway.observe.happenings import Happenings

if TYPE_CHECKING:
    from miavo_gateway.catalogue import Model
    from miavo_gateway.errors import MiavoError
    from miavo_gateway.flow.key import Key

__all__ = ["Observer"]

_UNSET: dict[str, Any] = {
    "id": None,
    "status": None,
    "error_code": None,
    "finish_reason": None,
    "duration_us": None,
    "first_token_us": None,
    "uncached_input": 0,
    "cache_read": 0,
    "cache_write": 0,
    "output": 0,
    "reasoning": 0,
    "audio_input": 0,
    "audio_output": 0,
    "characters": 0,
    "images": 0,
    "milliseconds": 0,
    "cost_nano": None,
    "answered_by": None,
    "simulated": False,
}
"""The columns that a row may not set, as the table fills them."""


@dataclass(frozen=True, slots=True)
class Observer:
    """Nothing here awaits, reads a clock or fails a request. Rows are as the usage table's."""

    counts: Counts = field(default_factory=Counts)
    happenings: Happenings = field(default_factory=Happenings)

    def started(self, row: Mapping[str, Any]) -> None:
        """A request was let through; its row is durable."""
        _note(row["key_id"], row["slug"])
        if self.happenings:
            self.happenings.tell("request.started", {**_UNSET, **row})

    def first_token(self, request_id: str, slug: str, first_token_us: int) -> None:
        """The first token of a reply has come."""
        self.happenings.tell(
            "request.first_token",
            {
                "request_id": request_id,
                "slug": slug,
                "first_token_ms": first_token_us / 1_000,
            },
        )

    def simulated(self) -> None:
        """The sandbox answers the request that the running task serves."""
        if (line := current_line()) is not None:
            line.simulated = True

    def ended(self, row: Mapping[str, Any]) -> None:
        """A request has ended; its row is durable."""
        row = {**_UNSET, **row}
        self.counts.add_row(row)
        self.happenings.tell("request.ended", row)
        _note(row["key_id"], row["slug"])
        if (line := current_line()) is not None:
            line.state = row["state"]
            line.error_code = row["error_code"]
            line.prompt_tokens = (
                row["uncached_input"] + row["cache_read"] + row["cache_write"] + row["audio_input"]
            )
            line.output_tokens = row["output"] + row["audio_output"]
            line.cost_nano = row["cost_nano"]

    def refused(self, key: Key, model: Model, error: MiavoError) -> None:
        """A request was refused for its key: allow-list, window, credit or budget; no row."""
        self.counts.add_refusal(model.slug, model.provider, error.status)
        _note(key.id, model.slug)
        if (line := current_line()) is not None:
            line.state = "refused"
            line.error_code = error.code


def _note(key_id: str, slug: str) -> None:
    if (line := current_line()) is not None:
        line.key_id = key_id
        line.slug = slug
