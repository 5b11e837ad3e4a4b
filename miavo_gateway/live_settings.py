"""Settings that change while a gateway runs: written to `config.toml`, then in force."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from miavo_gateway.config_file import change_config
from miavo_gateway.errors import ConfigurationError, InvalidRequest
from miavo_gateway.flow.fallbacks import read_fallbacks
from miavo_gateway.log import log, set_log_level
from miavo_gateway.settings import Origin, variable_of

if TYPE_CHECKING:
    from miavo_gateway.gateway import Gateway

__all__ = ["CHANGEABLE", "change_settings"]

CHANGEABLE = frozenset({"fallbacks", "log_level", "max_body_bytes"})
"""The settings that need no new start."""


async def change_settings(gateway: Gateway, changes: Mapping[str, object]) -> None:
    """Change some settings of a running gateway; None takes one out of `config.toml`.

    Args:
        gateway: whose settings.
        changes: values by name, of the type that the setting has.

    Raises:
        InvalidRequest: a setting comes from a flag or a variable, which would win again at the
            next start; fallbacks do not fit the catalogue; or `config.toml` cannot be changed.
    """
    async with gateway.changing:
        for name in changes:
            _refuse_overruled(gateway, name)
        settings = gateway.settings.changed(changes)
        file = gateway.home.config_file
        try:
            fallbacks = read_fallbacks(settings.fallbacks, gateway.catalogue, file.name)
        except ConfigurationError as error:
            raise InvalidRequest(f"{error.message}.", param="fallbacks") from None
        try:
            await asyncio.to_thread(change_config, file, changes)
        except ConfigurationError as error:
            raise InvalidRequest(f"Nothing was changed: {error.message}.") from None
        gateway.settings = settings
        gateway.router.fallbacks = fallbacks
        set_log_level(settings.log_level)
        log.info("settings changed: %s", ", ".join(sorted(changes)))


def _refuse_overruled(gateway: Gateway, name: str) -> None:
    origin = gateway.settings.origin(name)
    if origin is Origin.VARIABLE:
        raise InvalidRequest(
            f"'{name}': the variable {variable_of(name)} sets it, and wins over config.toml: "
            "unset it there and start the gateway again.",
            param=name,
        )
    if origin is Origin.FLAG:
        raise InvalidRequest(
            f"'{name}': a flag of the command that started the gateway sets it, and wins over "
            "config.toml.",
            param=name,
        )
