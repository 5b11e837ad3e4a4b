"""Reads the fields of a TOML table one by one, and refuses what does not belong there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import NoReturn, TypeVar

from miavo_gateway.errors import ConfigurationError

__all__ = ["SLUG", "Fields"]

SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}", re.ASCII)
"""A slug travels in URLs and on command lines, so it is kept to what needs no quoting there."""

_SHOWN = 60
"""How much of a faulty value an error repeats."""

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


class Fields:
    """One table. Each read takes a field; `finish` refuses what nobody took.

    A read without a default refuses an absent field. Errors are `ConfigurationError`s that begin
    with the place and the field: `catalog/openai.toml: model gpt-5.4: prices.input: ...`.
    """

    def __init__(self, table: object, place: str, path: str = "") -> None:
        self._place = place
        self._path = path
        if not isinstance(table, Mapping):
            raise ConfigurationError(
                f"{place}: {path + ': ' if path else ''}{_show(table)} is not a table"
            )
        self._table: Mapping[str, object] = table
        self._taken: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._table

    def fail(self, name: str, problem: str) -> NoReturn:
        """Refuse the table because of one field."""
        raise ConfigurationError(f"{self._place}: {self._at(name)}: {problem}")

    def text(self, name: str, default: str | None = None) -> str:
        """A line of text that is not empty."""
        value = self._take(name)
        if value is None:
            return self._missing(name) if default is None else default
        if not isinstance(value, str):
            self.fail(name, f"{_show(value)} is not a string")
        if not value.strip() or value != value.strip() or not value.isprintable():
            self.fail(name, f"{_show(value)} is not a line of text without blanks at its ends")
        return value

    def optional_text(self, name: str, default: str | None) -> str | None:
        """A line of text that may be absent."""
        return self.text(name) if name in self._table else self._absent(name, default)

    def slug(self, name: str) -> str:
        """A model's slug."""
        value = self.text(name)
        if SLUG.fullmatch(value) is None:
            self.fail(name, f"{_show(value)} is not a slug (letters, digits and . _ : -)")
        return value

    def flag(self, name: str, default: bool | None = None) -> bool:
        """A boolean."""
        value = self._take(name)
        if value is None:
            return self._missing(name) if default is None else default
        if not isinstance(value, bool):
            self.fail(name, f"{_show(value)} is not true or false")
        return value

    def whole(self, name: str) -> int:
        """A whole number from 1."""
        value = self._take(name)
        if value is None:
            self._missing(name)
        # A bool is an int to Python, and no number to whoever wrote the file.
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            self.fail(name, f"{_show(value)} is not a whole number above zero")
        return value

    def optional_whole(self, name: str, default: int | None) -> int | None:
        """A whole number from 1 that may be absent."""
        return self.whole(name) if name in self._table else self._absent(name, default)

    def day(self, name: str) -> date:
        """A date in TOML's own notation, without a time."""
        value = self._take(name)
        if value is None:
            self._missing(name)
        if not isinstance(value, date) or isinstance(value, datetime):
            self.fail(name, f"{_show(value)} is not a date; write it as 2027-01-31, unquoted")
        return value

    def optional_day(self, name: str, default: date | None) -> date | None:
        """A date that may be absent."""
        return self.day(name) if name in self._table else self._absent(name, default)

    def choice(self, name: str, among: type[E], default: E | None = None) -> E:
        """One of an enumeration's values."""
        value = self._take(name)
        if value is None:
            return self._missing(name) if default is None else default
        return self._member(name, value, among)

    def choices(self, name: str, among: type[E], default: tuple[E, ...]) -> tuple[E, ...]:
        """A list of different values of an enumeration."""
        value = self._take(name)
        if value is None:
            return default
        if not isinstance(value, list):
            self.fail(name, f"{_show(value)} is not a list")
        members = tuple(self._member(name, item, among) for item in value)
        if len(set(members)) != len(members):
            self.fail(name, "names the same value twice")
        return members

    def parsed(self, name: str, parse: Callable[[str], T], default: T | None) -> T | None:
        """A string read by `parse`, whose `ValueError` says what is wrong with it."""
        value = self._take(name)
        if value is None:
            return default
        if isinstance(value, int | float) and not isinstance(value, bool):
            self.fail(name, f'{_show(value)} must be in quotes, as "{value}", to stay exact')
        if not isinstance(value, str):
            self.fail(name, f"{_show(value)} is not a string")
        try:
            return parse(value)
        except ValueError as error:
            self.fail(name, f"{_show(value)} {error}")

    def table(self, name: str) -> Fields:
        """A table inside this one; an absent one reads as empty."""
        value = self._take(name)
        return Fields({} if value is None else value, self._place, self._at(name))

    def tables(self, name: str) -> list[object]:
        """The raw entries of an array of tables, at least one."""
        value = self._take(name)
        if value is None:
            self._missing(name)
        if not isinstance(value, list) or not value:
            self.fail(name, f"{_show(value)} is not a list of tables, one at least")
        return value

    def scalars(self) -> dict[str, str | int | bool]:
        """All fields of a table whose names are not known here: texts, whole numbers and flags."""
        found: dict[str, str | int | bool] = {}
        for name in self._table:
            value = self._take(name)
            if not isinstance(value, str | int | bool):
                self.fail(name, f"{_show(value)} is not a string, a whole number or true or false")
            found[name] = value
        return found

    def names(self) -> tuple[str, ...]:
        """The fields there are, in the order written."""
        return tuple(self._table)

    def finish(self) -> None:
        """Refuse fields that nothing has read."""
        for name in self._table:
            if name not in self._taken:
                near = get_close_matches(name, self._taken, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                self.fail(name, f"is not a known field{hint}")

    def _take(self, name: str) -> object:
        self._taken.add(name)
        return self._table.get(name)

    def _absent(self, name: str, default: T) -> T:
        self._taken.add(name)
        return default

    def _missing(self, name: str) -> NoReturn:
        self.fail(name, "is missing")

    def _member(self, name: str, value: object, among: type[E]) -> E:
        found = next((member for member in among if member.value == value), None)
        if found is None:
            known = ", ".join(member.value for member in among)
            self.fail(name, f"{_show(value)} is not one of {known}")
        return found

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name


def _show(value: object) -> str:
    if isinstance(value, str | bool | int):
        shown = json.dumps(value, ensure_ascii=False)
    else:
        shown = str(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
