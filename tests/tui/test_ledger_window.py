"""The window over the ledger: no gap, no entry twice, never more than two pages."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from miavo_tui.ledger_window import PAGE, LedgerWindow
from miavo_tui.money_records import LedgerRow

AT = datetime(2026, 1, 1, tzinfo=UTC)


def entries(newest: int, oldest: int) -> list[LedgerRow]:
    """Entries of these ids, newest first."""
    return [
        LedgerRow(number, "credit", Decimal(1), AT, "default", None, None, None, None)
        for number in range(newest, oldest - 1, -1)
    ]


@given(st.integers(1, 900), st.lists(st.booleans(), max_size=30))
def test_it_moves_over_any_number_of_entries(total: int, moves: list[bool]) -> None:
    window = LedgerWindow()
    first = entries(total, max(1, total - PAGE + 1))
    window.show(first, at_newest=True, at_oldest=len(first) < PAGE)
    for older in moves:
        if older and not window.at_oldest:
            last = window.rows[-1].id
            page = entries(last - 1, max(1, last - PAGE))
            window.add_older(page, last=len(page) < PAGE)
        elif not older and not window.at_newest:
            page = entries(min(total, window.newest + PAGE), window.newest + 1)
            window.add_newer(page, last=len(page) < PAGE)
        numbers = [row.id for row in window.rows]
        assert numbers == list(range(numbers[0], numbers[-1] - 1, -1))
        assert len(numbers) <= 2 * PAGE
        assert not window.at_newest or numbers[0] == total
        assert not window.at_oldest or numbers[-1] == 1
