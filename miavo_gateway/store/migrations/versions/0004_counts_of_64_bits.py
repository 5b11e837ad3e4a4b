"""Token counts and limits beyond 2^31, which PostgreSQL's INTEGER refuses."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_COLUMNS = {
    "api_key": ("tpm_limit",),
    "usage": ("uncached_input", "cache_read", "cache_write", "output", "reasoning"),
}


def upgrade() -> None:
    _alter(sa.Integer(), sa.BigInteger())


def downgrade() -> None:
    _alter(sa.BigInteger(), sa.Integer())


def _alter(old: sa.types.TypeEngine[int], new: sa.types.TypeEngine[int]) -> None:
    # SQLite's INTEGER has 64 bits already, and it could only change a column by copying the table.
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.alter_column(table, column, existing_type=old, type_=new)
