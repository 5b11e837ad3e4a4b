"""Text in a given number of cells, and split at what was searched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len, set_cell_size

__all__ = ["fitted_text", "pieces", "shortened"]


def shortened(text: str, width: int) -> str:
    """The text in at most `width` cells, cut with an ellipsis where it is longer.

    >>> shortened("claude-opus-4-5", 8)
    'claude-…'
    """
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 0 else ""


def fitted_text(text: str, width: int, *, right: bool = False) -> str:
    """The text in exactly `width` cells, cut with an ellipsis where it is longer.

    Args:
        text: one line.
        width: cells.
        right: whether a shorter text stands flush right.

    >>> fitted_text("o3", 4), fitted_text("o3", 4, right=True)
    ('o3  ', '  o3')
    """
    shown = shortened(text, width)
    blank = " " * (width - cell_len(shown))
    return blank + shown if right else shown + blank


def pieces(text: str, words: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether it is an occurrence of one of the words.

    Args:
        text: what is shown.
        words: in lower case; case does not matter.
    """
    lower = text.lower()
    # Lower-casing may change a text's length (İ); then nothing can be marked rightly.
    if len(lower) != len(text):
        words = ()
    done = 0
    for start, end in sorted(span for word in words for span in _spans(lower, word)):
        if end <= done:
            continue
        if start > done:
            yield text[done:start], False
        yield text[max(start, done) : end], True
        done = end
    if done < len(text):
        yield text[done:], False


def _spans(text: str, word: str) -> Iterator[tuple[int, int]]:
    at = text.find(word)
    while at >= 0:
        yield at, at + len(word)
        at = text.find(word, at + len(word))
