"""The address in the examples is the reader's own, and can be nothing but an address."""

from __future__ import annotations

import pytest

from miavo_gateway.api.docs.address import address_asked_for

OWN = "http://127.0.0.1:6428"


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({"host": "127.0.0.1:6428"}, OWN),
        ({"host": "Gateway.Example"}, "http://gateway.example"),
        ({"host": "[::1]:6428"}, "http://[::1]:6428"),
        ({"host": "box:80", "x-forwarded-proto": "https"}, "https://box:80"),
        ({"host": "box", "x-forwarded-proto": "HTTPS, http"}, "https://box"),
        ({"host": "box", "x-forwarded-proto": "javascript"}, "http://box"),
    ],
)
def test_the_address_is_the_one_that_was_asked_for(headers: dict[str, str], address: str) -> None:
    assert address_asked_for(headers, OWN) == address


@pytest.mark.parametrize(
    "host",
    [
        "",
        "a b",
        '"><script>alert(1)</script>',
        "a'; rm -rf ~; '",
        "$(reboot)",
        "user@host",
        "host/path",
        "host:port",
        "host\n",
        "-flag",
        "[::1]x",
        "é.example",
        "a" * 300,
    ],
)
def test_a_host_that_is_no_plain_address_counts_for_nothing(host: str) -> None:
    assert address_asked_for({"host": host}, OWN) == OWN
