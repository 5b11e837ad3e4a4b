"""Trying a credential with the cheapest call its provider has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.registry import CHAT_PROVIDERS, chat_adapter
from miavo_gateway.upstream.answer import refused
from miavo_gateway.upstream.authorization import Authorizer
from miavo_gateway.upstream.credential import Credential
from miavo_gateway.upstream.dispatch import as_error
from miavo_gateway.upstream.faults import UpstreamFault
from miavo_gateway.upstream.secrets import Secret

if TYPE_CHECKING:
    from miavo_gateway.upstream.transport import Transport

__all__ = ["try_credential"]

_OK = 200
_LARGEST = 4 * 1024 * 1024


async def try_credential(
    credential: Credential,
    transport: Transport,
    secrets: Iterable[Secret],
    authorizer: Authorizer,
) -> tuple[bool, str]:
    """Whether a provider takes a credential, and what it said.

    Raises:
        InvalidRequest: there is no adapter for the provider, or no secret to try.
    """
    if credential.provider not in CHAT_PROVIDERS:
        raise InvalidRequest(
            f"This version of Miavo cannot call '{credential.provider}' yet.", param="provider"
        )
    if credential.secret is None:
        raise InvalidRequest(f"The credential has no secret: {credential.problem}.")
    adapter = chat_adapter(credential.provider)
    try:
        request = await authorizer.authorized(adapter.trial_request(credential.access))
        answer = await transport.request(
            request.method,
            request.url,
            headers=request.headers,
            content=request.body or None,
            largest=_LARGEST,
        )
        if answer.status != _OK:
            error = adapter.error(answer.status, answer.headers, answer.body)
            raise refused(answer, error)
    except UpstreamFault as fault:
        return False, as_error(fault, credential.provider, secrets).message
    return True, "The provider takes it."
