from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.providers.json_text import JsonText

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def kept(text: str, cuts: list[int]) -> str:
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    json_text = JsonText()
    parts = [json_text.feed(text[a:b]) for a, b in pairwise(edges)]
    return "".join(parts) + json_text.finish()


@given(
    st.dictionaries(st.text(), VALUES, max_size=3),
    st.sampled_from(["", " \n", "```json\n", "```\n"]),
    st.sampled_from(["", "\n```", "\nThat was {it}."]),
    st.lists(st.integers(0, 400), max_size=10),
)
def test_an_object_is_kept_however_it_is_wrapped_and_cut(
    value: dict[str, object], before: str, after: str, cuts: list[int]
) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=2)
    assert kept(before + text + after, cuts) == text


@pytest.mark.parametrize("text", ["I cannot do that {really}.", "", "`", "```json\n", "[1]"])
@given(cuts=st.lists(st.integers(0, 40), max_size=6))
def test_what_is_no_object_stays_as_it_is(text: str, cuts: list[int]) -> None:
    assert kept(text, cuts) == text
