"""Reading a secret that is a JSON document, with errors that never repeat what is in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import orjson

__all__ = ["BadSecret", "Document", "checked_word"]


class BadSecret(ValueError):
    """A secret that cannot be used; the words name fields and never values."""


class Document:
    """A JSON object whose members are text, read by name."""

    __slots__ = ("_kind", "_members")

    def __init__(self, members: Mapping[str, Any], kind: str) -> None:
        self._members = members
        self._kind = kind

    @classmethod
    def parse(cls, text: str, kind: str) -> Document:
        """The document.

        Args:
            text: JSON.
            kind: what it is, for messages: "the AWS credential".

        Raises:
            BadSecret: it is no JSON object.
        """
        try:
            members = orjson.loads(text)
        except orjson.JSONDecodeError:
            # The decoder's own error holds the document.
            raise BadSecret(
                f"{kind} begins like a JSON document and is none; was it copied whole?"
            ) from None
        if not isinstance(members, dict):
            raise BadSecret(f"{kind} is JSON, but not an object with named members")
        return cls(members, kind)

    def renamed(self, aliases: Mapping[str, str]) -> Document:
        """The same with each member under the name that `aliases` gives for it, if it does.

        Raises:
            BadSecret: two members are the same one under two names.
        """
        members: dict[str, Any] = {}
        for name, value in self._members.items():
            known = aliases.get(name, name)
            if known in members:
                raise BadSecret(f'{self._kind} gives "{known}" twice, under two names')
            members[known] = value
        return Document(members, self._kind)

    def refuse_others(self, known: Collection[str]) -> None:
        """Refuse members that are not known: a misspelt region would go unnoticed.

        Raises:
            BadSecret: there is one; only a name that looks like a name is repeated.
        """
        for name in self._members:
            if name not in known:
                shown = f'"{name}"' if name.isidentifier() and len(name) <= 32 else "a member"
                raise BadSecret(
                    f"{self._kind} has {shown}, which is not known here; "
                    f"it may have: {', '.join(sorted(known))}"
                )

    def has(self, name: str) -> bool:
        """Whether the member is there and says something."""
        return self._members.get(name) not in (None, "")

    def is_true(self, name: str) -> bool:
        """Whether the member is JSON's `true`."""
        return self._members.get(name) is True

    def optional(self, name: str) -> str | None:
        """A member's text without the white space around it; None if it is missing or empty.

        Raises:
            BadSecret: it is not text.
        """
        value = self._members.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise BadSecret(f'in {self._kind}, "{name}" is not text')
        return value.strip() or None

    def required(self, name: str) -> str:
        """A member's text without the white space around it.

        Raises:
            BadSecret: it is missing, empty or not text.
        """
        value = self.optional(name)
        if value is None:
            raise BadSecret(f'{self._kind} has no "{name}"')
        return value


def checked_word(text: str, name: str, kind: str) -> str:
    """Text that a header can carry.

    Args:
        text: the value.
        name: what it is, for messages.
        kind: what it is part of, for messages.

    Raises:
        BadSecret: it has spaces, line breaks or letters outside ASCII.
    """
    if not (text.isascii() and text.isprintable() and " " not in text):
        raise BadSecret(
            f"in {kind}, {name} has spaces, line breaks or letters outside ASCII; "
            "was more than it copied?"
        )
    return text
