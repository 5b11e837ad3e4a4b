"""Bedrock's errors: what each means for the request and for the credential.

Names, statuses and shapes are those of botocore 1.44.5; AWS's gateway adds some of its own for
signatures and tokens. An HTTP answer names its error in `x-amzn-errortype`
(`ThrottlingException:http://…`), or in the body's `__type`; a stream names it in a frame's header,
with a small first letter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from miavo_gateway.providers.exchange import ErrorClass, ProviderError

__all__ = ["read_error", "stream_error"]

_SHOWN = 500
"""How much of a body that is no JSON is passed on: a proxy's page can be long."""

_CLASSES: Final[Mapping[str, ErrorClass]] = {
    "validationexception": ErrorClass.CLIENT,
    "conflictexception": ErrorClass.CLIENT,
    # The model is closed to this account, or to its rights: another account's may be open.
    "accessdeniedexception": ErrorClass.RETIRED,
    "resourcenotfoundexception": ErrorClass.RETIRED,
    "unrecognizedclientexception": ErrorClass.BAD_CREDENTIAL,
    "invalidsignatureexception": ErrorClass.BAD_CREDENTIAL,
    "incompletesignatureexception": ErrorClass.BAD_CREDENTIAL,
    "missingauthenticationtokenexception": ErrorClass.BAD_CREDENTIAL,
    "invalidclienttokenid": ErrorClass.BAD_CREDENTIAL,
    "expiredtoken": ErrorClass.BAD_CREDENTIAL,
    "expiredtokenexception": ErrorClass.BAD_CREDENTIAL,
    "optinrequired": ErrorClass.BAD_CREDENTIAL,
    "throttlingexception": ErrorClass.THROTTLE,
    "toomanyrequestsexception": ErrorClass.THROTTLE,
    "servicequotaexceededexception": ErrorClass.QUOTA,
    "modelnotreadyexception": ErrorClass.RETRY,
    "modeltimeoutexception": ErrorClass.RETRY,
    "modelerrorexception": ErrorClass.RETRY,
    "modelstreamerrorexception": ErrorClass.RETRY,
    "internalserverexception": ErrorClass.RETRY,
    "internalfailure": ErrorClass.RETRY,
    "serviceunavailableexception": ErrorClass.RETRY,
    # A marketplace subscription that is being made.
    "mpagreementbeingcreated": ErrorClass.RETRY,
}

# What the words say goes before what the type says.
_BAD_CREDENTIAL = re.compile(
    r"security token|signature|authentication failed|api key|bearer token|authentication token",
    re.IGNORECASE,
)
_TOO_LONG = re.compile(
    r"(input|prompt) is too long|input tokens? exceed|exceed(s|ed)? (the )?context|context window",
    re.IGNORECASE,
)
_NO_SUCH_MODEL = re.compile(
    r"model identifier is invalid|on-demand throughput|model not found|end of its life"
    r"|access to the model",
    re.IGNORECASE,
)


def read_error(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """The error of an answer, whatever its shape."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        said = body[:_SHOWN].decode(errors="replace").strip()
    code = _named(headers.get("x-amzn-errortype", "")) or _type_in(said)
    return _error(code, said, status)


def stream_error(code: str, said: Any, message: str | None) -> ProviderError:
    """The error that a frame of a stream is; the stream's status was 200."""
    return _error(code, said if message is None else message, 200)


def _error(code: str, said: Any, status: int) -> ProviderError:
    message = said if isinstance(said, str) else _words(said)
    return ProviderError(code, message, _class_of(code, message, status))


def _class_of(code: str, message: str, status: int) -> ErrorClass | None:
    """What it means; None leaves it to the status."""
    kind = _CLASSES.get(code.lower())
    if kind is ErrorClass.RETIRED or (kind is None and status == 403):
        # Bearer keys that are wrong get an AccessDeniedException, or no name at all.
        return ErrorClass.BAD_CREDENTIAL if _BAD_CREDENTIAL.search(message) else kind
    if kind is ErrorClass.THROTTLE and "per day" in message:
        return ErrorClass.QUOTA  # "Too many tokens per day": no short wait helps.
    if kind is ErrorClass.CLIENT or (kind is None and status == 400):
        if _TOO_LONG.search(message):
            return ErrorClass.CONTEXT_LENGTH
        if _NO_SUCH_MODEL.search(message):
            return ErrorClass.RETIRED
    if kind is None and status in (200, 424):
        return ErrorClass.RETRY
    return kind


def _named(header: str) -> str:
    """The name in `namespace#Name:http://…`."""
    return header.partition(":")[0].rpartition("#")[2].strip()


def _type_in(said: Any) -> str:
    if not isinstance(said, dict):
        return ""
    output = said.get("Output")  # Where AWS's front door has no such operation.
    if isinstance(output, dict):
        said = output
    for name in ("__type", "code"):
        if isinstance(said.get(name), str):
            return _named(said[name])
    return ""


def _words(said: Any) -> str:
    if not isinstance(said, dict):
        return ""
    for name in ("message", "Message", "originalMessage"):
        if isinstance(said.get(name), str):
            return str(said[name])
    return ""
