"""One credential of the pool, and the rules for what may be one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.authorization import BadSecret, check_secret
from miavo_gateway.upstream.secrets import Secret

__all__ = [
    "ENVIRONMENT_LABEL",
    "Credential",
    "checked_base_url",
    "checked_label",
    "checked_secret",
    "checked_weight",
    "with_changes",
]

ENVIRONMENT_LABEL = "environment"
"""The label of a credential that a variable gives."""

_LONGEST_LABEL = 64
_LONGEST_BASE_URL = 500
_LONGEST_SECRET = 16_384
_GREATEST_WEIGHT = 1_000


@dataclass(frozen=True, slots=True)
class Credential:
    """What opens a provider. `created_at` is in Unix microseconds."""

    id: str
    provider: str
    """The provider's id in the catalogue."""
    label: str
    """The name a person gave it; unique for the provider."""
    secret: Secret | None = field(hash=False)
    """None when the store did not give it; `problem` says why."""
    masked: str
    """What a person recognises the secret by, such as `…wxyz`."""
    base_url: str | None = None
    """Where to send requests instead of the provider's own address; without a slash at the end."""
    weight: int = 1
    """Its share of the load beside its neighbours'; at least 1."""
    disabled: bool = False
    created_at: int = 0
    from_environment: bool = False
    """Given by a variable of the environment, so neither changed nor removed here."""
    problem: str | None = None
    """Why the secret is missing."""
    sandbox: str | None = None
    """How the sandbox that stands in for the provider behaves, as JSON (`SandboxTerms`); None
    where it is the provider itself."""
    passing: bool = False
    """Of this run only, in no database."""

    @property
    def simulated(self) -> bool:
        """Whether the sandbox answers in place of the provider."""
        return self.sandbox is not None

    @property
    def usable(self) -> bool:
        """Whether requests may be sent with it, as far as this gateway itself is concerned."""
        return self.secret is not None and not self.disabled

    @property
    def access(self) -> Access:
        """What an adapter needs of one that has its secret."""
        assert self.secret is not None, "what has none is not chosen"
        return Access(self.secret.reveal(), self.base_url)


def with_changes(credential: Credential, changes: Mapping[str, Any]) -> Credential:
    """A credential with other values for some of its fields.

    Args:
        credential: the one to change; it stays as it is.
        changes: `label`, `weight`, `base_url` (None for the provider's own address) or `sandbox`
            (its terms as JSON), by name.

    Raises:
        InvalidRequest: a value is wrong, or the credential is not of the kind that has the field.
    """
    if "sandbox" in changes and not credential.simulated:
        raise InvalidRequest(
            "The credential is for the provider itself: only a simulated one has settings of the "
            "sandbox.",
            param="sandbox",
        )
    if "base_url" in changes and credential.simulated:
        raise InvalidRequest(
            "The credential is simulated: the sandbox has an address of its own.", param="base_url"
        )
    return replace(
        credential, **{name: _CHECKS.get(name, _as_it_is)(it) for name, it in changes.items()}
    )


def checked_label(label: str) -> str:
    """A label without the spaces around it.

    Raises:
        InvalidRequest: it is empty, too long, not printable, or the one kept for variables.
    """
    label = label.strip()
    if not label or len(label) > _LONGEST_LABEL or not label.isprintable():
        raise InvalidRequest(
            f"A credential's label has 1 to {_LONGEST_LABEL} printable characters.", param="label"
        )
    if label.casefold() == ENVIRONMENT_LABEL:
        raise InvalidRequest(
            f"The label '{ENVIRONMENT_LABEL}' is kept for credentials given by variables.",
            param="label",
        )
    return label


def checked_weight(weight: int) -> int:
    """A weight.

    Raises:
        InvalidRequest: it is out of range.
    """
    if not 1 <= weight <= _GREATEST_WEIGHT:
        raise InvalidRequest(
            f"A weight is a whole number from 1 to {_GREATEST_WEIGHT}.", param="weight"
        )
    return weight


def checked_base_url(url: str | None) -> str | None:
    """A base URL without the slash at its end; None for None and for empty text.

    Raises:
        InvalidRequest: it is no plain http(s) address. User names and queries are refused, since
            both carry secrets and the base URL is shown and stored in the open.
    """
    url = (url or "").strip()
    if not url:
        return None
    try:
        parts = urlsplit(url)
        sound = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.username is None
            and parts.password is None
            and not parts.query
            and not parts.fragment
            and (parts.port is None or parts.port > 0)
            and url.isascii()
            and url.isprintable()
            and " " not in url
            and len(url) <= _LONGEST_BASE_URL
        )
    except ValueError:
        sound = False
    if not sound:
        raise InvalidRequest(
            "A base URL looks like https://host:port/path, without user name, query or fragment.",
            param="base_url",
        )
    return url.rstrip("/")


def checked_secret(text: str, provider: str) -> Secret:
    """A secret without the white space around it: a key, or a JSON document with several parts.

    Raises:
        InvalidRequest: it is empty, too long, neither JSON nor one printable word, which no
            HTTP header could carry, or nothing that its provider's adapter could use. The message
            does not repeat it.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST_SECRET:
        raise InvalidRequest(f"A secret has 1 to {_LONGEST_SECRET} characters.", param="secret")
    if text.startswith("{"):
        try:
            json.loads(text)
        except ValueError:
            # The decoder's own error holds the document.
            raise InvalidRequest(
                "The secret begins like a JSON document and is none.", param="secret"
            ) from None
    elif not (text.isascii() and text.isprintable() and " " not in text):
        raise InvalidRequest(
            "A secret that is no JSON document has no spaces, line breaks or letters outside "
            "ASCII. Was more than the key copied?",
            param="secret",
        )
    try:
        check_secret(provider, text)
    except BadSecret as error:
        raise InvalidRequest(f"'secret': {error}.", param="secret") from None
    return Secret(text)


def _as_it_is(value: Any) -> Any:
    return value


_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "label": checked_label,
    "weight": checked_weight,
    "base_url": checked_base_url,
}
