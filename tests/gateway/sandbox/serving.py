"""A sandbox server for a test, with tenants of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from miavo_gateway.sandbox.faults import Misfortune
from miavo_gateway.sandbox.registry import SANDBOX_PROVIDERS
from miavo_gateway.sandbox.server import SandboxServer, Tenant
from miavo_gateway.sandbox.terms import SandboxTerms

SECRET = "sandbox-secret-of-the-tests"


@dataclass
class RunningSandbox:
    """A sandbox that answers for one tenant of each provider."""

    server: SandboxServer
    tenants: dict[str, Tenant] = field(default_factory=dict)

    def base_url(self, provider: str, **terms: object) -> str:
        """Where this provider is simulated, on these terms from now on."""
        tenant = Tenant(f"cred_{provider}", provider, SECRET, SandboxTerms.model_validate(terms))
        self.tenants[tenant.id] = tenant
        return self.server.base_url(tenant.id, provider)


@asynccontextmanager
async def serving_sandbox(misfortune: Misfortune | None = None) -> AsyncIterator[RunningSandbox]:
    """A sandbox on a real socket."""
    tenants: dict[str, Tenant] = {}
    running = RunningSandbox(SandboxServer(tenants.get, misfortune=misfortune), tenants)
    await running.server.start()
    for provider in SANDBOX_PROVIDERS:
        running.base_url(provider)
    try:
        yield running
    finally:
        await running.server.stop()
