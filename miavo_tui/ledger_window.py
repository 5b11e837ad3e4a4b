"""The entries of the ledger that are held."""

from __future__ import annotations

from miavo_tui.money_records import LedgerRow
from miavo_tui.row_window import RowWindow

__all__ = ["PAGE", "LedgerWindow"]

PAGE = 100
"""How many entries are asked for at a time."""


class LedgerWindow(RowWindow[LedgerRow]):
    """Two pages of entries at most."""

    MOST = 2 * PAGE
