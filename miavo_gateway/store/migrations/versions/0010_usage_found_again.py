"""What became of a request at its providers, and indexes by which its row is found again."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_UNCOMPLETED = sa.text("state NOT IN ('open', 'completed')")


def upgrade() -> None:
    op.add_column("usage", sa.Column("error_message", sa.String(300), nullable=True))
    op.add_column("usage", sa.Column("attempts", sa.String(), nullable=True))
    op.create_index("ix_usage_slug_id", "usage", ["slug", "id"])
    op.create_index("ix_usage_provider_id", "usage", ["provider", "id"])
    op.create_index(
        "ix_usage_uncompleted",
        "usage",
        ["id"],
        sqlite_where=_UNCOMPLETED,
        postgresql_where=_UNCOMPLETED,
    )


def downgrade() -> None:
    for name in ("uncompleted", "provider_id", "slug_id"):
        op.drop_index(f"ix_usage_{name}", "usage")
    with op.batch_alter_table("usage") as table:
        table.drop_column("attempts")
        table.drop_column("error_message")
