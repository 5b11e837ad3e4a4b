"""The pane beside the list of keys: everything about the one under the cursor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual import events, getters
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.reactive import reactive
from textual.widgets import Static

from miavo_tui.key_records import KeyRow
from miavo_tui.money_records import Spend
from miavo_tui.widgets.key_facts import key_facts

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["KeyDetail", "KeyInView"]


@dataclass(frozen=True, slots=True)
class KeyInView:
    """A key with what is known of it elsewhere; see `key_facts`."""

    row: KeyRow
    now: datetime
    account: str
    spend: Spend | None
    own: bool
    admitted: Mapping[str, int]


class KeyDetail(VerticalScroll):
    """Facts, laid out for the width there is."""

    if TYPE_CHECKING:
        app = getters.app(MiavoApp)
    shown: reactive[KeyInView | None] = reactive(None)
    _facts = getters.query_one("#key-facts", Static)

    def compose(self) -> ComposeResult:
        """The facts."""
        yield Static(id="key-facts", markup=False)

    def watch_shown(self, old: KeyInView | None, new: KeyInView | None) -> None:
        """Shows another key from its top."""
        self._show()
        if old is None or new is None or old.row.id != new.row.id:
            self.scroll_home(animate=False)

    def on_resize(self, _event: events.Resize) -> None:
        """Lays the text out for the new width."""
        self._show()

    def _show(self) -> None:
        if not self.is_mounted:
            return
        shown = self.shown
        width = self.scrollable_content_region.width - 1
        if shown is None or width < 8:
            self._facts.update("")
            return
        self._facts.update(
            key_facts(
                shown.row,
                width,
                now=shown.now,
                account=shown.account,
                spend=shown.spend,
                own=shown.own,
                admitted=shown.admitted,
                restore_key=self.app.key_of("keys.restore", self),
            )
        )
