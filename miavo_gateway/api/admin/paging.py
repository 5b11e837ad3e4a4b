"""Numbers and times in a query string."""

from __future__ import annotations

from datetime import datetime

from quart import request

from miavo_gateway.errors import InvalidRequest

__all__ = ["after_row", "before_row", "moment", "page_limit", "time_asked_for"]

_DEFAULT_ROWS = 50
_MOST_ROWS = 500
_GREATEST = 2**63 - 1  # what a row's number can be in every database
_MOST_DIGITS = 19


def page_limit() -> int:
    """`limit`: how many rows a page has.

    Raises:
        InvalidRequest: no whole number from 1 to 500.
    """
    limit = _whole_number("limit")
    if limit is not None and limit > _MOST_ROWS:
        raise InvalidRequest(f"'limit': must be at most {_MOST_ROWS}.", param="limit")
    return _DEFAULT_ROWS if limit is None else limit


def before_row() -> int | None:
    """`before`: the row that the page begins behind.

    Raises:
        InvalidRequest: no whole number from 1 to the greatest that a row can have.
    """
    return _whole_number("before")


def after_row() -> int | None:
    """`after`: the row that the page ends before; 0 is before the oldest.

    Raises:
        InvalidRequest: no whole number from 0, or the page has a `before` as well.
    """
    if request.args.get("after") == "0":
        after: int | None = 0
    else:
        after = _whole_number("after")
    if after is not None and "before" in request.args:
        raise InvalidRequest("'after': cannot be given together with 'before'.", param="after")
    return after


def moment(name: str) -> int | None:
    """A time as ISO 8601 with its offset; Unix microseconds.

    Raises:
        InvalidRequest: no such time.
    """
    given = request.args.get(name)
    if given is None:
        return None
    try:
        # A space is what becomes of an unescaped plus.
        at = datetime.fromisoformat(given.replace(" ", "+"))
        if at.tzinfo is None:
            raise ValueError
        return round(at.timestamp() * 1_000_000)
    except (ValueError, OverflowError):
        raise InvalidRequest(
            f"'{name}': must be a time such as 2026-01-31T12:00:00Z.", param=name
        ) from None


def time_asked_for(
    since: int | None = None, until: int | None = None
) -> tuple[int | None, int | None]:
    """`since` and `until`, which is not included; None where it is not said. Unix microseconds.

    Args:
        since: in place of the query's, which is not read then.
        until: likewise.

    Raises:
        InvalidRequest: one is no time, or lies before 1970, or they are the wrong way round.
    """
    since = moment("since") if since is None else since
    until = moment("until") if until is None else until
    for name, value in (("since", since), ("until", until)):
        if value is not None and value < 0:
            raise InvalidRequest(f"'{name}': must not be before 1970.", param=name)
    if since is not None and until is not None and since >= until:
        raise InvalidRequest("'since': must be before 'until'.", param="since")
    return since, until


def _whole_number(name: str) -> int | None:
    given = request.args.get(name)
    if given is None:
        return None
    # Cut before it is read: reading digits without end takes time without end.
    number = int(given[:_MOST_DIGITS]) if given.isascii() and given.isdigit() else 0
    if not 1 <= number <= _GREATEST or len(given) > _MOST_DIGITS:
        raise InvalidRequest(f"'{name}': must be a whole number from 1 to {_GREATEST}.", param=name)
    return number
