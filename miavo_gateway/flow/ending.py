"""The errors that end a request whatever it was for."""

from __future__ import annotations

from miavo_gateway.errors import InternalError, MiavoError, UpstreamError
from miavo_gateway.log import log

__all__ = ["public_error", "stopped"]


def stopped() -> MiavoError:
    """What a request gets that was running when the gateway was stopped."""
    return UpstreamError("The gateway was stopped while it answered.")


def public_error(problem: Exception, request_id: str) -> MiavoError:
    """The error to show for a problem; what is not ours is logged, and never shown."""
    if isinstance(problem, MiavoError):
        return problem
    log.error("request failed", exc_info=problem, extra={"request_id": request_id})
    return InternalError(
        f"The gateway failed to serve this request. Its log has the reason under {request_id}."
    )
