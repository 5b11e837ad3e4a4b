"""Paths are understood as terminals paste them and as people type them."""

from __future__ import annotations

from pathlib import Path

import pytest

from miavo_tui.typed_paths import paths_in, typed_path


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("/a/b.png", ["/a/b.png"]),
        ("'/a/b c.png'", ["/a/b c.png"]),
        ("/a/b\\ c.png /d.wav", ["/a/b c.png", "/d.wav"]),
        ("file:///a/b%20c.png\n", ["/a/b c.png"]),
        ("/a/b c.png", ["/a/b c.png"]),
        ("/a.png\n/b.png", ["/a.png", "/b.png"]),
        ("see /a/b.png", []),
        ("it's", []),
        ("", []),
    ],
)
def test_paths_are_read_as_terminals_paste_them(text: str, paths: list[str]) -> None:
    assert [str(path) for path in paths_in(text)] == paths


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("file:///a/b%20c.png", "/a/b c.png"),
        ("/a/b\\ c.png", "/a/b c.png"),
        ("'/a/b c.png'", "/a/b c.png"),
        ("/a/it's.png", "/a/it's.png"),
        ("b c.png", "b c.png"),
        ("~/b.png", str(Path.home() / "b.png")),
        ("~nobody-of-this-name/b.png", "~nobody-of-this-name/b.png"),
    ],
)
def test_a_field_takes_a_path_typed_or_pasted(text: str, path: str) -> None:
    assert str(typed_path(text)) == path
