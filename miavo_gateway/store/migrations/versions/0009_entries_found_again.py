"""Indexes by which a key's entries, and those made by hand, are found among many."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
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
