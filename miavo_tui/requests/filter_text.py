"""What is typed into the filter of requests, read: `model:gpt state:errors since:2h words`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from miavo_tui.requests.states import STATES
from miavo_tui.span_text import read_span
from miavo_tui.usage_query import UsageQuery

__all__ = [
    "FIELDS",
    "TIME_FIELDS",
    "FilterFault",
    "FilterText",
    "query_from",
    "read_filter",
    "times_from",
    "with_values",
]

TIME_FIELDS = ("since", "until")
"""What says between which times."""
FIELDS = ("model", "key", "provider", "state", "status", *TIME_FIELDS)
"""What can stand before a colon."""

_QUOTES = "\"'\\"
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")
_STATE_NAMES = (*(name for name in STATES if name not in ("waiting", "streaming")), "open")


class FilterFault(ValueError):
    """The filter cannot be read, or names what is not there; the message says what to type."""


@dataclass(frozen=True, slots=True)
class FilterText:
    """The filter in its parts; values as they were typed."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By the names of `FIELDS`."""
    text: str = ""
    """The other words."""

    def __str__(self) -> str:
        """As it is typed."""
        parts = [
            f"{name}:{_quoted(value)}" for name in FIELDS for value in self.values.get(name, ())
        ]
        return " ".join([*parts, self.text] if self.text else parts)


def read_filter(typed: str, fields: Collection[str] = FIELDS) -> FilterText:
    """The parts of what was typed. A word with a colon that is no field's is a word.

    Args:
        typed: the filter.
        fields: those of `FIELDS` that there are.
    """
    values: dict[str, tuple[str, ...]] = {}
    words: list[str] = []
    for token in _tokens(typed):
        name, colon, value = token.partition(":")
        if colon and name.lower() in fields:
            if value:  # it is still being typed otherwise
                values[name.lower()] = (*values.get(name.lower(), ()), value)
        else:
            words.append(token)
    return FilterText(values, " ".join(words))


def with_values(given: FilterText, name: str, values: Iterable[str]) -> FilterText:
    """The filter with other values of one field."""
    others = {each: kept for each, kept in given.values.items() if each != name}
    chosen = tuple(values)
    return replace(given, values={**others, **({name: chosen} if chosen else {})})


def query_from(
    given: FilterText,
    *,
    keys: Mapping[str, Sequence[str]],
    models: Sequence[tuple[str, str]],
    now: datetime,
    chosen: datetime | None = None,
) -> UsageQuery:
    """The filter as the gateway takes it.

    Args:
        given: what was typed.
        keys: the ids of keys by their names.
        models: slugs with the ids of their providers.
        now: the time here, with its zone.
        chosen: when the time begins that was chosen; a `since:` goes before it.

    Raises:
        FilterFault: a value names nothing that there is, or cannot be read.
    """
    values = given.values
    providers = sorted({provider for _, provider in models})
    since, until = times_from(given, now, chosen)
    return UsageQuery(
        key_ids=tuple(
            each for name in _matching("key", values.get("key", ()), keys) for each in keys[name]
        ),
        slugs=_matching("model", values.get("model", ()), [slug for slug, _ in models]),
        providers=_matching("provider", values.get("provider", ()), providers),
        states=_matching("state", values.get("state", ()), (*_STATE_NAMES, "errors")),
        statuses=tuple(_status(value) for value in values.get("status", ())),
        text=given.text[:200],
        since=since,
        until=until,
    )


def times_from(
    given: FilterText, now: datetime, chosen: datetime | None = None
) -> tuple[datetime | None, datetime | None]:
    """Since when and until when; None where nothing is said.

    Args:
        given: what was typed.
        now: the time here, with its zone.
        chosen: when the time begins that was chosen; a `since:` goes before it.

    Raises:
        FilterFault: a time cannot be read, or there is none between them.
    """
    since = _moment("since", given.values.get("since", ()), now)
    until = _moment("until", given.values.get("until", ()), now)
    if since and until and since >= until:
        raise FilterFault("since: has to be before until:")
    if chosen and until and not since and chosen >= until:
        raise FilterFault("until: lies before the time that is chosen")
    return since or chosen, until


def _tokens(typed: str) -> list[str]:
    for end in ("", '"', "'"):  # a quote may still be open
        try:
            return shlex.split(typed + end)
        except ValueError:
            continue
    return typed.split()


def _quoted(value: str) -> str:
    if not any(character.isspace() or character in _QUOTES for character in value):
        return value
    return shlex.quote(value) if set(value) & set(_QUOTES) else f'"{value}"'


def _matching(field: str, typed: Sequence[str], known: Iterable[str]) -> tuple[str, ...]:
    """The known names that are meant: the same, else those that have the text in them."""
    names = list(known)
    found: list[str] = []
    for value in typed:
        lower = value.lower()
        same = [name for name in names if name.lower() == lower]
        near = same or [name for name in names if lower in name.lower()]
        if not near:
            raise FilterFault(f"no {field} matches “{value}”")
        found += near
    return tuple(dict.fromkeys(found))


def _status(value: str) -> int:
    if not re.fullmatch(r"[1-5]\d\d", value):
        raise FilterFault("status: is a number such as 429")
    return int(value)


def _moment(field: str, typed: Sequence[str], now: datetime) -> datetime | None:
    if not typed:
        return None
    value = typed[-1]
    try:
        if (span := read_span(value)) is not None:
            return now - span
        if _CLOCK.fullmatch(value):
            at = datetime.strptime(value, "%H:%M:%S" if value.count(":") == 2 else "%H:%M")
            return now.replace(hour=at.hour, minute=at.minute, second=at.second, microsecond=0)
        when = datetime.fromisoformat(value)
    except (ValueError, OverflowError):
        raise FilterFault(f"{field}: is 2h, 3d, 14:30 or 2026-01-31") from None
    return when if when.tzinfo else when.replace(tzinfo=now.tzinfo)
