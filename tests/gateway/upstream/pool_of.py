"""A pool over credentials in a list, with a clock that the test moves."""

from __future__ import annotations

from dataclasses import dataclass, field

from miavo_gateway.upstream.credential import Credential
from miavo_gateway.upstream.health import HealthPolicy
from miavo_gateway.upstream.pool import Pool
from miavo_gateway.upstream.secrets import Secret


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Listed:
    """A source whose credentials the test changes."""

    credentials: list[Credential] = field(default_factory=list)

    def all(self) -> tuple[Credential, ...]:
        return tuple(self.credentials)

    def of(self, provider: str) -> tuple[Credential, ...]:
        return tuple(one for one in self.credentials if one.provider == provider)


def credential(name: str, *, provider: str = "acme", **fields: object) -> Credential:
    secret = Secret(f"sk-{name}-0123456789abcdef")
    values = {"secret": secret, "masked": secret.masked, **fields}
    return Credential(id=f"cred_{name}", provider=provider, label=name, **values)


def pool_of(
    *credentials: Credential, policy: HealthPolicy | None = None
) -> tuple[Pool, Clock, Listed]:
    clock, source = Clock(), Listed(list(credentials))
    pool = Pool(source, names={"acme": "Acme"}, policy=policy, clock=clock, jitter=lambda: 0.0)
    return pool, clock, source
