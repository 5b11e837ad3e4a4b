"""Cells of the table of keys: whatever the amounts are, none of them is cut."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from miavo_tui.key_records import KeyRow
from miavo_tui.widgets.key_table import KeyTable
from miavo_tui.widgets.row_table import fitted

AT = datetime(2026, 1, 1, tzinfo=UTC)


def key(budget: str, spent: str) -> KeyRow:
    return KeyRow(
        id="key_1",
        account_id="default",
        name="日本語 🔑",
        prefix="sk-maas-abcd",
        last_four="wxyz",
        created_at=AT,
        last_used_at=None,
        revoked_at=None,
        restorable_until=None,
        previous_until=None,
        plan="paid",
        rpm_limit=200,
        tpm_limit=400_000,
        own_rpm_limit=None,
        own_tpm_limit=None,
        allow=(),
        max_parallel=None,
        expires_at=None,
        budget_usd=Decimal(budget),
        budget_reset="monthly",
        budget_resets_at=AT,
        spent_usd=Decimal(spent),
        held_usd=Decimal(0),
        window_requests=200,
        window_tokens=399_999,
        in_flight=1,
        empty_in_seconds=1.0,
    )


@pytest.mark.parametrize("budget", ["5", "999.99", "1000", "100000", "0.000000001"])
@pytest.mark.parametrize("width", [78, 100, 140, 200])
def test_a_row_shows_every_figure(budget: str, width: int) -> None:
    table = KeyTable(id="keys")
    row = key(budget, "0.000000001")
    for column in table.columns(width):
        shown = "".join(text for text, _ in fitted(table.cell(row, column), column.width))
        assert "…" not in shown.replace("sk-maas-abcd…wxyz", ""), column.name
