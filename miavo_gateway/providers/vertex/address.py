"""Where a model is at Vertex AI (google-genai 3.4.0, `_api_client.py`)."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

__all__ = ["GLOBAL", "host", "model_path"]

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


def model_path(model: str, *, project: str | None, location: str) -> str:
    """The path of a model, without a slash at either end.

    A key of express mode belongs to no project. A model that a customer has tuned is an endpoint,
    whose id is a number.
    """
    place = f"projects/{quote(project, safe=':')}/locations/{location}/" if project else ""
    if model.isdecimal():
        return f"{place}endpoints/{model}"
    return f"{place}publishers/google/models/{quote(model, safe='@')}"
