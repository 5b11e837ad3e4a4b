"""What became of a request at its providers, and indexes by which its row is found again."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0010"
# The one before it, whichever that is: revisions are in order, as their files are.
down_revision = max(
    number
    for path in Path(__file__).parent.glob("[0-9]*.py")
    if (number := path.name.partition("_")[0]) < revision
)
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
