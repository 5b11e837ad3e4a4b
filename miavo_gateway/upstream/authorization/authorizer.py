"""What stands between an adapter's request and the transport where a header does not do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from miavo_gateway.providers.authorization import (
    Authorization,
    AwsAccess,
    AwsKeys,
    GoogleSource,
    GoogleToken,
    SigV4,
)
from miavo_gateway.providers.exchange import WireRequest
from miavo_gateway.upstream.authorization.renewal import Lasting, Renewal
from miavo_gateway.upstream.faults import Unreachable

if TYPE_CHECKING:
    from miavo_gateway.upstream.authorization.aws import AwsKeysFinder

__all__ = ["Authorizer"]

S = TypeVar("S")
T = TypeVar("T")

_LONGEST_WAIT = 40.0
_LARGEST_SIGNED_HERE = 256 * 1024
"""Bytes of body; hashing more would hold up the loop for longer than a thread costs."""
_MOST_HELD = 256


class Authorizer:
    """Authorizes requests; holds keys and tokens while they are good. One for a gateway's loop.

    botocore and google-auth are loaded by the first request that needs them, in a thread.
    """

    def __init__(self) -> None:
        self._aws: dict[AwsAccess, Renewal[AwsKeys]] = {}
        self._google: dict[GoogleSource, Renewal[str]] = {}
        self._sign: Callable[[WireRequest, AwsKeys, str, str], WireRequest] | None = None

    async def authorized(self, wire: WireRequest) -> WireRequest:
        """The request as it can be sent. A signature is good for some minutes: send it at once.

        Raises:
            UpstreamFault: `Refused` where the credential is no good, `Unreachable` where that
                cannot be told now.
        """
        match wire.authorization:
            case None:
                return wire
            case SigV4(region, service, access):
                return await self._signed(wire, await self._keys(access), region, service)
            case GoogleToken(access):
                token = await _renewal(self._google, access.source, _google_fetch).get()
                headers = {**wire.headers, "authorization": f"Bearer {token}"}
                return replace(wire, headers=headers, authorization=None)

    def forget(self, authorization: Authorization | None) -> None:
        """Fetch anew for the next request, as after a provider has refused what was held."""
        match authorization:
            case SigV4(access=access):
                self._aws.pop(access, None)
            case GoogleToken(access):
                self._google.pop(access.source, None)
            case None:
                pass

    async def _keys(self, access: AwsAccess) -> AwsKeys:
        if isinstance(access.source, AwsKeys):
            return access.source
        return await _renewal(self._aws, access, _aws_fetch).get()

    async def _signed(
        self, wire: WireRequest, keys: AwsKeys, region: str, service: str
    ) -> WireRequest:
        if self._sign is None:
            self._sign = await asyncio.to_thread(_load_sign)
        if len(wire.body) > _LARGEST_SIGNED_HERE:
            return await asyncio.to_thread(self._sign, wire, keys, region, service)
        return self._sign(wire, keys, region, service)


def _renewal(
    held: dict[S, Renewal[T]], key: S, fetch_of: Callable[[S], Callable[[], Lasting[T]]]
) -> Renewal[T]:
    found = held.get(key)
    if found is None:
        if len(held) >= _MOST_HELD:
            del held[next(iter(held))]
        found = held[key] = Renewal(partial(_in_thread, fetch_of(key)))
    return found


async def _in_thread(fetch: Callable[[], Lasting[T]]) -> Lasting[T]:
    try:
        async with asyncio.timeout(_LONGEST_WAIT):
            return await asyncio.to_thread(fetch)
    except TimeoutError:
        raise Unreachable(
            f"cannot be called: access to it was not to be had within {_LONGEST_WAIT:g} s"
        ) from None


def _aws_fetch(access: AwsAccess) -> Callable[[], Lasting[AwsKeys]]:
    finder: AwsKeysFinder | None = None

    def fetch() -> Lasting[AwsKeys]:
        from miavo_gateway.upstream.authorization.aws import AwsKeysFinder

        nonlocal finder
        finder = finder or AwsKeysFinder(access)
        return finder.find()

    return fetch


def _google_fetch(source: GoogleSource) -> Callable[[], Lasting[str]]:
    def fetch() -> Lasting[str]:
        from miavo_gateway.upstream.authorization.google import fetch_token

        return fetch_token(source)

    return fetch


def _load_sign() -> Callable[[WireRequest, AwsKeys, str, str], WireRequest]:
    from miavo_gateway.upstream.authorization.sigv4 import signed

    return signed
