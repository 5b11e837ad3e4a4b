"""OpenAI's voices as the other providers', so that a client made for OpenAI works with each."""

from __future__ import annotations

from collections.abc import Mapping

from miavo_gateway.errors import InvalidRequest

__all__ = ["GOOGLE", "MINIMAX", "STARS", "ZHIPU", "voice_of"]

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


def voice_of(wanted: str | None, named: Mapping[str, str], own: frozenset[str], slug: str) -> str:
    """A provider's voice.

    Args:
        wanted: OpenAI's name or the provider's own; the first of `named` if None.
        named: the provider's by OpenAI's names.
        own: all the provider's; empty where customers have voices that nobody can list.
        slug: the model, for the error.

    Raises:
        InvalidRequest: it has no such voice; the message says which it has.
    """
    if wanted is None:
        return next(iter(named.values()))
    found = named.get(wanted.lower())
    if found is not None:
        return found
    if not own or wanted in own:
        return wanted
    raise InvalidRequest(
        f"'voice': '{wanted[:40]}' is no voice of '{slug}'. It has {', '.join(named)}, "
        f"and its own: {', '.join(sorted(own))}.",
        param="voice",
    )
