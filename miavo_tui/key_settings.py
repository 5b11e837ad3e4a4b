"""The person's own keys: the table `[keys]` of `config.toml` in the home.

    [keys]
    "app.theme" = "f7"
    "catalogue.search" = ["slash", "ctrl+f"]

A binding is named by its id, as the help of each screen shows it. A key that cannot be is named
and passed over; the others hold.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from textual.dom import DOMNode
from textual.keys import KEY_ALIASES, Keys

__all__ = ["KeySettings", "keymap_faults", "read_keys"]

_MODIFIERS = frozenset({"alt", "ctrl", "hyper", "meta", "shift", "super"})
_NAMED = {key.value for key in Keys} | set(KEY_ALIASES) | {"space"}
_PLACES = ("miavo_tui.screens", "miavo_tui.widgets")


@dataclass(frozen=True, slots=True)
class KeySettings:
    """What the table says."""

    keymap: dict[str, str]
    """Of a binding's id, its keys in Textual's spelling, separated by commas."""
    problems: tuple[str, ...] = ()
    """What is wrong with the rest, each in one sentence."""


def read_keys(home: Path) -> KeySettings:
    """The keys set in `home`; a small blocking read, meant for before the event loop runs."""
    path = home / "config.toml"
    try:
        raw = path.read_bytes()
    except OSError:
        return KeySettings({})
    # The parser is not needed for a first frame, and seldom at all.
    if b"keys" not in raw:
        return KeySettings({})
    import tomllib

    try:
        table = tomllib.loads(raw.decode()).get("keys")
    except ValueError:
        # The gateway, which reads the rest of the file, says what is wrong with it.
        return KeySettings({})
    if table is None:
        return KeySettings({})
    if not isinstance(table, dict):
        return KeySettings({}, ("config.toml: keys is not a table.",))
    keymap: dict[str, str] = {}
    problems: list[str] = []
    for name, said in _flat(table):
        keys = said.split(",") if isinstance(said, str) else said
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys) or not keys:
            problems.append(f"config.toml: keys.{name} is neither a key nor a list of keys.")
            continue
        bad = [key for key in keys if not _can_be_pressed(key.strip())]
        if bad:
            problems.append(
                f"config.toml: keys.{name}: there is no key “{bad[0]}”. Names are such as f7, "
                "ctrl+k, slash or a single letter."
            )
            continue
        keymap[name] = ",".join(key.strip() for key in keys)
    return KeySettings(keymap, tuple(problems))


def _flat(table: dict[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    """The entries by their full names: an unquoted `app.theme` is a table in TOML."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _can_be_pressed(key: str) -> bool:
    *modifiers, name = key.split("+") if key not in ("+", "ctrl++") else [key.rstrip("+") or "+"]
    if not set(modifiers) <= _MODIFIERS or not name:
        return False
    if name in _NAMED or re.fullmatch(r"f([1-9]|1\d|2[0-4])", name) or len(name) == 1:
        return True
    try:
        unicodedata.lookup(name.replace("_", " ").upper())
    except KeyError:
        return False
    return True


def keymap_faults(keymap: Mapping[str, str]) -> tuple[str, ...]:
    """What is wrong with a keymap, each in one sentence: names that are none, keys taken away.

    Imports every screen and widget: blocks for a while.
    """
    import difflib

    kinds = _own_kinds()
    known = frozenset(name for names in kinds for name, _ in names)
    problems: dict[str, None] = {}
    for name in keymap:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"Do you mean {near[0]}?" if near else "The help (?) shows the names with i."
            problems[f"config.toml: keys.{name}: nothing has this name. {hint}"] = None
    for names in kinds:
        given = {key: name for name, _ in names for key in keymap.get(name, "").split(",") if key}
        for name, key in sorted(names):
            if key in given and given[key] != name and name not in keymap:
                problems[
                    f"config.toml: {given[key]} has taken the key {key} from {name}, which needs "
                    "another one under [keys]."
                ] = None
    return tuple(problems)


def _own_kinds() -> list[frozenset[tuple[str, str]]]:
    """Of each screen and widget, and of the app, the names of its bindings with their keys."""
    for place in _PLACES:
        package = importlib.import_module(place)
        for found in pkgutil.walk_packages(package.__path__, f"{place}."):
            importlib.import_module(found.name)
    return [
        frozenset((binding.id, key) for key, binding in kind._merged_bindings or () if binding.id)
        for kind in _kinds(DOMNode)
        if kind.__module__.startswith("miavo_tui.")
    ]


def _kinds(of: type[DOMNode]) -> Iterator[type[DOMNode]]:
    yield of
    for kind in of.__subclasses__():
        yield from _kinds(kind)
