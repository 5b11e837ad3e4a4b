"""What holds for a Claude on Bedrock alone; the rest of its rules are in `providers.claude`."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from miavo_gateway.catalogue import Model
from miavo_gateway.errors import ConfigurationError

__all__ = ["OUTPUT_OTHERWISE", "ConverseRules", "converse_rules"]

OUTPUT_OTHERWISE: Final = 8_192
"""Output tokens for a model of unknown limit. Bedrock's own default can be as low as 4,096."""


class ConverseRules(Struct, frozen=True, kw_only=True):
    """Traits of a model, by the names of these fields."""

    parallel_switch: bool = True
    """Whether it can be kept from calling several tools at once."""


def converse_rules(model: Model) -> ConverseRules:
    """The rules of a model, from its traits.

    Raises:
        ConfigurationError: a trait has a value that means nothing.
    """
    try:
        return msgspec.convert(dict(model.traits), ConverseRules)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"model {model.slug}: traits: {error}") from None
