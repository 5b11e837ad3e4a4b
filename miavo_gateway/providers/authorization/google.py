"""What opens Google Vertex AI: a service account, a person's own login, or an API key.

A secret is one of these; `project` and `location` may be added to each document, since Google's
own files say nothing of a location:

- the JSON key file of a service account
- the file of `gcloud auth application-default login` (`"type": "authorized_user"`), with
  `project` unless it names a `quota_project_id`
- `{"api_key", "project"?, "location"?}` or plain text: an API key, for Vertex AI's express mode
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from miavo_gateway.providers.authorization.document import BadSecret, Document, checked_word

__all__ = [
    "AuthorizedUser",
    "GoogleAccess",
    "GoogleApiKey",
    "GoogleSource",
    "ServiceAccount",
    "parse_google_secret",
]

_KIND: Final = "the Google credential"
_TOKEN_URI: Final = "https://oauth2.googleapis.com/token"
_TOKEN_HOSTS: Final = frozenset(
    {"oauth2.googleapis.com", "accounts.google.com", "www.googleapis.com"}
)
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
# Both become part of an address that is sent the token; a project may begin with its domain.
_PROJECT: Final = re.compile(r"(?:[a-z0-9.-]{1,100}:)?[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_LOCATION: Final = re.compile(r"[a-z][a-z0-9-]{0,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class GoogleApiKey:
    """An API key. Without a project it is one of the express mode, whose paths name none."""

    key: str = field(repr=False)
    project: str | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A service account, which signs for itself."""

    client_email: str
    private_key: str = field(repr=False)
    """PEM."""
    private_key_id: str | None = None
    token_uri: str = _TOKEN_URI


@dataclass(frozen=True, slots=True)
class AuthorizedUser:
    """A person's login, kept as a refresh token."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    quota_project: str | None = None
    """The project that is billed and whose quota counts."""
    token_uri: str = _TOKEN_URI


GoogleSource: TypeAlias = ServiceAccount | AuthorizedUser


@dataclass(frozen=True, slots=True)
class GoogleAccess:
    """Where access tokens come from, and what they are used for."""

    source: GoogleSource
    project: str
    location: str | None = None
    """None if the credential names none: the model decides."""


def parse_google_secret(secret: str) -> GoogleApiKey | GoogleAccess:
    """Read a secret; the forms are those of the module's docstring.

    Raises:
        BadSecret: it is none of them; says what is missing or wrong, without the secret.
    """
    secret = secret.strip()
    if not secret:
        raise BadSecret(f"{_KIND} is empty")
    if not secret.startswith("{"):
        return GoogleApiKey(checked_word(secret, "the API key", _KIND))
    document = Document.parse(secret, _KIND)
    location = document.optional("location")
    if location is not None and not _LOCATION.fullmatch(location):
        raise BadSecret(f'in {_KIND}, "location" is not of the form us-central1 or global')
    if document.has("api_key"):
        document.refuse_others(("api_key", "project", "location"))
        key = checked_word(document.required("api_key"), '"api_key"', _KIND)
        return GoogleApiKey(key, _project(document, "project"), location)
    match document.optional("type"):
        case "service_account":
            source: GoogleSource = _service_account(document)
            project = _project(document, "project", "project_id")
        case "authorized_user":
            source = _authorized_user(document)
            project = _project(document, "project", "quota_project_id")
        case None:
            raise BadSecret(
                f'{_KIND} has neither a "type", as Google\'s files do, nor an "api_key"'
            )
        case _:
            raise BadSecret(
                f'in {_KIND}, "type" is neither "service_account" nor "authorized_user"; '
                "no other is supported"
            )
    if project is None:
        raise BadSecret(f'{_KIND} has no "project"')
    return GoogleAccess(source, project, location)


def _service_account(document: Document) -> ServiceAccount:
    private_key = document.required("private_key")
    if not private_key.startswith("-----BEGIN "):
        raise BadSecret(f'in {_KIND}, "private_key" is not in PEM form')
    return ServiceAccount(
        client_email=document.required("client_email"),
        private_key=private_key,
        private_key_id=document.optional("private_key_id"),
        token_uri=_token_uri(document),
    )


def _authorized_user(document: Document) -> AuthorizedUser:
    return AuthorizedUser(
        client_id=document.required("client_id"),
        client_secret=document.required("client_secret"),
        refresh_token=document.required("refresh_token"),
        quota_project=_project(document, "quota_project_id"),
        token_uri=_token_uri(document),
    )


def _token_uri(document: Document) -> str:
    """Where to ask for tokens: Google, or this machine, where a simulator may stand in.

    Anywhere else, a crafted file would have what it signs sent to its author.
    """
    uri = document.optional("token_uri") or _TOKEN_URI
    try:
        parts = urlsplit(uri)
        at_google = parts.scheme == "https" and parts.netloc in _TOKEN_HOSTS
        at_home = parts.scheme in ("http", "https") and parts.hostname in _LOOPBACK
        # Readers of addresses differ over these characters, and with them over the host.
        odd = not uri.isascii() or not uri.isprintable() or any(mark in uri for mark in "@\\ ")
        sound = (at_google or at_home) and not odd
    except ValueError:
        sound = False
    if not sound:
        raise BadSecret(f'in {_KIND}, "token_uri" is no address of Google\'s')
    return uri


def _project(document: Document, *names: str) -> str | None:
    """The first of these members that is there."""
    for name in names:
        project = document.optional(name)
        if project is not None:
            if not _PROJECT.fullmatch(project):
                raise BadSecret(f'in {_KIND}, "{name}" is no id of a project')
            return project
    return None
