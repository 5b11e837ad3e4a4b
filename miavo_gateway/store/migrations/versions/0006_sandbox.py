"""Credentials that the sandbox answers for, and the requests that it answered."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("credential", sa.Column("sandbox", sa.String(), nullable=True))
    op.add_column(
        "usage", sa.Column("simulated", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    with op.batch_alter_table("usage") as table:
        table.drop_column("simulated")
    with op.batch_alter_table("credential") as table:
        table.drop_column("sandbox")
