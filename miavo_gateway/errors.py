"""Every error a caller of the gateway can meet, in one hierarchy.

The status and code of each class are part of the public contract: programs match on them.
Messages are for people and name the field, the model or the limit concerned; they never carry a
key, a secret, a prompt or a reply.
"""

from __future__ import annotations

import math

__all__ = [
    "AuthenticationError",
    "BodyTooLarge",
    "BudgetExhausted",
    "ConfigurationError",
    "InternalError",
    "InvalidRequest",
    "MethodNotAllowed",
    "MiavoError",
    "ModelNotAllowed",
    "NoUpstream",
    "NotFound",
    "NotImplementedYet",
    "RateLimitExceeded",
    "UpstreamError",
]


class ConfigurationError(Exception):
    """The gateway cannot start as it is set up: a setting, a catalogue file, a port.

    Attributes:
        message: one sentence for a person that names the file or setting at fault.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class MiavoError(Exception):
    """An answer other than success, in OpenAI's error shape.

    Attributes:
        status: the HTTP status.
        code: the stable code that programs match on.
        type: OpenAI's coarser family of the code.
        retryable: whether the same request can succeed later; `x-should-retry: false` is sent
            when it cannot, which OpenAI's SDKs obey.
        message: one or two sentences for a person.
        param: the field at fault, as a path such as `messages[0].content`; None if no field is.
    """

    status = 500
    code = "internal_error"
    type = "api_error"
    retryable = False

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param

    def headers(self) -> dict[str, str]:
        """Headers that belong to this error, beside those every answer carries."""
        return {} if self.retryable else {"x-should-retry": "false"}

    def body(self) -> dict[str, dict[str, str | None]]:
        """The JSON body, `{"error": {"message", "type", "code", "param"}}`."""
        return {
            "error": {
                "message": self.message,
                "type": self.type,
                "code": self.code,
                "param": self.param,
            }
        }


class InvalidRequest(MiavoError):
    """The request cannot be served as it was sent; an unknown slug is one such."""

    status = 400
    code = "invalid_request"
    type = "invalid_request_error"


class AuthenticationError(MiavoError):
    """The bearer key is missing, unknown, expired or revoked."""

    status = 401
    code = "authentication_error"
    type = "authentication_error"

    def headers(self) -> dict[str, str]:
        """Adds the challenge that RFC 9110 section 15.5.2 asks of a 401."""
        return {**super().headers(), "www-authenticate": 'Bearer realm="miavo"'}


class BudgetExhausted(MiavoError):
    """Neither the account's credit nor the key's budget covers the request."""

    status = 402
    code = "budget_exhausted"
    type = "budget"


class ModelNotAllowed(MiavoError):
    """The slug is not on the key's allow-list."""

    status = 403
    code = "model_not_allowed"
    type = "permission"


class NotFound(MiavoError):
    """No such path or object."""

    status = 404
    code = "not_found"
    type = "invalid_request_error"


class MethodNotAllowed(MiavoError):
    """The path exists, the method on it does not.

    Attributes:
        allowed: the methods that the path takes, for the `allow` header (RFC 9110, 15.5.6).
    """

    status = 405
    code = "invalid_request"
    type = "invalid_request_error"

    def __init__(self, message: str, *, allowed: tuple[str, ...]) -> None:
        super().__init__(message)
        self.allowed = allowed

    def headers(self) -> dict[str, str]:
        """Adds `allow`."""
        return {**super().headers(), "allow": ", ".join(sorted(self.allowed))}


class BodyTooLarge(MiavoError):
    """The body is larger than the gateway takes."""

    status = 413
    code = "invalid_request"
    type = "invalid_request_error"


class RateLimitExceeded(MiavoError):
    """A rolling window of the key is full.

    Attributes:
        retry_after: seconds until the same request would fit; None if it never will.
    """

    status = 429
    code = "rate_limit_exceeded"
    type = "rate_limit"

    def __init__(self, message: str, *, retry_after: float | None) -> None:
        super().__init__(message)
        self.retry_after = retry_after

    @property
    def retryable(self) -> bool:  # type: ignore[override]
        """Whether waiting helps."""
        return self.retry_after is not None

    def headers(self) -> dict[str, str]:
        """Adds `retry-after`, where waiting helps."""
        return {**super().headers(), **_retry_after(self.retry_after)}


class InternalError(MiavoError):
    """A fault of the gateway itself."""

    retryable = True


class NotImplementedYet(MiavoError):
    """A slug that is listed as a preview and cannot be called yet."""

    status = 501
    code = "not_implemented"
    type = "not_implemented"


class UpstreamError(MiavoError):
    """The provider, or the engine on this machine, failed after the request had reached it."""

    status = 502
    code = "upstream_error"
    type = "upstream"
    retryable = True


class NoUpstream(MiavoError):
    """Nothing is configured, installed or healthy that could answer for the model.

    Attributes:
        retry_after: seconds until something may be; None if a person has to mend it.
    """

    status = 503
    code = "no_upstream"
    type = "upstream"

    def __init__(
        self, message: str, *, param: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, param=param)
        self.retry_after = retry_after

    @property
    def retryable(self) -> bool:  # type: ignore[override]
        """Whether waiting helps."""
        return self.retry_after is not None

    def headers(self) -> dict[str, str]:
        """Adds `retry-after`, where waiting helps."""
        return {**super().headers(), **_retry_after(self.retry_after)}


def _retry_after(seconds: float | None) -> dict[str, str]:
    """The header, in whole seconds rounded up (RFC 9110, 10.2.3), and OpenAI's finer one."""
    if seconds is None:
        return {}
    return {
        "retry-after": str(max(1, math.ceil(seconds))),
        "retry-after-ms": str(max(1, math.ceil(seconds * 1000))),
    }
