"""Nothing that somebody else wrote can steer the terminal."""

from __future__ import annotations

from miavo_tui.plain_text import pasted, printable, printable_line


def test_escape_sequences_become_harmless_text() -> None:
    hostile = "a\x1b]52;c;ZXZpbA==\x07b\x1b[2Jc\x9b31md\x08\r\n\te"
    shown = printable(hostile)
    assert shown == "a]52;c;ZXZpbA==b[2Jc31md\n\te"
    assert all(character in "\n\t" or character.isprintable() for character in shown)


def test_marks_that_reorder_text_are_dropped_and_scripts_stay() -> None:
    assert printable("abc\u202etxt.exe") == "abctxt.exe"
    assert printable("مرحبا 🦜 grüße") == "مرحبا 🦜 grüße"


def test_one_line_stays_one_line() -> None:
    assert printable_line("a\n\n  b\tc\x1b[0m") == "a b c[0m"


def test_pasted_text_loses_its_escape_sequences_whole_and_nothing_else() -> None:
    coloured = (
        "\x1b[1;38;5;9mred\x1b[0m\r\n\x1b]8;;http://x\x1b\\link\x1b]8;;\x07\r\x9b2Jend\x00\x1b"
    )
    assert pasted(coloured) == "red\nlink\nend"
    assert pasted("a[0m\tb ] \\ grüße 🦜") == "a[0m\tb ] \\ grüße 🦜"
