"""Changing `config.toml`: what is changed holds, and everything else stays as it was written."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.config_file import change_config, read_config
from miavo_gateway.errors import ConfigurationError

LISTS = st.dictionaries(
    st.text(min_size=1, max_size=12), st.lists(st.text(max_size=12), max_size=3), max_size=4
)
TEXT = """\
# before
port = 6428 # mine

  # indented
[models."gpt-5.4"]   # a table
prices = { input = "2.40", output = "14.00" }

[fallbacks]
# why
"a" = ["b"] # trailing
"""


def changed(path: Path, text: str | None, changes: dict[str, Any]) -> str:
    if text is not None:
        path.write_text(text)
    change_config(path, changes)
    return path.read_text()


def test_comments_order_and_spacing_stay(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    written = changed(path, TEXT, {"log_level": "debug", "fallbacks": {"a": ["b"], "c": ["d"]}})
    left = [line for line in written.splitlines() if line not in TEXT.splitlines()]
    assert left == ['log_level = "debug"', 'c = ["d"]']
    back = changed(path, None, {"log_level": None, "fallbacks": {"a": ["b"]}})
    # A blank line may stay behind.
    assert [line for line in back.splitlines() if line] == [
        line for line in TEXT.splitlines() if line
    ]


@given(before=LISTS, after=LISTS, inline=st.booleans())
def test_whatever_the_tables_hold_the_file_says_what_was_asked(
    tmp_path_factory: pytest.TempPathFactory, before: dict, after: dict, *, inline: bool
) -> None:
    path = tmp_path_factory.mktemp("config") / "config.toml"
    path.write_text("port = 1 # one\n")
    change_config(path, {"fallbacks": before})
    if inline:
        path.write_text("fallbacks = {}\nport = 1 # one\n[models.x]\nname = 'x'\n")
    change_config(path, {"fallbacks": after, "log_level": "info"})
    said = tomllib.loads(path.read_text())
    assert (said["fallbacks"], said["log_level"], said["port"]) == (after, "info", 1)
    assert "# one" in path.read_text()


def test_a_file_is_made_private_and_an_existing_one_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    change_config(path, {"port": 1})
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    change_config(path, {"port": 2})
    assert (path.stat().st_mode & 0o777, read_config(path)) == (0o644, {"port": 2})
    assert list(tmp_path.iterdir()) == [path]


def test_a_linked_file_is_changed_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    real = tmp_path / "dotfiles" / "miavo.toml"
    real.write_text("port = 1\n")
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    change_config(link, {"port": 2})
    assert link.is_symlink()
    assert real.read_text() == "port = 2\n"


@pytest.mark.parametrize("text", ["port = ", "\x00", "port = 1\nport = 2"])
def test_a_file_that_is_no_toml_is_refused_and_left(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"config\.toml"):
        change_config(path, {"port": 1})
    assert path.read_text() == text


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    path = tmp_path / "absent" / "config.toml"
    with pytest.raises(ConfigurationError, match="cannot be written"):
        change_config(path, {"port": 1})
