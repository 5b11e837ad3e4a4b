"""What is taken out of texts, however these were cut on the way."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.providers.openai_shaped.text_filters import (
    FenceFilter,
    Growing,
    MarkerFilter,
    ThoughtFilter,
)

MARKERS = ("<|begin_of_box|>", "<|end_of_box|>")


def cut(text: str, places: list[int]) -> list[str]:
    edges = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[start:end] for start, end in pairwise(edges)]


PLACES = st.lists(st.integers(0, 200), max_size=30)


def thoughts(pieces: list[str]) -> tuple[str, str]:
    told = ThoughtFilter()
    splits = [*(told.feed(piece) for piece in pieces), told.finish()]
    return "".join(each.text for each in splits), "".join(each.thought for each in splits)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>Hm. é</think>\n\nHi <think>!", ("Hi <think>!", "Hm. é")),
        ("\n<think></think>Hi", ("Hi", "")),
        ("<think>never ends", ("", "never ends")),
        ("<thin", ("<thin", "")),
        ("Hi <think>there</think>", ("Hi <think>there</think>", "")),
        ("  plain", ("  plain", "")),
        ("<think>a</thinking></think>b", ("b", "a</thinking>")),
    ],
)
@given(places=PLACES)
def test_a_thought_at_the_beginning_is_told_from_the_text(
    text: str, expected: tuple[str, str], places: list[int]
) -> None:
    assert thoughts(cut(text, places)) == expected


@given(text=st.text(alphabet="<>/think ab", max_size=60), places=PLACES)
def test_how_a_text_is_cut_makes_no_difference_to_its_thoughts(
    text: str, places: list[int]
) -> None:
    assert thoughts(cut(text, places)) == thoughts([text])


@given(text=st.text(alphabet="<|begin_ofxd>", max_size=60), places=PLACES)
def test_markers_are_taken_out_however_the_text_is_cut(text: str, places: list[int]) -> None:
    whole = f"{text}<|begin_of_box|>42<|end_of_box|>{text}"
    markers = MarkerFilter(MARKERS)
    found = "".join([*map(markers.feed, cut(whole, places)), markers.finish()])
    assert "42" in found
    if not any(marker in text for marker in MARKERS) and "<" not in text:
        assert found == f"{text}42{text}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('```json\n{"a": "```"}\n```', '{"a": "```"}'),
        ('\n```\n{"a": 1}\n```\n', '{"a": 1}'),
        ('{"a": 1}', '{"a": 1}'),
        ('{"a": "``"}', '{"a": "``"}'),
        ('```json{"a": 1}```', '{"a": 1}'),
        ("", ""),
    ],
)
@given(places=PLACES)
def test_a_fence_around_json_is_taken_off(text: str, expected: str, places: list[int]) -> None:
    fence = FenceFilter()
    assert "".join([*map(fence.feed, cut(text, places)), fence.finish()]) == expected


@given(
    first=st.text(min_size=4, max_size=9),
    parts=st.lists(st.text(min_size=1, max_size=5), max_size=8),
)
def test_texts_that_come_anew_each_time_are_read_once(first: str, parts: list[str]) -> None:
    first = first.strip().ljust(4, "x")
    growing = Growing()
    so_far = [first + "".join(parts[:end]) for end in range(len(parts) + 1)]
    assert "".join([*map(growing.feed, so_far), growing.finish()]) == so_far[-1]


@pytest.mark.parametrize(
    "pieces", [["ha", "h", "hah", "ha"], ["1", "10", "."], ["1", "11"], ["a", "a", "a"], ["x"], []]
)
def test_texts_that_come_in_pieces_are_left_alone(pieces: list[str]) -> None:
    growing = Growing()
    assert "".join([*map(growing.feed, pieces), growing.finish()]) == "".join(pieces)
