"""What `local-echo` calls a token.

A token is at most eight characters of one word together with at most eight white-space characters
before it; white space that no word follows makes tokens of at most eight characters. The rule
stands in for a tokenizer: it is quick, the same everywhere, and loses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["count_tokens", "split_tokens"]

_TOKEN = re.compile(r"\s{0,8}\S{1,8}|\s{1,8}")


def split_tokens(text: str) -> Iterator[str]:
    """The tokens of a text, one after the other; joined they are the text."""
    return (match.group() for match in _TOKEN.finditer(text))


def count_tokens(text: str) -> int:
    """How many tokens a text has."""
    return sum(1 for _ in _TOKEN.finditer(text))
