"""Strings that fit a schema, filled with a given text wherever that is possible."""

from __future__ import annotations

import datetime
import itertools
import string
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from miavo_gateway.local.schema_instance.budget import spend
from miavo_gateway.local.schema_instance.patterns import matches, strings_matching

__all__ = ["strings_for"]

_LONGEST = 20_000
_LONGEST_FILL = 2_000
_MOST_WORDS = 50
_VARIATIONS = 1_100
_FALLBACK = "echo"

_Sample: TypeAlias = Callable[[int], str]

_DAY = datetime.date(2024, 1, 1)
_LETTERS = string.ascii_lowercase + string.digits + string.ascii_uppercase


def _day(n: int) -> str:
    return str(_DAY + datetime.timedelta(days=n))


def _clock(n: int) -> str:
    return f"{n // 60 % 24:02}:{n % 60:02}:00"


# Formats of JSON Schema 2020-12, section 7.3, and those of Pydantic that are about text. The
# samples are by construction in their format, as jsonschema does not check all of them.
_SAMPLES: Mapping[str, _Sample] = {
    "date": _day,
    "date-time": lambda n: f"{_day(n)}T00:00:00Z",
    "time": lambda n: f"{_clock(n)}Z",
    "duration": lambda n: f"P{n + 1}D",
    "email": lambda n: f"echo{n or ''}@example.com",
    "idn-email": lambda n: f"echo{n or ''}@example.com",
    "hostname": lambda n: f"echo{n or ''}.example.com",
    "idn-hostname": lambda n: f"echo{n or ''}.example.com",
    "ipv4": lambda n: f"192.0.{2 + n // 256 % 250}.{n % 256}",
    "ipv6": lambda n: f"2001:db8::{n + 1:x}",
    "ipvanyaddress": lambda n: f"192.0.2.{n % 256}",
    "uri": lambda n: f"https://example.com/{n or ''}",
    "iri": lambda n: f"https://example.com/{n or ''}",
    "uri-reference": lambda n: f"/{n or ''}",
    "iri-reference": lambda n: f"/{n or ''}",
    "uri-template": lambda n: f"/{n or ''}",
    "uuid": lambda n: str(uuid.UUID(int=(4 << 76) | (2 << 62) | n)),
    "json-pointer": lambda n: f"/{n or ''}",
    "relative-json-pointer": lambda n: f"{n}",
    "regex": lambda n: "a" * (n + 1),
    "json-string": lambda n: f'"echo{n or ""}"',
    "binary": lambda n: "ZWNobw==",
    "byte": lambda n: "ZWNobw==",
}
# Of these jsonschema tells right from wrong itself, so a word of the text may be taken.
_CHECKED = frozenset({"date", "ipv4", "ipv6", "uuid"})


def strings_for(schemas: Sequence[Mapping[str, Any]], text: str) -> Iterator[str]:
    """Strings worth trying.

    Args:
        schemas: the keywords that hold at once.
        text: what to fill the string with; its first 2,000 characters are used.
    """
    shortest = max((s.get("minLength", 0) for s in schemas), default=0)
    longest = min((s["maxLength"] for s in schemas if "maxLength" in s), default=_LONGEST)
    shortest, longest = int(shortest), int(longest)
    if shortest > _LONGEST or longest < shortest:
        return
    for candidate in _candidates(schemas, text[:_LONGEST_FILL] or _FALLBACK, shortest, longest):
        spend(1 + len(candidate) // 200)
        if shortest <= len(candidate) <= longest:
            yield candidate


def _candidates(
    schemas: Sequence[Mapping[str, Any]], text: str, shortest: int, longest: int
) -> Iterator[str]:
    patterns = list(dict.fromkeys(s["pattern"] for s in schemas if "pattern" in s))
    formats = [s["format"] for s in schemas if s.get("format") in _SAMPLES]
    words = list(dict.fromkeys(itertools.islice(_words(text), _MOST_WORDS)))
    own = [v for s in schemas for v in _own_examples(s) if isinstance(v, str)]
    if formats:
        yield from (word for word in words if formats[0] in _CHECKED)
        yield from own
        yield from (_SAMPLES[formats[0]](n) for n in range(_VARIATIONS))
        return
    fitted = (_fit(candidate, shortest, longest) for candidate in (text, *words))
    if not patterns:
        yield from fitted
        yield from own
        yield from (_numbered(text, n, shortest, longest) for n in range(2, _VARIATIONS))
        yield from itertools.islice(_short(longest), _VARIATIONS)
        return
    yield from (c for c in fitted if all(matches(p, c) for p in patterns))
    yield from own
    for pattern in patterns:
        for made in strings_matching(pattern):
            yield made
            # A pattern need not cover the string, so what it lacks in length may follow or lead.
            if len(made) < shortest:
                padding = "a" * (shortest - len(made))
                yield made + padding
                yield padding + made


def _words(text: str) -> Iterator[str]:
    for word in text.split():
        yield word
        bare = word.strip(string.punctuation)
        if bare and bare != word:
            yield bare


def _own_examples(schema: Mapping[str, Any]) -> Iterator[object]:
    if "default" in schema:
        yield schema["default"]
    examples = schema.get("examples")
    if isinstance(examples, list):
        yield from examples[:20]


def _fit(text: str, shortest: int, longest: int) -> str:
    """The text cut to the longest, or repeated to the shortest length allowed."""
    if len(text) < shortest:
        again = f"{text} "
        return (again * (shortest // len(again) + 1))[:shortest]
    return text[:longest]


def _numbered(text: str, n: int, shortest: int, longest: int) -> str:
    end = f" {n}"
    return _fit(text, max(shortest - len(end), 0), max(longest - len(end), 0)) + end


def _short(longest: int) -> Iterator[str]:
    """Every string of few characters, for where many short ones must differ."""
    for length in range(min(longest, 2) + 1):
        yield from map("".join, itertools.product(_LETTERS, repeat=length))
