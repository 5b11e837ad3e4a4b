"""Text of one table cell: fitted to its column, and split at what was searched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from miavo_tui.widgets.model_columns import Column

__all__ = ["aligned", "pieces"]


def aligned(text: str, column: Column) -> str:
    """The text at exactly the column's width, cut with an ellipsis where it is longer."""
    if len(text) > column.width:
        text = text[: column.width - 1] + "…"
    return text.rjust(column.width) if column.right else text.ljust(column.width)


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
