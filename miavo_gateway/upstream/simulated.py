"""Credentials for which the sandbox answers: their made-up secrets and where they go."""

from __future__ import annotations

import secrets as random
from dataclasses import replace

from miavo_gateway.sandbox.registry import SANDBOX_PROVIDERS
from miavo_gateway.sandbox.server import SandboxServer, Tenant
from miavo_gateway.sandbox.terms import SandboxTerms
from miavo_gateway.upstream.credential import Credential
from miavo_gateway.upstream.secrets import Secret

__all__ = ["SANDBOX_LABEL", "hosted", "tenant_of"]

SANDBOX_LABEL = "sandbox"
"""The label of a simulated credential that is not given another."""


async def hosted(credential: Credential, server: SandboxServer) -> Credential:
    """A simulated credential with its address and its secret, both of this run only."""
    if credential.provider not in SANDBOX_PROVIDERS:
        return replace(credential, problem="its provider cannot be simulated")
    try:
        await server.start()
    except OSError as error:
        return replace(credential, problem=f"the sandbox cannot listen: {error.strerror}")
    return replace(
        credential,
        secret=Secret(f"sandbox-{random.token_hex(16)}"),
        base_url=server.base_url(credential.id, credential.provider),
    )


def tenant_of(credential: Credential | None) -> Tenant | None:
    """What the sandbox has to know of a credential; None if it answers for none such."""
    if credential is None or credential.sandbox is None or credential.secret is None:
        return None
    return Tenant(
        id=credential.id,
        provider=credential.provider,
        secret=credential.secret.reveal(),
        terms=SandboxTerms.model_validate_json(credential.sandbox),
    )
