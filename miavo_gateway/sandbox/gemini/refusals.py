"""Google's errors, as its APIs word and shape them (`google.rpc.Status` as JSON)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from miavo_gateway.sandbox.simulator import Part, Simulated

__all__ = ["GoogleRefusal", "error_body", "malformed"]

_NAMES: Final[Mapping[int, str]] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
_TYPE: Final = "type.googleapis.com/google.rpc."
_UNKNOWN_FIELD = re.compile(
    r"Object contains unknown field `(?P<field>.*?)`(?: - at `\$\.?(?P<at>.*)`)?"
)
_AT = re.compile(r"(?P<words>.*?)(?: - at `\$\.?(?P<at>.*)`)?")


class GoogleRefusal(Exception):
    """The API refuses a request.

    Attributes:
        status: the HTTP status.
        message: its words.
        reason: the reason of its `ErrorInfo`; empty for an error without one.
        violation: the id of the quota that is used up; empty for an error without one.
    """

    def __init__(
        self, message: str, *, status: int = 400, reason: str = "", violation: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.reason = reason
        self.violation = violation

    def answer(self) -> Simulated:
        """The answer."""
        headers = {"content-type": "application/json; charset=UTF-8"}
        return Simulated(self.status, headers, (Part(orjson.dumps(error_body(self))),))


def error_body(refusal: GoogleRefusal) -> dict[str, Any]:
    """An error as JSON."""
    details: list[dict[str, Any]] = []
    if refusal.reason:
        details.append(
            {
                "@type": f"{_TYPE}ErrorInfo",
                "reason": refusal.reason,
                "domain": "googleapis.com",
                "metadata": {"service": "generativelanguage.googleapis.com"},
            }
        )
    if refusal.violation:
        details.append(
            {"@type": f"{_TYPE}QuotaFailure", "violations": [{"quotaId": refusal.violation}]}
        )
    error: dict[str, Any] = {
        "code": refusal.status,
        "message": refusal.message,
        "status": _NAMES[refusal.status],
    }
    if details:
        error["details"] = details
    return {"error": error}


def malformed(problem: str) -> GoogleRefusal:
    """The body has not the shape that the API's messages have.

    Args:
        problem: msgspec's words.
    """
    if unknown := _UNKNOWN_FIELD.fullmatch(problem):
        at = f" at '{unknown['at']}'" if unknown["at"] else ""
        return GoogleRefusal(
            f'Invalid JSON payload received. Unknown name "{unknown["field"]}"{at}: '
            "Cannot find field."
        )
    found = _AT.fullmatch(problem)
    words, at = found.group("words", "at") if found else (problem, "")
    return GoogleRefusal(f"Invalid value at '{at or 'body'}': {words}")
