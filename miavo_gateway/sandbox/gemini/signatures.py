"""The thought signatures of simulated calls: given with a reply, checked when they come back."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from hashlib import blake2b
from typing import Any, Final

import orjson

__all__ = ["is_sound", "sign", "sign_text"]

_STAND_INS: Final = (b"skip_thought_signature_validator", b"context_engineering_is_the_way_to_go")
"""What Google takes in place of a signature that is lost."""


def sign(name: str, args: dict[str, Any], *, api: str, model: str) -> bytes:
    """The signature of a call, which no other call, model or API has."""
    said = orjson.dumps([name, args], option=orjson.OPT_SORT_KEYS)
    return _digest(said, api, model)


def sign_text(text: str, *, api: str, model: str) -> bytes:
    """The signature that comes with the last part of a text."""
    return _digest(text.encode(errors="replace"), api, model)


def is_sound(signature: str, expected: bytes | None) -> bool:
    """Whether a signature is the one that was given, or one of Google's stand-ins.

    Args:
        signature: base64, of either alphabet.
        expected: None where any is taken, as nothing checks those of texts.
    """
    text = signature.replace("+", "-").replace("/", "_")
    try:
        given = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return False
    # A stand-in may come as it is, without base64 around it.
    plain = signature.encode()
    return expected is None or given == expected or given in _STAND_INS or plain in _STAND_INS


def _digest(said: bytes, api: str, model: str) -> bytes:
    return blake2b(said, key=f"{api}/{model}".encode()[:64], digest_size=48).digest()
