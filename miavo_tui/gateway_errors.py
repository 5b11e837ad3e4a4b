"""The two ways in which a call to the gateway fails, as the screens tell of them."""

from __future__ import annotations

__all__ = ["GatewayRefused", "GatewayUnreachable", "read_only_refusal"]


class GatewayUnreachable(Exception):
    """No gateway answered, or the connection broke before its answer was complete.

    Attributes:
        cut: whether a reply had begun; its stream then ended without `[DONE]`, and the message is
            the single word `cut`.
    """

    def __init__(self, message: str, *, cut: bool = False) -> None:
        super().__init__(message)
        self.cut = cut


class GatewayRefused(Exception):
    """The gateway answered with an error.

    Attributes:
        status: the HTTP status; 200 when a stream that had begun reported the error.
        code: the stable code, such as `no_upstream`; `unexpected_answer` when whatever answered
            does not speak as a Miavo gateway does.
        message: the gateway's own words, without control characters.
        param: the request's field at fault, or None.
        retry_after: seconds until the same request would be taken, or None if not said.
        request_id: the `x-request-id` of the answer, or None if it had none.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        param: str | None = None,
        retry_after: float | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.retry_after = retry_after
        self.request_id = request_id


def read_only_refusal() -> GatewayRefused:
    """What stands in for the gateway's answer where the app may change nothing."""
    return GatewayRefused(
        403,
        "read_only",
        "Miavo was opened with --read-only: nothing is changed and no model is called.",
    )
