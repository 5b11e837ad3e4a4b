"""The keys of the Keys screen, the most useful first: that is how the hints show them."""

from __future__ import annotations

from textual.binding import Binding, BindingType

__all__ = ["BINDINGS"]

BINDINGS: list[BindingType] = [
    Binding(
        "escape", "back", "back", id="keys.back", tooltip="From the details to the list, or to all"
    ),
    Binding(
        "u",
        "restore",
        "undo revoke",
        id="keys.restore",
        tooltip="Undo a revocation: within ten minutes the key works again",
    ),
    Binding("n", "create", "new", id="keys.create", tooltip="Make a key"),
    # Enter goes one step deeper: to the details where they are not in sight, then to the form.
    Binding(
        "enter",
        "show_detail",
        "details",
        id="keys.enter",
        tooltip="In a narrow terminal: the key's details",
    ),
    Binding("enter,e", "edit", "edit", id="keys.edit", tooltip="Change its name, limits and terms"),
    Binding(
        "v",
        "environment",
        "env lines",
        id="keys.environment",
        tooltip="The lines that point another program at this gateway",
    ),
    Binding("m", "models", "models", id="keys.models", tooltip="Pick the models it may call"),
    Binding(
        "o",
        "rotate",
        "rotate",
        id="keys.rotate",
        tooltip="Give it a new value; the old one is taken for a while more",
    ),
    Binding(
        "d,delete",
        "revoke",
        "revoke",
        id="keys.revoke",
        tooltip="Refuse it from now on; that can be undone for ten minutes",
    ),
    Binding(
        "slash",
        "search",
        "search",
        key_display="/",
        id="keys.search",
        priority=True,  # before the next key is looked at
        tooltip="Search names, ids and models as you type",
    ),
    Binding(
        "z",
        "toggle_gone",
        "revoked too",
        id="keys.gone",
        tooltip="List revoked and expired keys too, or not",
    ),
    Binding(
        "i",
        "requests",
        "its requests",
        id="keys.requests",
        tooltip="Show the key's requests in Usage",
        show=False,
    ),
    Binding("a", "account", "account", id="keys.account", tooltip="Show the keys of one account"),
    Binding("s", "sort", "sort", id="keys.sort", tooltip="The next order", show=False),
    Binding("S", "reverse", "reverse", id="keys.reverse", tooltip="Turn it round", show=False),
    Binding("y", "copy_id", "copy id", id="keys.copy-id", tooltip="Copy the key's id", show=False),
    Binding(
        "space",
        "toggle_detail",
        "details",
        id="keys.detail",
        tooltip="In a narrow terminal: the details and back",
        show=False,
    ),
]
