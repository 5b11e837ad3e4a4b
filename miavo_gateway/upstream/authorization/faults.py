"""The faults of coming by a signature or a token."""

from __future__ import annotations

from miavo_gateway.upstream.faults import ErrorClass, Refused

__all__ = ["unusable"]

_UNAUTHORIZED = 401


def unusable(message: str) -> Refused:
    """The fault of a credential that nothing can be signed or fetched with.

    Args:
        message: half a sentence that follows the provider's name.
    """
    fault = Refused(ErrorClass.BAD_CREDENTIAL, _UNAUTHORIZED, "")
    # Nobody has answered anything.
    fault.message = message
    fault.args = (message,)
    return fault
