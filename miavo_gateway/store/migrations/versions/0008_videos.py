"""Video tasks."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "video_task",
        sa.Column("number", _ROW_ID, primary_key=True),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("request_id", sa.String(64), nullable=False, unique=True),
        sa.Column("key_id", sa.String(32), sa.ForeignKey("api_key.id"), nullable=False),
        sa.Column("slug", sa.String(200), nullable=False),
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("credential_id", sa.String(32), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("file_token", sa.String(64), nullable=False),
        sa.Column("file_bytes", _COUNT, nullable=True),
        sa.Column("file_ms", _COUNT, nullable=True),
        sa.Column("file_width", sa.Integer(), nullable=True),
        sa.Column("file_height", sa.Integer(), nullable=True),
        sa.Column("file_type", sa.String(64), nullable=True),
    )
    op.create_index("ix_video_task_key_id_number", "video_task", ["key_id", "number"])


def downgrade() -> None:
    op.drop_index("ix_video_task_key_id_number", "video_task")
    op.drop_table("video_task")
