"""Where a provider's socket is."""

from __future__ import annotations

__all__ = ["socket_url"]


def socket_url(base_url: str, path: str) -> str:
    """The address of a socket beside a provider's HTTP interface.

    Args:
        base_url: as for HTTP, without a slash at the end.
        path: what follows it.
    """
    scheme, colon, rest = base_url.partition(":")
    return f"{_SOCKET_SCHEMES.get(scheme, scheme)}{colon}{rest}{path}"


_SOCKET_SCHEMES = {"http": "ws", "https": "wss"}
