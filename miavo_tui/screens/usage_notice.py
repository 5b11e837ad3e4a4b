"""What stands in place of an empty list of requests: why it is empty, and how to go on."""

from __future__ import annotations

from miavo_tui.requests.ranges import ANY_TIME, TimeRange
from miavo_tui.widgets.empty_state import EmptyState

__all__ = ["show_why_nothing"]


def show_why_nothing(
    notice: EmptyState, *, trouble: str, typed: str, time_range: TimeRange
) -> None:
    """Says why there is no request to show.

    Args:
        notice: where to say it.
        trouble: why they could not be read; empty if they could.
        typed: the filter.
        time_range: the time that is looked at.
    """
    if trouble:
        notice.show(
            "The requests cannot be read.",
            trouble,
            ("usage.reload", "asks again"),
            ("app.gateway", "shows the gateway's log"),
        )
    elif typed or time_range is not ANY_TIME:
        notice.show(
            "No request passes the filter.",
            f"{typed or 'Everything'}, {time_range.name}.",
            ("usage.clear", "drops the filter and the time"),
            ("usage.range", "changes the time"),
            ("usage.filter", "changes the filter"),
        )
    else:
        notice.show(
            "No requests yet.",
            "They appear here as they are made: by Chat, or by programs with a key.",
            ("app.chat", "chats with a model"),
            ("app.gateway", "shows how a program is set up"),
        )
