"""Who placed a post of the organisation."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "posted_for",
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_posted_for_post_id_posts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["actors.id"], name=op.f("fk_posted_for_person_id_actors"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_posted_for")),
    )
    op.create_index(op.f("ix_posted_for_person_id"), "posted_for", ["person_id"])


def downgrade() -> None:
    raise NotImplementedError("a database goes forward only; restore the backup that was made before")
