"""Takes secrets out of a provider's words before anybody sees them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from miavo_gateway.upstream.secrets import Secret

__all__ = ["redact"]

_LONGEST = 500
_LONGEST_READ = 8_192
_WINDOW = 10
"""A run of this many characters shared with a secret is part of it, not chance."""
_LEAST_PART = 8
"""Parts of a JSON secret shorter than this are such things as a type, and say nothing."""
_OPEN_FIELD = re.compile(r"(?:uri|url|type|domain|email|region|location|project|(?<!key_)id)$")
"""Names of fields in a JSON secret that are none: hiding them would spoil honest messages."""
_MARK = "[redacted]"

_LOOKS_SECRET = re.compile(
    r"""
      -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----.*?(?:-----END\ [A-Z ]*PRIVATE\ KEY-----|\Z)
    | \b(?:bearer|basic)\s+[^\s"',;]+
    | \b(?:sk|pk|rk|gsk|hf|xai|ghp)[-_][A-Za-z0-9*._-]{6,}
    | \bAIza[A-Za-z0-9_*-]{6,}                    # Google
    | \bya29\.[A-Za-z0-9_.*-]+                    # Google, short-lived
    | \b(?:AKIA|ASIA)[A-Z0-9*]{8,}                # AWS
    | \beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_*-]+)*  # a JSON web token
    | \b[0-9a-f]{32}\.[A-Za-z0-9]+                # Zhipu
    | (?<![A-Za-z0-9])                            # name=value and "name": "value"
      (?:[a-z0-9]+[-_]){0,4}(?:api[-_]?key|key|secret|token|password|signature|credential|authorization)
      ["']?\s*(?:=|:\s*["'])\s*["']?[^\s"',;&}]+
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


def redact(text: str, secrets: Iterable[Secret] = (), *, longest: int = _LONGEST) -> str:
    """The text on one line, without secrets, and not longer than `longest` characters.

    Taken out are the given secrets, whole or in part, as they are or escaped for a URL or for
    JSON, and whatever has the look of a key. Control characters go as well: the text ends up in
    terminals and in log lines.
    """
    if len(text) > _LONGEST_READ:
        # A cut through the middle of a secret would leave a piece that is not recognised.
        text = text[:_LONGEST_READ].rpartition(" ")[0]
    hidden = bytearray(len(text))
    for secret in secrets:
        for form in _forms(secret.reveal()):
            _hide(text, form, hidden)
    for match in _LOOKS_SECRET.finditer(text):
        hidden[match.start() : match.end()] = b"\x01" * (match.end() - match.start())
    cleaned = _UNPRINTABLE.sub(" ", "".join(_shown(text, hidden))).strip()
    return cleaned if len(cleaned) <= longest else cleaned[: longest - 1] + "…"


def _forms(secret: str) -> set[str]:
    """The secret, or the secret parts of a JSON document; each also in its escaped forms."""
    parts = {secret}
    if secret.startswith("{"):
        parts = {part for part in _strings(json.loads(secret)) if len(part) >= _LEAST_PART}
    escaped = {json.dumps(part)[1:-1] for part in parts}
    return parts | escaped | {quote(part, safe="") for part in parts}


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from value.splitlines()  # a private key may be quoted by its lines
    elif isinstance(value, dict):
        for name, inner in value.items():
            if not _OPEN_FIELD.search(name):
                yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _hide(text: str, secret: str, hidden: bytearray) -> None:
    size = min(_WINDOW, len(secret))
    for offset in range(len(secret) - size + 1):
        piece = secret[offset : offset + size]
        at = text.find(piece)
        while at >= 0:
            hidden[at : at + size] = b"\x01" * size
            at = text.find(piece, at + 1)


def _shown(text: str, hidden: bytearray) -> Iterator[str]:
    position = 0
    while position < len(text):
        masked = hidden[position]
        end = hidden.find(1 - masked, position)
        end = len(text) if end < 0 else end
        yield _MARK if masked else text[position:end]
        position = end
