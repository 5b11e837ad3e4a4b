"""Where a model is at Vertex AI (google-genai 3.4.0, `_api_client.py`)."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from miavo_gateway.errors import NoUpstream
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.authorization import (
    AuthorizedUser,
    GoogleApiKey,
    GoogleToken,
    parse_google_secret,
)

__all__ = ["GLOBAL", "authorized_headers", "host", "model_path"]

GLOBAL: Final = "global"
"""The location where none is named; the newest models are there alone."""
_MULTI_REGIONS: Final = frozenset({"us", "eu"})
_LOCATION = re.compile(r"[a-z][a-z0-9-]{0,62}", re.ASCII)


def host(location: str) -> str:
    """The base URL of a location.

    Raises:
        ValueError: it is no location's name; the token would go to another's host.
    """
    if not _LOCATION.fullmatch(location):
        raise ValueError("the location is no name of one, such as 'global' or 'europe-west4'")
    if location == GLOBAL:
        return "https://aiplatform.googleapis.com"
    if location in _MULTI_REGIONS:
        return f"https://aiplatform.{location}.rep.googleapis.com"
    return f"https://{location}-aiplatform.googleapis.com"


def authorized_headers(
    access: Access,
) -> tuple[dict[str, str], GoogleToken | None, str | None]:
    """The headers of a JSON request, what is to be fetched for it, and the project if there is one.

    Raises:
        NoUpstream: the credential is of no use.
    """
    headers = {"content-type": "application/json"}
    try:
        secret = parse_google_secret(access.secret)
    except ValueError as error:
        raise NoUpstream(f"The credential for Vertex is of no use: {error}.") from None
    if isinstance(secret, GoogleApiKey):
        headers["x-goog-api-key"] = secret.key
        return headers, None, secret.project
    if isinstance(secret.source, AuthorizedUser) and secret.source.quota_project:
        headers["x-goog-user-project"] = secret.source.quota_project
    return headers, GoogleToken(secret), secret.project


def model_path(model: str, *, project: str | None, location: str) -> str:
    """The path of a model, without a slash at either end.

    A key of express mode belongs to no project. A model that a customer has tuned is an endpoint,
    whose id is a number.
    """
    place = f"projects/{quote(project, safe=':')}/locations/{location}/" if project else ""
    if model.isdecimal():
        return f"{place}endpoints/{model}"
    return f"{place}publishers/google/models/{quote(model, safe='@')}"
