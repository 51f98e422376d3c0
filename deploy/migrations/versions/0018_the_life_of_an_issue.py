"""Reasons of phases, promises of feedback, perspectives from which people speak, and signals."""

import sqlalchemy as sa
from alembic import op

from deploy.migrations.changing import add_columns

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("posts", sa.Column("perspective", sa.String(200), nullable=True))
    spoken = sa.text("perspective IS NOT NULL")
    op.create_index(
        "ix_posts_perspective", "posts", ["space_id", "perspective"], sqlite_where=spoken, postgresql_where=spoken
    )
    op.add_column("issues", sa.Column("perspectives_present", sa.JSON(), nullable=True))
    add_columns("phase_changes", (sa.Column("reason", sa.Text(), nullable=False), "''"))
    with op.batch_alter_table("phase_changes") as batch:
        batch.add_column(sa.Column("post_id", sa.BigInteger(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_phase_changes_post_id_posts"), "posts", ["post_id"], ["id"], ondelete="SET NULL"
        )
    op.create_table(
        "promises",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("feedback_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.actor_id"], name=op.f("fk_promises_issue_id_issues"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["actors.id"], name=op.f("fk_promises_by_id_actors"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promises")),
    )
    op.create_index(op.f("ix_promises_issue_id"), "promises", ["issue_id"])
    op.create_table(
        "signals",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("from_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(30), nullable=False),
        sa.Column("assigned_id", sa.BigInteger(), nullable=True),
        sa.Column("issue_uri", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["actors.id"], name=op.f("fk_signals_organisation_id_actors"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["from_id"], ["actors.id"], name=op.f("fk_signals_from_id_actors"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["assigned_id"], ["actors.id"], name=op.f("fk_signals_assigned_id_actors"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signals")),
    )
    op.create_index("ix_signals_organisation_id_state_id", "signals", ["organisation_id", "state", "id"])
    op.create_index("ix_signals_from_id_id", "signals", ["from_id", "id"])
    op.create_index(op.f("ix_signals_assigned_id"), "signals", ["assigned_id"])
    op.create_table(
        "signal_posts",
        sa.Column("post_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("signal_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(30), nullable=True),
        sa.Column("issue_uri", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_signal_posts_post_id_posts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["signal_id"], ["signals.id"], name=op.f("fk_signal_posts_signal_id_signals"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_signal_posts")),
        sa.UniqueConstraint("signal_id", "post_id", name=op.f("uq_signal_posts_signal_id_post_id")),
    )


def downgrade() -> None:
    raise NotImplementedError("a database goes forward only; restore the backup that was made before")
