"""What a key may do, and where money moves."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("api_key") as table:
        table.add_column(sa.Column("previous_sha256", sa.String(64), nullable=True))
        table.add_column(sa.Column("previous_until", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("plan", sa.String(16), nullable=False, server_default="paid"))
        table.add_column(sa.Column("rpm_limit", sa.Integer(), nullable=True))
        table.add_column(sa.Column("tpm_limit", sa.Integer(), nullable=True))
        table.add_column(sa.Column("allow", sa.String(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("max_parallel", sa.Integer(), nullable=True))
        table.add_column(sa.Column("expires_at", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("budget_nano", sa.BigInteger(), nullable=True))
        table.add_column(
            sa.Column("budget_reset", sa.String(16), nullable=False, server_default="never")
        )
    op.create_table(
        "ledger_entry",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("key_id", sa.String(32), nullable=True),
        sa.Column("request_id", sa.String(64), nullable=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("amount_nano", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(500), nullable=True),
    )
    op.create_index("ix_ledger_entry_account_id", "ledger_entry", ["account_id"])
    op.create_index("ix_ledger_entry_request_id", "ledger_entry", ["request_id"])


def downgrade() -> None:
    op.drop_table("ledger_entry")
    with op.batch_alter_table("api_key") as table:
        for name in (
            "previous_sha256",
            "previous_until",
            "plan",
            "rpm_limit",
            "tpm_limit",
            "allow",
            "max_parallel",
            "expires_at",
            "budget_nano",
            "budget_reset",
        ):
            table.drop_column(name)
