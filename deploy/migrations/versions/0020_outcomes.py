"""Outcomes have versions, follow-up steps and drafts; who reminds of promised feedback remembers that it did."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outcomes",
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_outcomes_post_id_posts"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_outcomes")),
    )
    op.execute(
        "INSERT INTO outcomes (post_id, version, since, reason) "
        "SELECT id, 1, published_at, '' FROM posts WHERE kind = 'outcome'"
    )
    op.create_table(
        "outcome_versions",
        sa.Column("outcome_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["outcome_id"], ["posts.id"], name=op.f("fk_outcome_versions_outcome_id_posts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("outcome_id", "version", name=op.f("pk_outcome_versions")),
    )
    op.create_table(
        "outcome_steps",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("outcome_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["outcome_id"], ["posts.id"], name=op.f("fk_outcome_steps_outcome_id_posts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome_steps")),
        sa.UniqueConstraint("outcome_id", "number", name=op.f("uq_outcome_steps_outcome_id_number")),
    )
    late = sa.text("done_at IS NULL AND reminded_at IS NULL")
    op.create_index("ix_outcome_steps_late", "outcome_steps", ["due_at"], sqlite_where=late, postgresql_where=late)
    op.create_table(
        "outcome_drafts",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.actor_id"], name=op.f("fk_outcome_drafts_issue_id_issues"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["outcome_id"], ["posts.id"], name=op.f("fk_outcome_drafts_outcome_id_posts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["actors.id"], name=op.f("fk_outcome_drafts_changed_by_actors"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome_drafts")),
        sa.UniqueConstraint("outcome_id", name=op.f("uq_outcome_drafts_outcome_id")),
    )
    op.create_index(op.f("ix_outcome_drafts_issue_id"), "outcome_drafts", ["issue_id"])
    op.create_table(
        "draft_answers",
        sa.Column("draft_id", sa.BigInteger(), nullable=False),
        sa.Column("contribution_uri", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(30), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["outcome_drafts.id"], name=op.f("fk_draft_answers_draft_id_outcome_drafts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("draft_id", "contribution_uri", name=op.f("pk_draft_answers")),
    )  # fmt: skip
    op.create_table(
        "feedback_reminders",
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("feedback_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("days", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.actor_id"], name=op.f("fk_feedback_reminders_issue_id_issues"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("issue_id", "feedback_by", "days", name=op.f("pk_feedback_reminders")),
    )


def downgrade() -> None:
    raise NotImplementedError("a database goes forward only; restore the backup that was made before")
