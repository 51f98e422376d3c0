"""Notifications say which issue they belong to, and of which thing they tell."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("notifications") as batch:
        batch.add_column(sa.Column("about_id", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("thing_id", sa.BigInteger(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_notifications_about_id_actors"), "actors", ["about_id"], ["id"], ondelete="CASCADE"
        )
        batch.create_index(op.f("ix_notifications_about_id"), ["about_id"])
    told_once = sa.text("thing_id IS NOT NULL")
    op.create_index(
        "uq_notifications_thing", "notifications", ["recipient_id", "kind", "thing_id"],
        unique=True, sqlite_where=told_once, postgresql_where=told_once,
    )  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("a database goes forward only; restore the backup that was made before")
