"""A provider's secret, and the interface of the places that keep one."""

from __future__ import annotations

import hmac
from pathlib import Path
from typing import Any, Literal, NoReturn, Protocol

__all__ = ["Secret", "SecretStore", "open_secrets"]

_LEAST_LENGTH_WITH_TAIL = 16


class Secret:
    """Text that must not be shown: `repr`, `str` and formatting hide it, pickling is refused.

    Only `reveal` gives the text, so that a search for that word finds every use.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    @property
    def masked(self) -> str:
        """What a person recognises it by: `…` and the last four characters.

        Of a short text, where four characters would tell much, and of a JSON document, where they
        would tell nothing, only `…`.
        """
        if len(self._text) < _LEAST_LENGTH_WITH_TAIL or self._text.startswith("{"):
            return "…"
        return "…" + self._text[-4:]

    def __repr__(self) -> str:
        return "Secret(hidden)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    # A hash would be a second, comparable form of the text.
    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


class SecretStore(Protocol):
    """Keeps secrets by the id of their credential.

    Every method raises `ConfigurationError` when the place cannot be used; its message never
    carries a secret.
    """

    async def get(self, credential_id: str) -> Secret | None:
        """The secret; None if there is none under this id."""

    async def set(self, credential_id: str, secret: Secret) -> None:
        """Keep a secret; returns when it is durable. Replaces an earlier one."""

    async def delete(self, credential_id: str) -> None:
        """Forget a secret; nothing happens if there is none."""


def open_secrets(kind: Literal["keyring", "file"], home: Path) -> SecretStore:
    """The store of a home, as the setting `secrets` names it; neither stands in for the other."""
    if kind == "file":
        from miavo_gateway.upstream.file_secrets import FileSecrets

        return FileSecrets(home)
    from miavo_gateway.upstream.keyring_secrets import KeyringSecrets

    return KeyringSecrets(home)
