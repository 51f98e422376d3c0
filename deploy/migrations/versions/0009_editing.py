"""When an issue was changed."""

import sqlalchemy as sa

from deploy.migrations.changing import add_columns

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_columns("issues", (sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True), None))


def downgrade() -> None:
    raise NotImplementedError("a database goes forward only; restore the backup that was made before")
