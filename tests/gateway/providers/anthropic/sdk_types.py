"""Holds a JSON value against the parameter types of Anthropic's own SDK, unknown keys refused."""

from __future__ import annotations

from collections.abc import Iterable
from types import UnionType
from typing import Any, Literal, NotRequired, Required, Union, get_args, get_origin

from typing_extensions import get_type_hints, is_typeddict

__all__ = ["misfit"]

_ANYTHING = (Any, object)


def misfit(value: Any, hint: Any, path: str = "body") -> str | None:
    """Where a value does not fit its type, and why; None if it fits."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in _ANYTHING:
        return None
    if origin in (Required, NotRequired):
        return misfit(value, arguments[0], path)
    if origin in (Union, UnionType):
        problems = [misfit(value, each, path) for each in arguments]
        return None if None in problems else " or ".join(str(each) for each in problems)
    if origin is Literal:
        return None if value in arguments else f"{path}: {value!r} is none of {arguments}"
    if is_typeddict(hint):
        return _misfit_of_fields(value, hint, path)
    if origin is dict:
        return None if isinstance(value, dict) else f"{path}: no object"
    if hint is type(None):
        return None if value is None else f"{path}: not null"
    if origin is not None and issubclass(origin, Iterable):
        if not isinstance(value, list):
            return f"{path}: no list"
        found = (misfit(each, arguments[0], f"{path}[{i}]") for i, each in enumerate(value))
        return next((problem for problem in found if problem), None)
    if isinstance(hint, type) and isinstance(value, hint):
        return None
    return f"{path}: {value!r} is no {hint}"


def _misfit_of_fields(value: Any, hint: Any, path: str) -> str | None:
    if not isinstance(value, dict):
        return f"{path}: no object"
    hints = get_type_hints(hint, include_extras=True)
    if missing := hint.__required_keys__ - value.keys():
        return f"{path}: lacks {sorted(missing)}"
    if unknown := value.keys() - hints.keys():
        return f"{path}: has unknown {sorted(unknown)}"
    found = (misfit(each, hints[name], f"{path}.{name}") for name, each in value.items())
    return next((problem for problem in found if problem), None)
