"""The address under which a reader reached this gateway, as code examples carry it."""

from __future__ import annotations

import re
from typing import Protocol

__all__ = ["address_asked_for"]

_HOST = re.compile(
    r"(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::[0-9]{1,5})?",
    re.ASCII | re.IGNORECASE,
)
"""A name, an IPv4 or a bracketed IPv6 address, and perhaps a port: no character that means
something to a shell, to a programming language or to HTML, brackets apart, which are quoted."""
_SCHEMES = ("http", "https")


class Headers(Protocol):
    """Headers by name, however written."""

    def get(self, name: str, default: str, /) -> str:
        """The value of a header."""
        ...


def address_asked_for(headers: Headers, otherwise: str) -> str:
    """Scheme and host of a request: `https://gateway.example`.

    The host is the `Host` header's, which is the caller's to choose, so that anything but a plain
    name or number with a port counts for nothing. The scheme is the one that a proxy in front
    names in `x-forwarded-proto`; the gateway itself speaks plain HTTP.

    Args:
        headers: those of the request.
        otherwise: the address that the gateway listens on, where the request tells none.
    """
    host = headers.get("host", "")
    if not _HOST.fullmatch(host):
        return otherwise
    told = headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    scheme = told if told in _SCHEMES else "http"
    return f"{scheme}://{host.lower()}"
