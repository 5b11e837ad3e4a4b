"""The keys of the Usage screen, the most useful first: that is how the hints show them."""

from __future__ import annotations

from textual.binding import Binding, BindingType

__all__ = ["BINDINGS"]

BINDINGS: list[BindingType] = [
    Binding("enter", "open", "details", id="usage.open", tooltip="Everything known of the request"),
    Binding(
        "slash",
        "filter",
        "filter",
        key_display="/",
        id="usage.filter",
        priority=True,  # before the next key is looked at
        tooltip="Filter: model:gpt state:errors since:2h, or any words",
    ),
    Binding("f", "filter_by", "filter by", id="usage.filter-by", tooltip="Pick what to filter by"),
    Binding("space", "pause", "pause", id="usage.pause", tooltip="Hold the list still, or go on"),
    Binding(
        "v", "toggle_charts", "charts", id="usage.charts", tooltip="Charts instead of the list"
    ),
    Binding("t", "range", "time", id="usage.range", tooltip="The time that is looked at"),
    Binding(
        "e", "errors", "errors", id="usage.errors", tooltip="Only requests that went wrong, or all"
    ),
    Binding("s", "export", "export", id="usage.export", tooltip="Save the requests to a file"),
    Binding("x", "clear", "clear", id="usage.clear", tooltip="Drop the filter and the time"),
    Binding(
        "c", "copy_id", "copy id", id="usage.copy", tooltip="Copy the request's id", show=False
    ),
    Binding(
        "f5", "reload", "again", id="usage.reload", tooltip="Ask the gateway again", show=False
    ),
    Binding(
        "escape",
        "back",
        "back",
        id="usage.back",
        tooltip="From the charts to the list, from a filter to all",
        show=False,
    ),
]
