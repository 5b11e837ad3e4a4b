"""Keys as texts name them: the ones that the person has set.

A text names a key by the id of its binding, as in `<chat.again> tries again`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import REPLACED_KEYS, key_to_character
from textual.screen import Screen

if TYPE_CHECKING:
    from miavo_tui.keyed_app import KeyedApp

__all__ = ["binding_named", "character_of", "key_named", "with_keys"]

_NAME = re.compile(r"<([a-z]+(?:-[a-z]+)*\.[a-z-]+)>")


def binding_named(app: KeyedApp, name: str, near: DOMNode) -> tuple[DOMNode, Binding] | None:
    """The binding of an id with its first key, and whose it is; None where there is none.

    The nearest is taken: that of the node, of what it is in, of a screen beneath, of the app, else
    of anything on the node's screen. Of several keys a digit comes first, as a tab shows it; where
    digits and letters are text, a key that is none.
    """
    typed = getattr(_screen_of(near), "TYPES", False)
    for place in _places(app, near):
        if all(each.id != name for _, each in place._bindings):
            continue
        bindings = place._bindings.copy()
        bindings.apply_keymap(app._keymap)
        found = [each for _, each in bindings if each.id == name]
        if typed:
            found.sort(key=lambda each: (character_of(each.key) or "\0").isprintable())
        else:
            found.sort(key=lambda each: not each.key.isdigit())
        if found:
            return place, found[0]
    return None


def key_named(app: KeyedApp, name: str, near: DOMNode) -> str:
    """The key of a binding as it is shown; its id where the binding has lost its keys."""
    found = binding_named(app, name, near)
    return name if found is None else app.get_key_display(found[1])


def with_keys(app: KeyedApp, text: str, near: DOMNode) -> str:
    """The text, with keys in place of the ids of their bindings."""
    return _NAME.sub(lambda each: key_named(app, each[1], near), text)


def character_of(key: str) -> str | None:
    """What a key types, `minus` and `slash` included; None if it types nothing."""
    return key_to_character(REPLACED_KEYS.get(key, key))


def _screen_of(node: DOMNode) -> Screen[object] | None:
    return next((each for each in node.ancestors_with_self if isinstance(each, Screen)), None)


def _places(app: KeyedApp, near: DOMNode) -> Iterator[DOMNode]:
    yield from (each for each in near.ancestors_with_self if each is not app)
    yield from reversed(app.screen_stack)
    yield app
    screen = _screen_of(near)
    if screen is not None:
        yield from screen.query("*")
