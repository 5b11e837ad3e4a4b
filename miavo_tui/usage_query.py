"""Which requests are looked at: as the API takes it, and as rows that come live are sorted out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from miavo_tui.usage_records import UsageRow

__all__ = ["ERROR_STATES", "EVERYTHING", "UsageQuery"]

ERROR_STATES = frozenset({"failed", "truncated", "interrupted"})
"""How a request ends that went wrong."""


@dataclass(frozen=True, slots=True)
class UsageQuery:
    """A filter. Nothing said is any; of several values, one has to be met."""

    key_ids: tuple[str, ...] = ()
    slugs: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    """States of rows, or `errors` for all in which something went wrong."""
    statuses: tuple[int, ...] = ()
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    """Not included."""

    def parameters(self) -> list[tuple[str, str]]:
        """As the query string of the admin API has it."""
        several = {
            "key_id": self.key_ids,
            "slug": self.slugs,
            "provider": self.providers,
            "state": self.states,
            "status": self.statuses,
        }
        given = [(name, str(value)) for name, values in several.items() for value in values]
        given += [("text", self.text)] if self.text else []
        given += [("since", self.since.isoformat())] if self.since else []
        given += [("until", self.until.isoformat())] if self.until else []
        return given

    def passes(self, row: UsageRow) -> bool:
        """Whether a row that came live is among those asked for."""
        wanted = set(self.states)
        if "errors" in wanted:
            wanted |= ERROR_STATES
        return (
            (not self.key_ids or row.key_id in self.key_ids)
            and (not self.slugs or row.slug in self.slugs)
            and (not self.providers or row.provider in self.providers)
            and (not wanted or row.state in wanted)
            and (not self.statuses or row.status in self.statuses)
            and (self.since is None or row.started_at >= self.since)
            and (self.until is None or row.started_at < self.until)
            and (not self.text or self.text.lower() in _searched(row))
        )


EVERYTHING = UsageQuery()


def _searched(row: UsageRow) -> str:
    parts = (
        *(row.request_id, row.slug, row.provider, row.answered_by, row.key_name),
        *(row.state, row.error_code, row.endpoint),
    )
    return "\n".join(part for part in parts if part).lower()
