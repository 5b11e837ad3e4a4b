"""Indexes by which a key's entries, and those made by hand, are found among many."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0009"
# The one before it, whichever that is: revisions are in order, as their files are.
down_revision = max(
    number
    for path in Path(__file__).parent.glob("[0-9]*.py")
    if (number := path.name.partition("_")[0]) < revision
)
branch_labels = None
depends_on = None

_BY_HAND = sa.text("kind IN ('credit', 'adjustment')")


def upgrade() -> None:
    op.create_index("ix_ledger_entry_key_id_id", "ledger_entry", ["key_id", "id"])
    op.create_index(
        "ix_ledger_entry_by_hand",
        "ledger_entry",
        ["id"],
        sqlite_where=_BY_HAND,
        postgresql_where=_BY_HAND,
    )


def downgrade() -> None:
    op.drop_index("ix_ledger_entry_by_hand", "ledger_entry")
    op.drop_index("ix_ledger_entry_key_id_id", "ledger_entry")
