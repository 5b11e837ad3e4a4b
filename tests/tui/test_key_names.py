"""Texts name the keys that the person has set, and only keys that there are."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import miavo_tui
from miavo_tui.app import MiavoApp
from miavo_tui.key_settings import _own_kinds
from miavo_tui.screens.credit_form import CreditAddition
from miavo_tui.widgets.composer import Composer
from miavo_tui.widgets.empty_state import EmptyState
from miavo_tui.widgets.reply import ReplyView
from miavo_tui.widgets.top_bar import TopBar
from tests.conftest import RunningGateway
from tests.tui.running import Attached, ready, until


def test_every_key_that_a_text_names_is_one() -> None:
    known = {name for names in _own_kinds() for name, _ in names}
    place = Path(miavo_tui.__file__).parent
    source = "\n".join(path.read_text() for path in place.rglob("*.py"))
    named = set(re.findall(r"<([a-z]+(?:-[a-z]+)*\.[a-z-]+)>", source))
    named |= set(re.findall(r'\("([a-z]+\.[a-z-]+)", " ?[a-z]+s ', source))  # ways of empty states
    named |= set(re.findall(r"""key_of\(["']([a-z.-]+)["']""", source))
    assert len(named) > 40
    assert named <= known


async def test_hints_name_the_keys_as_set_and_a_click_does_the_same(
    start_gateway: Callable[[Path], RunningGateway], tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text(
        '[keys]\n"credit.add" = "f9"\n"chat.again" = "f3"\n"chat.newline" = "f10"\n'
        '"app.pool" = ["f12"]\n"chat.stop" = "f2"\n'
    )
    app = MiavoApp(Attached(start_gateway(tmp_path), tmp_path))
    async with app.run_test(size=(160, 40)) as pilot:
        await ready(pilot, app)
        await app.show_screen("credit").wait()
        await until(pilot, lambda: app.current_mode == "credit", "the ledger")
        empty = app.screen.query_one(EmptyState)
        await until(pilot, lambda: "F9  adds credit" in str(empty.render()), "the key as set")
        lines = [empty.render_line(y).text for y in range(empty.size.height)]
        row = next(y for y, line in enumerate(lines) if "F9" in line)
        inner = empty.content_region
        await pilot.click(offset=(inner.x + 1, inner.y + row))
        await until(pilot, lambda: isinstance(app.screen, CreditAddition), "the form")
        await pilot.press("escape")
        await until(pilot, lambda: app.current_mode == "credit", "the ledger again")

        app.remember(chat_model="claude-opus-4-6")
        await app.show_screen("chat").wait()
        await until(pilot, lambda: app.current_mode == "chat", "the chat")
        assert " F12 Pool " in str(app.screen.query_one(TopBar).render())
        composer = app.screen.query_one(Composer)
        await until(pilot, lambda: "F10 new line" in str(composer.border_subtitle), "its keys")
        await pilot.press(*"hello", "enter")
        await until(pilot, lambda: bool(app.screen.query(ReplyView)), "a reply")
        reply = app.screen.query_one(ReplyView)
        told = "give its provider a credential (F12); then F3 sends this again"
        await until(pilot, lambda: told in str(reply.trouble.content), "what can be done")
