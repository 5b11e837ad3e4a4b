"""The keys of the Pool screen, the most useful first: that is how the hints show them."""

from __future__ import annotations

from textual.binding import Binding, BindingType

__all__ = ["BINDINGS", "CHANGES"]

CHANGES = frozenset({"add", "sandbox", "edit", "switch", "remove", "test"})
"""A test counts: it calls the provider, and a credential that passes is used again."""

BINDINGS: list[BindingType] = [
    Binding("a", "add", "add", id="pool.add", tooltip="Add a credential: a provider's API key"),
    Binding("t", "test", "test", id="pool.test", tooltip="Try it with the cheapest call there is"),
    Binding("enter,e", "edit", "edit", id="pool.edit", tooltip="Change label, weight, address"),
    Binding("d", "switch", "disable", id="pool.toggle", tooltip="Use it no more, or use it again"),
    Binding(
        "s",
        "sandbox",
        "sandbox",
        id="pool.sandbox",
        tooltip="Simulate the provider, or end that",
    ),
    Binding("x,delete", "remove", "remove", id="pool.remove", tooltip="Remove it and its secret"),
]
