"""What requests for sound, music, images and video use."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_COUNTS = ("audio_input", "audio_output", "characters", "images", "milliseconds")
_COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for name in _COUNTS:
        op.add_column("usage", sa.Column(name, _COUNT, nullable=False, server_default=sa.text("0")))


def downgrade() -> None:
    with op.batch_alter_table("usage") as table:
        for name in _COUNTS:
            table.drop_column(name)
