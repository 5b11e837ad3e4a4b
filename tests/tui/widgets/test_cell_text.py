"""Marking what was searched neither loses nor repeats a character."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from miavo_tui.widgets.cell_text import pieces


@given(st.text(max_size=30), st.lists(st.text(min_size=1, max_size=3).map(str.lower), max_size=4))
def test_pieces_join_to_the_text_and_marked_ones_match(text: str, words: list[str]) -> None:
    parts = list(pieces(text, words))
    assert "".join(piece for piece, _ in parts) == text
    if len(text.lower()) == len(text):
        unmarked = "\n".join(piece.lower() for piece, marked in parts if not marked)
        assert not any(word in unmarked for word in words if "\n" not in word)


def test_words_that_overlap_are_marked_once() -> None:
    assert list(pieces("GPT-5.5", ["pt-5", "gpt"])) == [("GPT", True), ("-5", True), (".5", False)]
