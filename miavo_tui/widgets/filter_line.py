"""The line in which requests and entries are filtered; what it cannot read is told beside it."""

from __future__ import annotations

from textual.content import Content

from miavo_tui.widgets.query_line import QueryLine

__all__ = ["FilterLine"]


class FilterLine(QueryLine):
    """Its note says what is wrong with what it holds, or how many rows pass."""

    def tell(self, fault: str, count: str = "") -> None:
        """Says what is wrong; else how many there are."""
        told = Content.styled(f"✖ {fault}", "$text-error") if fault else Content(count)
        self.note.update(told)
