"""Indexes from which lists of issues are read in their order and counted, and local actors found by their handle."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_issues_phase_published_at", table_name="issues")
    op.drop_index(op.f("ix_issues_host_id"), table_name="issues")
    op.drop_index(op.f("ix_issue_themes_theme"), table_name="issue_themes")
    op.drop_index("ix_actors_domain", table_name="actors")
    op.create_index("ix_actors_domain_kind", "actors", ["domain", "kind", "deleted_at", "suspended_at"])
    op.create_index("ix_issues_phase_actor_id", "issues", ["phase", "actor_id"])
    op.create_index("ix_issues_host_id_actor_id", "issues", ["host_id", "actor_id"])
    op.create_index("ix_issues_phase_feedback_by", "issues", ["phase", "feedback_by"])
    op.create_index("ix_issue_themes_theme_issue_id", "issue_themes", ["theme", "issue_id"])
    op.create_index(
        "ix_actors_local_handle", "actors", ["handle"],
        sqlite_where=sa.text("is_local IS 1"), postgresql_where=sa.text("is_local"),
    )  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("a database goes forward only; restore the backup that was made before")
