"""Options that set a limit, or lift it with a word: `--budget 5`, `--budget none`."""

from __future__ import annotations

from enum import Enum
from typing import Any, TypeVar

import click

__all__ = ["LIFTED", "Lifted", "OrWord"]

T = TypeVar("T")


class Lifted(Enum):
    """The type of `LIFTED`."""

    LIFTED = "lifted"


LIFTED = Lifted.LIFTED
"""What stands for the word that takes a limit away; None is an option not given."""


class OrWord(click.ParamType[Any]):
    """A value of another type, or the one word that lifts the limit."""

    def __init__(self, inner: click.ParamType[T], word: str) -> None:
        self.name = inner.name
        self._inner = inner
        self._word = word

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Reads the word, or the value."""
        if isinstance(value, str) and value.strip().lower() == self._word:
            return LIFTED
        try:
            return self._inner.convert(value, param, ctx)
        except click.BadParameter as error:
            self.fail(f"{error.message} The word '{self._word}' lifts the limit.", param, ctx)
