"""Which usage rows a query asks for: the same words for pages, their number, totals and spans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quart import request

from miavo_gateway.api.access import the_gateway
from miavo_gateway.api.admin.accounts import account_asked_for
from miavo_gateway.api.admin.paging import time_asked_for
from miavo_gateway.errors import InvalidRequest

if TYPE_CHECKING:
    from miavo_gateway.flow.usage_filter import Searched, UsageFilter
    from miavo_gateway.gateway import Books

__all__ = ["keys_named_like", "rows_asked_for", "searched_text", "several"]

_ERRORS = "errors"
"""The state that stands for all in which a request went wrong."""
_LONGEST_TEXT = 200
_MOST_VALUES = 200

_STATUSES = range(100, 600)


def rows_asked_for(
    books: Books, *, since: int | None = None, until: int | None = None
) -> UsageFilter:
    """The filter in the query of the current request.

    Args:
        books: know accounts and keys.
        since: in place of the query's, which is not read then; Unix microseconds.
        until: likewise.

    Raises:
        InvalidRequest: a parameter is wrong; it is named.
    """
    from miavo_gateway.flow.usage_filter import UsageFilter

    since, until = time_asked_for(since, until)
    return UsageFilter(
        since=since,
        until=until,
        key_id=several("key_id"),
        slug=several("slug"),
        provider=several("provider"),
        state=_states(),
        status=_statuses(),
        account_id=account_asked_for(books),
        searched=_searched(books),
    )


def several(name: str) -> tuple[str, ...] | None:
    """The values of a parameter that may be given more than once; None if it is not given.

    Raises:
        InvalidRequest: too many.
    """
    given = tuple(dict.fromkeys(request.args.getlist(name)))
    if len(given) > _MOST_VALUES:
        raise InvalidRequest(f"'{name}': at most {_MOST_VALUES} can be given.", param=name)
    return given or None


def _states() -> tuple[str, ...] | None:
    from miavo_gateway.flow.usage_filter import ERROR_STATES
    from miavo_gateway.store.tables import UsageState

    given = several("state")
    if given is None:
        return None
    states = [*UsageState, _ERRORS]
    if not set(given) <= set(states):
        raise InvalidRequest(f"'state': must be one of {', '.join(states)}.", param="state")
    meant = [state for state in given if state != _ERRORS]
    meant += [state.value for state in ERROR_STATES] if _ERRORS in given else []
    return tuple(dict.fromkeys(meant))


def _statuses() -> tuple[int, ...] | None:
    given = several("status")
    if given is None:
        return None
    if not all(each.isascii() and each.isdigit() and len(each) == 3 for each in given):
        raise InvalidRequest("'status': must be an HTTP status such as 429.", param="status")
    statuses = tuple(int(each) for each in given)
    if not all(each in _STATUSES for each in statuses):
        raise InvalidRequest("'status': must be from 100 to 599.", param="status")
    return statuses


def searched_text() -> str | None:
    """`text`, in lower case; None if there is none.

    Raises:
        InvalidRequest: it is too long.
    """
    text = request.args.get("text", "").strip().lower()
    if len(text) > _LONGEST_TEXT:
        raise InvalidRequest(f"'text': must have at most {_LONGEST_TEXT} characters.", param="text")
    return text or None


def keys_named_like(books: Books, text: str) -> tuple[str, ...]:
    """The ids of the keys whose name has a text, which is in lower case."""
    return tuple(key.id for key in books.keys.all() if text in key.name.lower())


def _searched(books: Books) -> Searched | None:
    from miavo_gateway.flow.usage_filter import Searched

    text = searched_text()
    if text is None:
        return None
    return Searched(
        text,
        key_ids=keys_named_like(books, text),
        slugs=tuple(
            model.slug
            for model in the_gateway().catalogue.models
            if text in model.slug.lower() or text in model.name.lower()
        ),
    )
