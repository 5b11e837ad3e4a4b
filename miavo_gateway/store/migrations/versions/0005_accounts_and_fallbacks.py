"""Accounts found by name, totals over time, and the model that stood in for another."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # An index and no constraint: SQLite would have to copy a table that others refer to.
    op.create_index("ix_account_name", "account", ["name"], unique=True)
    op.create_index("ix_usage_started_at", "usage", ["started_at"])
    op.add_column("usage", sa.Column("answered_by", sa.String(200), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("usage") as table:
        table.drop_column("answered_by")
    op.drop_index("ix_usage_started_at", "usage")
    op.drop_index("ix_account_name", "account")
