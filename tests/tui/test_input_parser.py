"""A paste is one piece of plain text however the bytes are cut, and alt with a digit is a key."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from textual import events

from miavo_tui.input_parser import InputParser
from miavo_tui.plain_text import pasted, printable

START, END = "\x1b[200~", "\x1b[201~"


def parsed(text: str, cuts: list[int]) -> list[str]:
    """What the parser makes of a text that arrives in pieces: pastes, and keys in <>."""
    parser = InputParser()
    seen: list[str] = []
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    for start, end in pairwise(places):
        for event in parser.feed(text[start:end]):
            if isinstance(event, events.Paste):
                seen.append(event.text)
            elif isinstance(event, events.Key):
                seen.append(f"<{event.key}>")
    return seen


@given(st.lists(st.integers(0, 200), max_size=8))
def test_coloured_text_keeps_its_order_and_the_keys_around_it_stay_keys(cuts: list[int]) -> None:
    text = (
        f"a\x1b[A{START}\x1b[1;31mred\x1b[0m and\r\nplain\x1b]0;title\x07{END}b{START}2{END}\x1b[B"
    )
    assert parsed(text, cuts) == ["<a>", "<up>", "red and\nplain", "<b>", "2", "<down>"]


@given(
    st.text(st.sampled_from("ab\x1b[]0;1~mAP\x07\\\r\n\x00é"), max_size=30).filter(
        lambda text: "\x1b[201~" not in text
    ),
    st.lists(st.integers(0, 60), max_size=4),
)
def test_any_paste_is_one_event_of_printable_text(text: str, cuts: list[int]) -> None:
    [seen] = parsed(START + text + END, cuts)
    assert seen == pasted(text) == printable(seen)


def test_a_sequence_that_never_goes_on_is_no_start_of_a_paste() -> None:
    parser = InputParser()
    assert not list(parser.feed(START[:3]))
    parser._timeout_time = 0  # as after a pause
    assert list(parser.tick())
    keys = [event.key for event in parser.feed(START[3:] + "x") if isinstance(event, events.Key)]
    assert keys[-1] == "x"


def test_alt_and_a_digit_are_a_key_and_no_character() -> None:
    """Terminals without Kitty's protocol send them as escape and the digit."""
    for digit in "0123456789":
        [event] = InputParser().feed(f"\x1b{digit}")
        assert isinstance(event, events.Key)
        assert (event.key, event.character) == (f"alt+{digit}", None)
