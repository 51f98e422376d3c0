"""Reports and what moderators decide."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nullable, so that no table of many rows is written anew.
    op.add_column("actors", sa.Column("suspended_with_server", sa.Boolean(), nullable=True))
    op.add_column("actors", sa.Column("limited_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("actors", sa.Column("limited_with_server", sa.Boolean(), nullable=True))
    op.create_index("ix_actors_domain", "actors", ["domain"])
    for name, column in (("ix_actors_suspended", "suspended_at"), ("ix_actors_limited", "limited_at")):
        where = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, "actors", ["id"], sqlite_where=where, postgresql_where=where)
    op.add_column("posts", sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("instances", sa.Column("policy_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("instances", sa.Column("policy_unsettled", sa.Boolean(), nullable=True))
    instances = sa.table(
        "instances", sa.column("policy", sa.String), sa.column("policy_unsettled", sa.Boolean)
    )  # what was decided before this version marked nobody
    op.execute(instances.update().where(instances.c.policy != "open").values(policy_unsettled=True))
    op.create_table(
        "decisions",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("about_id", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("act", sa.String(30), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("posts", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["about_id"], ["actors.id"], name=op.f("fk_decisions_about_id_actors"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["actors.id"], name=op.f("fk_decisions_by_id_actors"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index("ix_decisions_about_id_id", "decisions", ["about_id", "id"])
    op.create_table(
        "reports",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reporter_id", sa.BigInteger(), nullable=True),
        sa.Column("about_id", sa.BigInteger(), nullable=False),
        sa.Column("category", sa.String(30), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("forwarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(30), nullable=False),
        sa.Column("assigned_id", sa.BigInteger(), nullable=True),
        sa.Column("handled_by", sa.BigInteger(), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("act", sa.String(30), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["actors.id"], name=op.f("fk_reports_reporter_id_actors"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["about_id"], ["actors.id"], name=op.f("fk_reports_about_id_actors"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["assigned_id"], ["actors.id"], name=op.f("fk_reports_assigned_id_actors"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["handled_by"], ["actors.id"], name=op.f("fk_reports_handled_by_actors"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_reports_decision_id_decisions"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    for column in ("reporter_id", "about_id", "assigned_id", "decision_id"):
        op.create_index(op.f(f"ix_reports_{column}"), "reports", [column])
    op.create_index("ix_reports_state_id", "reports", ["state", "id"])
    op.create_table(
        "reported_posts",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("post_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_reported_posts_report_id_reports"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_reported_posts_post_id_posts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", "post_id", name=op.f("pk_reported_posts")),
    )
    op.create_index(op.f("ix_reported_posts_post_id"), "reported_posts", ["post_id"])
    op.create_table(
        "ended_follows",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("domain", sa.String(300), nullable=False),
        sa.Column("local_id", sa.BigInteger(), nullable=False),
        sa.Column("remote_id", sa.BigInteger(), nullable=False),
        sa.Column("was_followed", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["local_id"], ["actors.id"], name=op.f("fk_ended_follows_local_id_actors"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["remote_id"], ["actors.id"], name=op.f("fk_ended_follows_remote_id_actors"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ended_follows")),
    )
    op.create_index(op.f("ix_ended_follows_local_id"), "ended_follows", ["local_id"])


def downgrade() -> None:
    raise NotImplementedError("a database goes forward only; restore the backup that was made before")
