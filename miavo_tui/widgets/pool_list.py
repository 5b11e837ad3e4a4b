"""The list of credentials: a provider's name before its first, and how each does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from miavo_tui.amount_text import count_text
from miavo_tui.plain_text import printable_line
from miavo_tui.pool.looks import look_of
from miavo_tui.pool.rows import PoolRow
from miavo_tui.widgets.cell_text import fitted_text

__all__ = ["PoolList"]

_TITLES = ("provider", "state", "label", "secret")
_WIDE = 104
"""From this width on there is room for counts."""


@dataclass(frozen=True, slots=True)
class _Widths:
    """Of the columns that hold text; their gaps are in them."""

    provider: int
    label: int
    state: int = 17
    secret: int = 11

    @classmethod
    def for_room(cls, rows: Sequence[PoolRow], width: int) -> _Widths:
        """As wide as the names are, and as there is room."""
        provider = max([10, *(len(row.provider.name) for row in rows)]) + 2
        labels = [len(row.credential.label) for row in rows if row.credential]
        left = width - 3 - min(provider, 20) - 17 - 11 - 10 - 8
        return cls(min(provider, 20), max(8, min(left, max([11, *labels]) + 2)))


class PoolList(OptionList):
    """Credentials one a line. A click or Enter on one chooses it."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, markup=False, compact=True)
        self.rows: Sequence[PoolRow] = ()
        self._age = 0.0

    @property
    def row(self) -> PoolRow | None:
        """The row under the cursor."""
        at = self.highlighted
        return self.rows[at] if at is not None and at < len(self.rows) else None

    def show(self, rows: Sequence[PoolRow], *, age: float) -> None:
        """Shows the pool, with the cursor where it was.

        Args:
            rows: the rows, in order.
            age: seconds since the gateway told of them.
        """
        kept = self.row.key if self.row else None
        keys = [row.key for row in rows]
        self._age = age
        if keys == [row.key for row in self.rows]:
            self.rows = rows
            self._redraw()
            return
        self.rows = rows
        self.clear_options()
        widths = self._widths()
        self.add_options([Option(self._line(row, widths)) for row in rows])
        if rows:
            self.highlighted = keys.index(kept) if kept in keys else 0

    def select(self, key: str) -> None:
        """Puts the cursor on a row, if it is there."""
        for at, row in enumerate(self.rows):
            if row.key == key:
                self.highlighted = at

    def on_resize(self, _event: events.Resize) -> None:
        """Chooses the columns anew."""
        self._redraw()

    def _redraw(self) -> None:
        widths = self._widths()
        for at, row in enumerate(self.rows):
            self.replace_option_prompt_at_index(at, self._line(row, widths))

    def _widths(self) -> _Widths:
        return _Widths.for_room(self.rows, self.size.width)

    @property
    def header(self) -> Content:
        """The titles over the columns."""
        widths = self._widths()
        titles = "".join(_cell(name, getattr(widths, name)) for name in _TITLES)
        titles += f"{'in flight':>10}{'weight':>8}"
        if self.size.width >= _WIDE:
            titles += f"{'requests':>10}{'failed':>8}  origin"
        return Content.styled(titles, "bold $text-muted")

    def _line(self, row: PoolRow, widths: _Widths) -> Content:
        name = row.provider.name if row.first else ""
        parts: list[tuple[str, str]] = [(_cell(name, widths.provider), "bold $foreground")]
        one = row.credential
        if one is None:
            parts.append(("○ no credential", "$text-muted"))
            return Content.assemble(*parts)
        look = look_of(one, age=self._age)
        parts += [
            (_cell(f"{look.symbol} {look.words}", widths.state), f"${look.colour}"),
            (_cell(printable_line(one.label), widths.label), "$foreground"),
            (_cell("simulated" if one.simulated else one.masked, widths.secret), "$text-muted"),
            (f"{one.in_flight or '—':>10}", "$foreground" if one.in_flight else "$text-muted"),
            (f"{one.weight:>8}", "$text-muted"),
        ]
        if self.size.width >= _WIDE:
            failed = one.requests - dict(one.counts).get("ok", 0)
            parts += [
                (f"{count_text(one.requests) if one.requests else '—':>10}", "$text-muted"),
                (f"{count_text(failed) if failed else '—':>8}  ", "$text-muted"),
                (_origin(row), "$text-muted"),
            ]
        line = Content.assemble(*parts)
        room = self.scrollable_content_region.width
        return line.truncate(room, ellipsis=True) if room > 0 else line


def _origin(row: PoolRow) -> str:
    one = row.credential
    if one is None:
        return ""
    if one.from_environment:
        return "variable"
    return "this run" if one.passing else ""


def _cell(text: str, width: int) -> str:
    return fitted_text(text, width - 2) + "  "
