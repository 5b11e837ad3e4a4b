"""Keys of one's own: what `[keys]` in config.toml changes, and what is said of mistakes in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual.binding import Binding
from textual.dom import DOMNode

from miavo_tui.app import MiavoApp
from miavo_tui.key_settings import keymap_faults, read_keys
from miavo_tui.screens.help import HelpScreen
from miavo_tui.widgets.filter_bar import FilterBar
from miavo_tui.widgets.key_hints import KeyHints
from tests.conftest import RunningGateway
from tests.tui.running import Attached, Stuck, ready, until


def settings(home: Path, text: str) -> None:
    (home / "config.toml").write_text(f"[keys]\n{text}\n")


def test_keys_come_as_texts_or_lists_with_quoted_ids_or_plain_ones(tmp_path: Path) -> None:
    settings(tmp_path, '"app.theme" = "f7, ctrl+t"\napp.help = ["f1", "question_mark"]\n')
    read = read_keys(tmp_path)
    assert read.keymap == {"app.theme": "f7,ctrl+t", "app.help": "f1,question_mark"}
    assert read.problems == ()


def test_keys_that_cannot_be_are_named_and_the_others_hold(tmp_path: Path) -> None:
    settings(tmp_path, 'app.theme = "hyperspace"\napp.quit = 3\napp.help = "ctrl+h"\n')
    read = read_keys(tmp_path)
    assert read.keymap == {"app.help": "ctrl+h"}
    assert ["keys.app.theme" in problem for problem in read.problems] == [True, False]
    assert "hyperspace" in read.problems[0]
    (tmp_path / "config.toml").write_text("keys = 7\n")
    assert read_keys(tmp_path).problems
    (tmp_path / "config.toml").write_bytes(b"keys = \xff")
    assert read_keys(tmp_path) == read_keys(tmp_path / "nowhere")


def test_names_that_are_none_and_keys_taken_from_others_are_told() -> None:
    well = ("app.help", "app.chat", "catalogue.search", "list.down", "form.submit", "chat.copy")
    assert keymap_faults({name: f"f{n}" for n, name in enumerate(well, 13)}) == ()
    unknown, taken = keymap_faults({"app.them": "f7", "catalogue.sort": "y"})
    assert "app.theme" in unknown
    assert "catalogue.copy-slug" in taken


def test_every_binding_has_a_name_of_its_own_by_which_it_can_be_changed() -> None:
    keymap_faults({})  # imports every screen and widget
    kinds = [DOMNode]
    named: dict[str, set[str]] = {}
    for kind in kinds:
        kinds += kind.__subclasses__()
        if not kind.__module__.startswith("miavo_tui."):
            continue
        for binding in kind.__dict__.get("BINDINGS", ()):
            assert isinstance(binding, Binding), kind
            assert binding.id, (kind, binding.key)
            named.setdefault(binding.id, set()).add(binding.action)
    # Moving about is one thing with many ways to do it.
    shared = {name for name, actions in named.items() if len(actions) > 1}
    assert {name for name in shared if not name.startswith("list.")} == set()


async def test_a_remapped_key_works_and_shows_and_a_gateway_bears_the_table(
    start_gateway: Callable[[Path], RunningGateway], tmp_path: Path
) -> None:
    settings(tmp_path, 'catalogue.sort = "f8"\ncatalogue.reverse = "y"\nlist.down = "w"\n')
    app = MiavoApp(Attached(start_gateway(tmp_path), tmp_path))
    async with app.run_test(size=(160, 30)) as pilot:
        await ready(pilot, app)
        order = app.state.catalogue.sort
        await pilot.press("s")
        assert app.state.catalogue.sort == order
        await pilot.press("f8")
        assert app.state.catalogue.sort != order
        assert "F8 sort" in str(app.screen.query_one(KeyHints).render())
        assert "F8 sort" in str(app.screen.query_one(FilterBar).render())
        # `y` was copying a slug; that the key was taken from it is said.
        await pilot.press("y")
        assert app.state.catalogue.descending
        await until(
            pilot,
            lambda: any("catalogue.copy-slug" in each.message for each in app._notifications),
            "the clash",
        )
        before = app.state.catalogue.selected
        await pilot.press("w")
        assert app.state.catalogue.selected != before
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen), "the help")
        lines = app.screen.query_one("#help-lines")
        assert "F8" in str(lines.render())
        await pilot.press("i")
        assert "catalogue.sort" in str(lines.render())


async def test_a_name_that_is_none_is_told_with_the_nearest(tmp_path: Path) -> None:
    settings(tmp_path, 'app.them = "f7"\n')
    app = MiavoApp(Stuck(tmp_path))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(
            pilot,
            lambda: any("app.theme" in each.message for each in app._notifications),
            "the notice",
        )
