"""Credentials of the providers, without their secrets."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credential",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("masked", sa.String(8), nullable=False),
        sa.Column("base_url", sa.String(500), nullable=True),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("provider", "label", name="uq_credential_provider_label"),
    )


def downgrade() -> None:
    op.drop_table("credential")
