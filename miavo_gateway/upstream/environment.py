"""Credentials that `MIAVO_UPSTREAM_<PROVIDER>` variables give."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.log import log
from miavo_gateway.upstream.credential import ENVIRONMENT_LABEL, Credential, checked_secret

__all__ = ["VARIABLE_PREFIX", "environment_credentials"]

VARIABLE_PREFIX = "MIAVO_UPSTREAM_"


def environment_credentials(
    environment: Mapping[str, str], providers: Collection[str]
) -> tuple[Credential, ...]:
    """The credentials that variables give, one per provider at most, ordered by provider.

    Its id is `cred_env_<provider>`, the same at each start. A variable that is set and empty
    gives none. One that names no provider, or holds what cannot be a secret, is logged by its
    name and left out: it must not keep the gateway from starting.
    """
    named = {provider.upper().replace("-", "_"): provider for provider in providers}
    found = []
    for name, text in sorted(environment.items()):
        if not name.startswith(VARIABLE_PREFIX) or not text.strip():
            continue
        provider = named.get(name.removeprefix(VARIABLE_PREFIX))
        if provider is None:
            log.warning("the variable %s names no provider that takes a credential", name)
            continue
        try:
            secret = checked_secret(text)
        except InvalidRequest as error:
            log.warning("the variable %s is not used: %s", name, error.message)
            continue
        found.append(
            Credential(
                id=f"cred_env_{provider}",
                provider=provider,
                label=ENVIRONMENT_LABEL,
                secret=secret,
                masked=secret.masked,
                from_environment=True,
            )
        )
    return tuple(found)
