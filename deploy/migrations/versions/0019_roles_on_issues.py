"""Roles on issues, and answers that came before what they answer."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issue_roles",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("offer_uri", sa.Text(), nullable=True),
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(30), nullable=False),
        sa.Column("perspective", sa.String(200), nullable=True),
        sa.Column("is_perspective_shown", sa.Boolean(), nullable=False),
        sa.Column("expectation", sa.Text(), nullable=False),
        sa.Column("state", sa.String(30), nullable=False),
        sa.Column("is_application", sa.Boolean(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.BigInteger(), nullable=True),
        sa.Column("note_id", sa.BigInteger(), nullable=True),
        sa.Column("link_digest", sa.LargeBinary(32), nullable=True),
        sa.Column("link_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["actors.id"], name=op.f("fk_issue_roles_issue_id_actors"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actors.id"], name=op.f("fk_issue_roles_actor_id_actors"), ondelete="CASCADE"
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], ["actors.id"], name=op.f(f"fk_issue_roles_{column}_actors"), ondelete="SET NULL"
            )
            for column in ("offered_by_id", "decided_by_id", "ended_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["note_id"], ["posts.id"], name=op.f("fk_issue_roles_note_id_posts"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_roles")),
        sa.UniqueConstraint("issue_id", "uri", name=op.f("uq_issue_roles_issue_id_uri")),
        sa.UniqueConstraint("link_digest", name=op.f("uq_issue_roles_link_digest")),
    )
    for column in ("offer_uri", "offered_by_id", "decided_by_id", "ended_by_id", "note_id"):
        op.create_index(op.f(f"ix_issue_roles_{column}"), "issue_roles", [column])
    op.create_index("ix_issue_roles_issue_id_state", "issue_roles", ["issue_id", "state", "id"])
    op.create_index("ix_issue_roles_actor_id_state", "issue_roles", ["actor_id", "state", "id"])
    is_open = sa.text("state IN ('offered', 'applied', 'held')")
    op.create_index(
        "uq_issue_roles_open", "issue_roles", ["issue_id", "actor_id", "role"],
        unique=True, sqlite_where=is_open, postgresql_where=is_open,
    )  # fmt: skip
    op.create_table(
        "early_role_answers",
        sa.Column("offer_uri", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("is_accepted", sa.Boolean(), nullable=False),
        sa.Column("is_perspective_shown", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actors.id"], name=op.f("fk_early_role_answers_actor_id_actors"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("offer_uri", "actor_id", name=op.f("pk_early_role_answers")),
    )
    op.create_index(op.f("ix_early_role_answers_actor_id"), "early_role_answers", ["actor_id"])
    op.create_index(op.f("ix_early_role_answers_created_at"), "early_role_answers", ["created_at"])


def downgrade() -> None:
    raise NotImplementedError("a database goes forward only; restore the backup that was made before")
