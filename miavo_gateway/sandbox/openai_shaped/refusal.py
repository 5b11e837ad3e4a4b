"""What a simulated provider refuses, before it is put into that provider's words."""

from __future__ import annotations

__all__ = ["ProviderRefusal", "unknown_field"]


class ProviderRefusal(Exception):
    """A request that the provider would not take.

    Attributes:
        status: the HTTP status, as most providers would give it.
        message: the provider's words.
        code: the provider's code; None for the one that goes with the status.
        param: the field at fault.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.param = param


def unknown_field(param: str) -> ProviderRefusal:
    """A field that the provider does not know.

    Some providers pass such a field over. The sandbox refuses it everywhere: a setting without
    effect is a fault of whoever sends it, and should show.
    """
    return ProviderRefusal(f"Unknown parameter: '{param}'.", code="unknown_parameter", param=param)
