"""The menus of the Usage screen: the time, and what to filter by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from miavo_tui.client import GatewayRefused, GatewayUnreachable
from miavo_tui.plain_text import printable_line
from miavo_tui.requests.filter_text import with_values
from miavo_tui.requests.ranges import RANGES, TimeRange
from miavo_tui.requests.states import STATES
from miavo_tui.screens.choice_menu import Choice, ChoiceMenu
from miavo_tui.usage_query import UsageQuery

if TYPE_CHECKING:
    from miavo_tui.screens.usage import UsageScreen

__all__ = ["field_menu", "range_menu"]

_FIELDS = {"model": "model", "key": "key", "provider": "provider", "state": "state"}
"""The names of fields in the filter, and how the gateway groups by them."""


def range_menu(now: TimeRange, on_change: Callable[[str], None]) -> ChoiceMenu:
    """One of the times."""

    def changed(values: frozenset[str]) -> None:
        on_change(next(iter(values)))

    choices = [Choice(each.name, each.name, "") for each in RANGES]
    return ChoiceMenu("Time", choices, frozenset({now.name}), changed, several=False)


def field_menu(screen: UsageScreen) -> ChoiceMenu:
    """One field; its values follow in a menu of their own."""
    given = screen.filter
    choices = [Choice(name, name, f"{len(given.values.get(name, ())) or ''}") for name in _FIELDS]

    def changed(values: frozenset[str]) -> None:
        name = next(iter(values))
        screen.run_worker(_values(screen, name), group="menu", exclusive=True)

    return ChoiceMenu("Filter by", choices, frozenset(), changed, several=False)


async def _values(screen: UsageScreen, name: str) -> None:
    client = screen.app.client
    if client is None:
        return
    try:
        query = UsageQuery(since=screen.time_range.since())
        groups = await client.usage.totals(query, by=_FIELDS[name], ranked=False)
    except (GatewayRefused, GatewayUnreachable) as problem:
        screen.notify(f"{problem}", title="The choices did not come", severity="warning")
        return
    found = {printable_line(each.name or each.group or ""): f"{each.requests:,}" for each in groups}
    screen.app.push_screen(_value_menu(screen, name, list(found.items())))


def _value_menu(screen: UsageScreen, name: str, values: Sequence[tuple[str, str]]) -> ChoiceMenu:
    chosen = frozenset(screen.filter.values.get(name, ()))
    counts = dict(values)
    named = [value for value, _ in values]
    # What is filtered by and has no requests can be ticked off all the same.
    named += [value for value in chosen if value not in counts]
    choices = [Choice(value, _title(name, value), counts.get(value, "0")) for value in named]

    def changed(values: frozenset[str]) -> None:
        screen.set_filter(
            with_values(screen.filter, name, [value for value in named if value in values])
        )

    return ChoiceMenu(name.capitalize(), choices, chosen, changed, several=True)


def _title(name: str, value: str) -> str:
    if name == "state" and value in STATES:
        look = STATES[value]
        return f"{look.symbol} {value}"
    return value
