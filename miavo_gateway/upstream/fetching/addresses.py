"""Which addresses are on the public internet, so that a link cannot reach this machine's network.

The ranges are IANA's special-purpose address registries for IPv4 and IPv6 (RFC 6890), written out
because Python's `is_global` differs between its versions.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, TypeAlias

__all__ = ["is_public"]

Address: TypeAlias = IPv4Address | IPv6Address

_SPECIAL_V4: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network, and the unspecified address
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT; Alibaba Cloud's metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's metadata, on a public address
        "169.254.0.0/16",  # link-local; the metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; Oracle Cloud's metadata
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
"""All that is given out. What is outside it (loopback, unique local, link-local, multicast,
IPv4-mapped) is not public, but for NAT64."""
_SPECIAL_V6: Final = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which has an IPv4 address in it
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_NAT64: Final = IPv6Network("64:ff9b::/96")
"""Where a network without IPv4 reaches IPv4 hosts: the last 32 bits are the address (RFC 6052)."""


def is_public(address: str) -> bool:
    """Whether an address is that of a host on the public internet.

    Args:
        address: in numbers, as a resolver gives it; anything else is not public.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return _is_public(parsed)


def _is_public(address: Address) -> bool:
    match address:
        case IPv4Address():
            return not any(address in network for network in _SPECIAL_V4)
        case IPv6Address() if address.scope_id is not None:
            return False
        case IPv6Address() if address in _NAT64:
            return _is_public(IPv4Address(address.packed[-4:]))
        case IPv6Address():
            return address in _GLOBAL_UNICAST and not any(
                address in network for network in _SPECIAL_V6
            )
