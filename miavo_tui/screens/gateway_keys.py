"""The keys of the Gateway screen, the most useful first: that is how the hints show them."""

from __future__ import annotations

from textual.binding import Binding, BindingType

__all__ = ["BINDINGS", "CHANGES"]

CHANGES = frozenset({"change", "default", "make_key"})

BINDINGS: list[BindingType] = [
    Binding("l", "part('logs')", "logs", id="gateway.logs", tooltip="The gateway's log, live"),
    Binding(
        "o", "part('settings')", "settings", id="gateway.settings", tooltip="What is set, and where"
    ),
    Binding(
        "u",
        "part('setup')",
        "set-up",
        id="gateway.setup",
        tooltip="How other programs are pointed at this gateway",
    ),
    Binding("enter", "open", "details", id="gateway.open", tooltip="The whole line of the log"),
    Binding("v", "next_level", "level", id="gateway.level", tooltip="Another level of the log"),
    Binding(
        "enter,e", "change", "change", id="gateway.change", tooltip="Change the setting, at once"
    ),
    Binding(
        "x", "default", "default", id="gateway.default", tooltip="Back to the setting's default"
    ),
    Binding("c,enter", "copy_setup", "copy", id="gateway.copy", tooltip="Copy what is shown"),
    Binding(
        "n",
        "make_key",
        "new key",
        id="gateway.key",
        tooltip="Make a key for this program, shown in its set-up once",
    ),
    Binding("m", "next_model", "model", id="gateway.model", tooltip="Another model in the set-up"),
    Binding("y", "copy_address", "copy address", id="gateway.address", tooltip="The base URL"),
]
