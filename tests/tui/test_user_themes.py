"""Themes of one's own, from files in the home: a broken one is named and the others serve."""

from __future__ import annotations

from pathlib import Path

from miavo_tui.app import MiavoApp
from miavo_tui.user_themes import read_themes
from tests.tui.running import Stuck, until


def write(home: Path, **files: str) -> None:
    (home / "themes").mkdir()
    for name, text in files.items():
        (home / "themes" / name.replace("_", ".")).write_text(text)


def test_toml_and_yaml_make_themes_and_each_mistake_is_named(tmp_path: Path) -> None:
    write(
        tmp_path,
        dusk_toml='primary = "#c792ea"\nbackground = "#1b1a2a"\n[variables]\nchip = "#2c2a44"\n',
        dawn_yaml='name: first light\nprimary: "#0a746b"\ndark: false\n',
        a_toml='primary = "no such colour"\n',
        b_toml='secondary = "red"\n',
        c_toml='primary = "red"\nprimry = "red"\n',
        d_toml="primary = \n",
        e_yml="{",
        f_toml='primary = "red"\ndark = "very"\n',
        g_yml="- red\n",
        h_txt="not looked at",
    )
    read = read_themes(tmp_path)
    assert [(theme.name, theme.dark) for theme in read.themes] == [
        ("first light", False),
        ("dusk", True),
    ]
    assert read.themes[1].variables == {"chip": "#2c2a44"}
    named = [problem.split(":")[0] for problem in read.problems]
    assert named == [f"themes/{name}" for name in ("a.toml", "b.toml", "c.toml", "d.toml")] + [
        f"themes/{name}" for name in ("e.yml", "f.toml", "g.yml")
    ]


async def test_a_theme_of_ones_own_is_remembered_and_a_broken_one_is_told_of(
    tmp_path: Path,
) -> None:
    write(tmp_path, dusk_toml='primary = "#c792ea"\n', odd_toml="primary = 3\n")
    app = MiavoApp(Stuck(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        app.theme = "dusk"
        await until(
            pilot,
            lambda: any("themes/odd.toml" in each.message for each in app._notifications),
            "the notice",
        )
    assert MiavoApp(Stuck(tmp_path)).theme == "dusk"
    (tmp_path / "themes" / "dusk.toml").unlink()
    assert MiavoApp(Stuck(tmp_path)).theme == "miavo-dark"
