"""OpenAI's voices as eSpeak NG's: a language, and behind a plus sign the variant of its voice."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["NAMED_VOICES", "USUAL_VOICE"]

USUAL_VOICE = "en-us+f2"
"""The one of them that speech recognition understands best."""

NAMED_VOICES: Mapping[str, str] = {
    "alloy": USUAL_VOICE,
    "ash": "en-us+m1",
    "ballad": "en-us+m2",
    "cedar": "en-us+m5",
    "coral": "en-us+f1",
    "echo": "en-us+m3",
    "fable": "en-gb-x-rp+m4",
    "marin": "en-us+f5",
    "nova": "en-us+f3",
    "onyx": "en-us+m7",
    "sage": "en-us+f4",
    "shimmer": "en-us+whisperf",
    "verse": "en-us+m6",
}
