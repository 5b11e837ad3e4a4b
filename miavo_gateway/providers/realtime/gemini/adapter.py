"""How a socket of Gemini's Live API is opened, and what its refusals mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from miavo_gateway.catalogue import Model
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import ErrorClass, ProviderError
from miavo_gateway.providers.gemini.errors import read_error
from miavo_gateway.providers.realtime.adapter import Dial
from miavo_gateway.providers.realtime.address import socket_url
from miavo_gateway.providers.realtime.gemini.session import LiveSession

__all__ = ["GeminiLive"]

_BASE_URL: Final = "https://generativelanguage.googleapis.com"
_SERVICE: Final = "google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
_VERSION: Final = re.compile(r"/v\d+(?:alpha|beta)?\d*$", re.ASCII)
"""What an address for the HTTP interface may end in; that of sockets has it elsewhere."""
_INVALID: Final = 1007
_POLICY: Final = 1008
_CLASS_BY_WORDS: Final = (
    # Close codes tell little: a wrong key is 1007 as well as a wrong field.
    (re.compile(r"api key|credential|permission|unauthenticated|leaked", re.I), "bad_credential"),
    (re.compile(r"quota|billing|prepay", re.I), "quota"),
    (re.compile(r"rate limit|resource.?exhausted|concurrent", re.I), "throttle"),
    (re.compile(r"not found|not supported for bidi", re.I), "retired"),
)


@dataclass(frozen=True, slots=True)
class GeminiLive:
    """It is a `RealtimeAdapter`."""

    provider: str = "google"

    @property
    def text_session(self) -> Mapping[str, Any]:
        """As any: text counts as somebody's turn where Gemini listens for turns."""
        return {}

    def dial(self, model: Model, access: Access) -> Dial:
        """How to open a socket; the model is named in the first frame."""
        del model
        return Dial(
            socket_url(_VERSION.sub("", access.base_url or _BASE_URL), f"/ws/{_SERVICE}"),
            # Not in the address, which is written down here and there.
            {"x-goog-api-key": access.secret},
        )

    def translator(self, model: Model, session: str) -> LiveSession:
        """A new session."""
        return LiveSession(model, session)

    def refused(self, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
        """The error of an answer that is no upgrade."""
        del headers
        return read_error(status, body)

    def closed(self, code: int, reason: str) -> ProviderError:
        """What a close means."""
        found = next(
            (ErrorClass(name) for words, name in _CLASS_BY_WORDS if words.search(reason)), None
        )
        if found is None:
            found = ErrorClass.CLIENT if code in (_INVALID, _POLICY) else ErrorClass.RETRY
        return ProviderError(str(code), reason, found)
