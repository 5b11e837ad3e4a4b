"""OpenAI's voices as the other providers', so that a client made for OpenAI works with each."""

from __future__ import annotations

import re
from collections.abc import Mapping

from miavo_gateway.errors import InvalidRequest

__all__ = ["GOOGLE", "MINIMAX", "OPENAI", "STARS", "ZHIPU", "open_voice_of", "voice_of"]

OPENAI = (
    "alloy",
    "ash",
    "ballad",
    "cedar",
    "coral",
    "echo",
    "fable",
    "marin",
    "nova",
    "onyx",
    "sage",
    "shimmer",
    "verse",
)
"""All that OpenAI has, none of which another provider has by that name."""
GOOGLE: Mapping[str, str] = {
    "alloy": "Kore",
    "ash": "Iapetus",
    "ballad": "Algieba",
    "cedar": "Achird",
    "coral": "Sulafat",
    "echo": "Charon",
    "fable": "Umbriel",
    "marin": "Despina",
    "nova": "Aoede",
    "onyx": "Orus",
    "sage": "Vindemiatrix",
    "shimmer": "Achernar",
    "verse": "Puck",
}
STARS = frozenset(
    [
        "Achernar",
        "Achird",
        "Algenib",
        "Algieba",
        "Alnilam",
        "Aoede",
        "Autonoe",
        "Callirrhoe",
        "Charon",
        "Despina",
        "Enceladus",
        "Erinome",
        "Fenrir",
        "Gacrux",
        "Iapetus",
        "Kore",
        "Laomedeia",
        "Leda",
        "Orus",
        "Puck",
        "Pulcherrima",
        "Rasalgethi",
        "Sadachbia",
        "Sadaltager",
        "Schedar",
        "Sulafat",
        "Umbriel",
        "Vindemiatrix",
        "Zephyr",
        "Zubenelgenubi",
    ]
)
"""All that Google has, by their own names."""
MINIMAX: Mapping[str, str] = {
    "alloy": "English_Graceful_Lady",
    "ash": "English_Trustworthy_Man",
    "ballad": "English_Gentle-voiced_man",
    "cedar": "English_Trustworthy_Man",
    "coral": "Charming_Lady",
    "echo": "English_Trustworthy_Man",
    "fable": "English_Gentle-voiced_man",
    "marin": "Calm_Woman",
    "nova": "Calm_Woman",
    "onyx": "English_Trustworthy_Man",
    "sage": "Wise_Woman",
    "shimmer": "Charming_Lady",
    "verse": "English_Gentle-voiced_man",
}
ZHIPU: Mapping[str, str] = {
    "alloy": "tongtong",
    "ash": "jam",
    "ballad": "kazi",
    "cedar": "douji",
    "coral": "xiaochen",
    "echo": "jam",
    "fable": "kazi",
    "marin": "chuichui",
    "nova": "xiaochen",
    "onyx": "douji",
    "sage": "chuichui",
    "shimmer": "luodo",
    "verse": "luodo",
}


_ID = re.compile(r"[A-Za-z][\w\-() ]{7,99}")
"""The least that the ids have in common which customers' own voices get."""


def voice_of(wanted: str | None, named: Mapping[str, str], slug: str, own: frozenset[str]) -> str:
    """The voice of a provider that has no others than those it lists.

    Args:
        wanted: OpenAI's name or the provider's own; the first of `named` if None.
        named: the provider's by OpenAI's names.
        slug: the model, for the error.
        own: all the provider's.

    Raises:
        InvalidRequest: it has no such voice; the message says which it has.
    """
    if wanted is None:
        return next(iter(named.values()))
    if (found := named.get(wanted.lower())) is not None:
        return found
    if wanted in own:
        return wanted
    raise _unknown(wanted, named, slug, ", ".join(sorted(own)))


def open_voice_of(wanted: str | None, named: Mapping[str, str], slug: str) -> str:
    """The voice of a provider whose customers have voices of their own, which nobody can list.

    Raises:
        InvalidRequest: there cannot be such a voice; the message says which there are.
    """
    if wanted is None:
        return next(iter(named.values()))
    if (found := named.get(wanted.lower())) is not None:
        return found
    known = sorted(set(named.values()))
    if wanted in known or _ID.fullmatch(wanted):
        return wanted
    raise _unknown(wanted, named, slug, f"{', '.join(known)}, and any by its whole id")


def _unknown(wanted: str, named: Mapping[str, str], slug: str, own: str) -> InvalidRequest:
    return InvalidRequest(
        f"'voice': '{wanted[:40]}' is no voice of '{slug}'. It has {', '.join(named)}, "
        f"and its own: {own}.",
        param="voice",
    )
