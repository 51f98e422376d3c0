"""Roles instead of one administrator flag, what an administrator chose, and the audit log."""

import sqlalchemy as sa
from alembic import op

from deploy.migrations.changing import add_columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_columns("accounts", (sa.Column("roles", sa.String(100), nullable=False), "''"))
    accounts = sa.table("accounts", sa.column("roles", sa.String), sa.column("is_admin", sa.Boolean))
    op.execute(accounts.update().where(accounts.c.is_admin.is_(True)).values(roles="administrator"))
    with op.batch_alter_table("accounts") as batch:
        batch.drop_column("is_admin")
    op.create_table(
        "choices",
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["updated_by"], ["actors.id"], name=op.f("fk_choices_updated_by_actors"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_choices")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("for_id", sa.BigInteger(), nullable=True),
        sa.Column("act", sa.String(60), nullable=False),
        sa.Column("object_uri", sa.Text(), nullable=False),
        sa.Column("object_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actors.id"], name=op.f("fk_audit_entries_actor_id_actors"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["for_id"], ["actors.id"], name=op.f("fk_audit_entries_for_id_actors"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_act_id", "audit_entries", ["act", "id"])
    op.create_index(op.f("ix_audit_entries_actor_id"), "audit_entries", ["actor_id"])
    op.create_index(op.f("ix_audit_entries_created_at"), "audit_entries", ["created_at"])


def downgrade() -> None:
    raise NotImplementedError("a database goes forward only; restore the backup that was made before")
