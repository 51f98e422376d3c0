"""An index from which the posts of an issue are counted without reading them."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_posts_space_id_id", table_name="posts")
    op.create_index(
        "ix_posts_space_id_id",
        "posts",
        ["space_id", "id", "kind", "visibility", "author_id", "deleted_at", "hidden_at"],
    )


def downgrade() -> None:
    raise NotImplementedError("a database goes forward only; restore the backup that was made before")
