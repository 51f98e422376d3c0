"""Pictures: of actors, of knowledge products, in posts."""

import sqlalchemy as sa
from alembic import op

from deploy.migrations.changing import add_columns

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_columns(
        "attachments",
        (sa.Column("width", sa.BigInteger(), nullable=True), None),
        (sa.Column("height", sa.BigInteger(), nullable=True), None),
        (sa.Column("is_cover", sa.Boolean(), nullable=False), "false"),
    )
    op.create_table(
        "actor_pictures",
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("media_type", sa.String(200), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actors.id"], name=op.f("fk_actor_pictures_actor_id_actors"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_actor_pictures")),
    )
    op.create_index(op.f("ix_actor_pictures_digest"), "actor_pictures", ["digest"])


def downgrade() -> None:
    raise NotImplementedError("a database goes forward only; restore the backup that was made before")
