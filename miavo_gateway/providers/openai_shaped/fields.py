"""The plain fields of a request: sent, dropped or refused, as a provider's limits say."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NoReturn

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.limits import Limit
from miavo_gateway.schema.chat import ChatCompletionRequest

__all__ = ["limit_of", "plain_fields", "refuse"]

_NEUTRAL: Mapping[str, Any] = {
    "temperature": None,
    "top_p": None,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "logit_bias": {},
    "n": 1,
    "stop": [],
    "seed": None,
    "logprobs": False,
    "top_logprobs": 0,
    "parallel_tool_calls": True,
    "user": None,
}
"""The plain fields, and the value of each that says the same as leaving it out."""


def plain_fields(request: ChatCompletionRequest, limits: tuple[Limit, ...]) -> dict[str, Any]:
    """The plain fields that go out as they are; what is `translated` is left to others.

    Raises:
        InvalidRequest: a field is used that the provider cannot do.
    """
    sent: dict[str, Any] = {}
    treatments = _by_field(limits)
    for name, neutral in _NEUTRAL.items():
        value = getattr(request, name)
        if value is None:
            continue
        limit = treatments.get(name)
        if limit is None:
            sent[name] = value
        elif limit.treatment == "refused" and value != neutral:
            refuse(limit)
    return sent


def limit_of(limits: tuple[Limit, ...], field: str) -> Limit:
    """What the limits say of a field."""
    return _by_field(limits)[field]


def refuse(limit: Limit) -> NoReturn:
    """Refuse the field that a limit is about.

    Raises:
        InvalidRequest: always.
    """
    raise InvalidRequest(f"'{limit.field}' cannot be used here: {limit.note}", param=limit.field)


@cache
def _by_field(limits: tuple[Limit, ...]) -> Mapping[str, Limit]:
    return {limit.field: limit for limit in limits}
