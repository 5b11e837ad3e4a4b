"""Text fits its cells whatever it is written in; marking what was searched loses nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from miavo_tui.widgets.cell_text import fitted_text, pieces


@given(st.text("ab 漢字é", max_size=12), st.integers(0, 12), st.booleans())
def test_a_fitted_text_takes_its_cells_and_tells_of_a_cut(
    text: str, width: int, right: bool
) -> None:
    fitted = fitted_text(text, width, right=right)
    assert cell_len(fitted) == width
    whole = cell_len(text) <= width
    assert (text in fitted) if whole else ("…" in fitted or width == 0)


@given(st.text(max_size=30), st.lists(st.text(min_size=1, max_size=3).map(str.lower), max_size=4))
def test_pieces_join_to_the_text_and_marked_ones_match(text: str, words: list[str]) -> None:
    parts = list(pieces(text, words))
    assert "".join(piece for piece, _ in parts) == text
    if len(text.lower()) == len(text):
        unmarked = "\n".join(piece.lower() for piece, marked in parts if not marked)
        assert not any(word in unmarked for word in words if "\n" not in word)


def test_words_that_overlap_are_marked_once() -> None:
    assert list(pieces("GPT-5.5", ["pt-5", "gpt"])) == [("GPT", True), ("-5", True), (".5", False)]
