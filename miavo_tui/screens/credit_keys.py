"""The keys of the Credit screen, the most useful first: that is how the hints show them."""

from __future__ import annotations

from textual.binding import Binding, BindingType

__all__ = ["BINDINGS"]

BINDINGS: list[BindingType] = [
    Binding("escape", "back", "back", id="credit.back", tooltip="From the plots, or from a filter"),
    Binding(
        "n,plus",
        "add",
        "add credit",
        id="credit.add",
        tooltip="Add credit: what this gateway may spend",
    ),
    Binding(
        "minus",
        "adjust",
        "adjust",
        key_display="-",
        id="credit.adjust",
        tooltip="Correct the balance, up or down, with a reason",
    ),
    Binding("enter", "detail", "entry", id="credit.detail", tooltip="Everything about the entry"),
    Binding(
        "space,p",
        "toggle_plots",
        "plots",
        key_display="space",
        id="credit.plots",
        tooltip="In a narrow terminal: spend by day, model and key",
    ),
    Binding("f", "kinds(1)", "kinds", id="credit.kinds", tooltip="List other kinds of entries"),
    Binding(
        "slash",
        "filter",
        "filter",
        key_display="/",
        id="credit.filter",
        priority=True,  # before the next key is looked at
        tooltip="Filter: since:2h until:2026-01-31, or words of notes, key names, request ids",
    ),
    Binding("t", "range", "time", id="credit.range", tooltip="The time that is looked at"),
    Binding(
        "o",
        "one_key",
        "this key only",
        id="credit.one-key",
        tooltip="Only the entries of the key under the cursor, or of all",
    ),
    Binding(
        "a", "account", "account", id="credit.account", tooltip="Choose an account, or make one"
    ),
    Binding("x", "clear", "clear", id="credit.clear", tooltip="Drop the filter and the time"),
    Binding(
        "F",
        "kinds(-1)",
        "kinds before",
        id="credit.kinds-before",
        tooltip="The kinds before",
        show=False,
    ),
    Binding(
        "d",
        "span",
        "days",
        id="credit.span",
        tooltip="Plots over 30 days, 90 days or 7 days",
    ),
]
