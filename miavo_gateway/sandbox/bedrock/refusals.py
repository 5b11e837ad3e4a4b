"""AWS's errors, as its services word and shape them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import orjson

from miavo_gateway.sandbox.simulator import Part, Simulated

__all__ = ["AwsRefusal", "error_answer", "failure_type", "invalid", "malformed", "model_says"]

_UNKNOWN_FIELD = re.compile(
    r"Object contains unknown field `(?P<field>.*?)`(?: - at `(?P<at>.*)`)?"
)
_AT = re.compile(r"(?P<words>.*?)(?: - at `(?P<at>.*)`)?")

_STATUS: Final[Mapping[str, int]] = {
    "ValidationException": 400,
    "SerializationException": 400,
    "UnknownOperationException": 404,
    "AccessDeniedException": 403,
    "MissingAuthenticationTokenException": 403,
    "IncompleteSignatureException": 403,
    "InvalidSignatureException": 403,
}
_FAILURES: Final[Mapping[int, str]] = {
    400: "ValidationException",
    401: "UnrecognizedClientException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
    529: "ServiceUnavailableException",
}
_OWN_STATUS: Final[Mapping[int, int]] = {401: 403, 529: 503}
"""Statuses that AWS does not use, and those it gives in such a case."""


class AwsRefusal(Exception):
    """The service refuses a request.

    Attributes:
        kind: the error's name.
        message: its words.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message

    def answer(self, request_id: str) -> Simulated:
        """The answer."""
        return error_answer(_STATUS[self.kind], self.kind, self.message, request_id)


def error_answer(status: int, kind: str, message: str, request_id: str) -> Simulated:
    """An error as HTTP carries it: its name in a header."""
    headers = {
        "content-type": "application/json",
        "x-amzn-requestid": request_id,
        "x-amzn-errortype": f"{kind}:http://internal.amazon.com/coral/com.amazon.bedrock/",
    }
    return Simulated(status, headers, (Part(orjson.dumps({"message": message})),))


def failure_type(status: int) -> tuple[int, str]:
    """AWS's status and name for a failure."""
    kind = _FAILURES.get(status, "InternalServerException")
    return _OWN_STATUS.get(status, status), kind


def invalid(message: str) -> AwsRefusal:
    """The service finds the request wrong."""
    return AwsRefusal("ValidationException", message)


def model_says(message: str) -> AwsRefusal:
    """The model behind the service finds the request wrong."""
    return invalid(f"The model returned the following errors: {message}")


def malformed(problem: str) -> AwsRefusal:
    """The request has not the shape that the service's model asks for.

    Args:
        problem: msgspec's words.
    """
    if unknown := _UNKNOWN_FIELD.fullmatch(problem):
        where = _pointer(unknown["at"])
        return invalid(
            f"Malformed input request: #{where}: extraneous key [{unknown['field']}] is not "
            "permitted, please reformat your input and try again."
        )
    found = _AT.fullmatch(problem)
    words, at = (found["words"], found["at"]) if found else (problem, None)
    value = _pointer(at).lstrip("/").replace("/", ".") or "body"
    return invalid(
        f"1 validation error detected: Value at '{value}' failed to satisfy constraint: {words}"
    )


def _pointer(path: str | None) -> str:
    """`$.messages[0].role` as `/messages/0/role`."""
    return re.sub(r"\[(\d*|\.\.\.)\]", r"/\1", (path or "$")[1:].replace(".", "/"))
