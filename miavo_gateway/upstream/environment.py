"""Credentials that `MIAVO_UPSTREAM_<PROVIDER>` variables give.

`MIAVO_UPSTREAM_<PROVIDER>_BASE_URL` says where to send the requests of such a one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.log import log
from miavo_gateway.upstream.credential import (
    ENVIRONMENT_LABEL,
    Credential,
    checked_base_url,
    checked_secret,
)

__all__ = ["VARIABLE_PREFIX", "environment_credentials"]

VARIABLE_PREFIX = "MIAVO_UPSTREAM_"
_BASE_URL = "_BASE_URL"


def environment_credentials(
    environment: Mapping[str, str], providers: Collection[str]
) -> tuple[Credential, ...]:
    """The credentials that variables give, one per provider at most, ordered by provider.

    Its id is `cred_env_<provider>`, the same at each start. A variable that is set and empty
    gives none. One that names no provider, or holds what cannot be a secret, is logged by its
    name and left out: it must not keep the gateway from starting. So is a credential whose base
    URL is wrong: its secret must not go where it was not meant to.
    """
    named = {provider.upper().replace("-", "_"): provider for provider in providers}
    base_urls = {name + _BASE_URL for name in named}
    given = {
        name.removeprefix(VARIABLE_PREFIX): text
        for name, text in sorted(environment.items())
        if name.startswith(VARIABLE_PREFIX) and text.strip()
    }
    found = []
    for name, text in given.items():
        provider = named.get(name)
        if provider is None:
            if name not in base_urls:
                log.warning(
                    "the variable %s%s names no provider that takes a credential",
                    VARIABLE_PREFIX,
                    name,
                )
            continue
        variable = name
        try:
            secret = checked_secret(text, provider)
            variable = name + _BASE_URL
            base_url = checked_base_url(given.get(variable))
        except InvalidRequest as error:
            log.warning(
                "the variable %s%s is not used, nor its credential: %s",
                VARIABLE_PREFIX,
                variable,
                error.message,
            )
            continue
        found.append(
            Credential(
                id=f"cred_env_{provider}",
                provider=provider,
                label=ENVIRONMENT_LABEL,
                secret=secret,
                masked=secret.masked,
                base_url=base_url,
                from_environment=True,
            )
        )
    return tuple(found)
