"""Mail in the queue, and who wants it when."""

import sqlalchemy as sa
from alembic import op

from deploy.migrations.changing import add_columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "mails",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=True),
        sa.Column("can_wait", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(30), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_at", moment, nullable=False),
        sa.Column("until", moment, nullable=True),
        sa.Column("last_status", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("done_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.actor_id"], name=op.f("fk_mails_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
    )
    op.create_index("ix_mails_account_id_id", "mails", ["account_id", "id"])
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_mails_waiting", "mails", ["can_wait", "next_at"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_table(
        "mail_wishes",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("rhythm", sa.String(20), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.actor_id"], name=op.f("fk_mail_wishes_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "kind", name=op.f("pk_mail_wishes")),
    )
    op.create_table(
        "mail_digests",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("rhythm", sa.String(20), nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.actor_id"], name=op.f("fk_mail_digests_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "rhythm", name=op.f("pk_mail_digests")),
    )
    op.create_index(op.f("ix_mail_digests_due_at"), "mail_digests", ["due_at"])
    # What was there before mail was possible is no news.
    add_columns("notifications", (sa.Column("mail", sa.String(30), nullable=False), "'done'"))
    new, bundled = sa.text("mail = 'new'"), sa.text("mail IN ('daily', 'weekly')")
    op.create_index("ix_notifications_new", "notifications", ["id"], sqlite_where=new, postgresql_where=new)
    op.create_index(
        "ix_notifications_bundled",
        "notifications",
        ["recipient_id", "mail", "id"],
        sqlite_where=bundled,
        postgresql_where=bundled,
    )


def downgrade() -> None:
    raise NotImplementedError("a database goes forward only; restore the backup that was made before")
