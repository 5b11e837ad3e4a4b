"""What a request used is said in what its kind is measured in."""

from __future__ import annotations

import pytest

from miavo_tui.requests.measures import brief_in_and_out, used_anything, words_in_and_out
from miavo_tui.usage_records import UsageRow
from tests.tui.requests.test_browser import told


@pytest.mark.parametrize(
    ("endpoint", "used", "words", "brief"),
    [
        (
            "chat/completions",
            {"prompt_tokens": 1_200, "output_tokens": 7},
            ("1,200 in", "7 out"),
            ("1.20k", "7"),
        ),
        ("chat/completions", {}, ("0 in", "0 out"), ("—", "—")),
        (
            "audio/speech",
            {"characters": 1, "seconds": 0.5},
            ("1 character", "0.5 s of sound"),
            ("—", "0.5s"),
        ),
        ("audio/transcriptions", {"seconds": 75.25}, ("75.25 s of sound", ""), ("75s", "—")),
        (
            "audio/transcriptions",
            {"prompt_tokens": 9, "seconds": 3.0},
            ("9 in", "0 out"),
            ("9", "—"),
        ),
        ("videos/generations", {"seconds": 8.0}, ("", "8 s of video"), ("—", "8s")),
        ("images/generations", {"images": 2}, ("", "2 images"), ("—", "—")),
    ],
)
def test_what_was_used_is_named(
    endpoint: str, used: dict[str, float], words: tuple[str, str], brief: tuple[str, str]
) -> None:
    row = UsageRow.from_json(told(1, endpoint=f"/v1/{endpoint}", **used))
    assert words_in_and_out(row) == words
    assert brief_in_and_out(row) == brief
    assert used_anything(row) == bool(used)
