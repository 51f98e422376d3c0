"""People known by another provider, and forms that were sent before."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identities",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("label", sa.String(254), nullable=False),
        sa.Column("granted", sa.String(100), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.actor_id"], name=op.f("fk_identities_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_identities_issuer_subject")),
    )
    op.create_index(op.f("ix_identities_account_id"), "identities", ["account_id"])
    op.create_table(
        "provider_sessions",
        sa.Column("session_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=False),
        sa.Column("sid", sa.String(255), nullable=False),
        sa.Column("id_token", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_digest"],
            ["sessions.digest"],
            name=op.f("fk_provider_sessions_session_digest_sessions"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"],
            ["identities.id"],
            name=op.f("fk_provider_sessions_identity_id_identities"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_digest", name=op.f("pk_provider_sessions")),
    )
    op.create_index(op.f("ix_provider_sessions_identity_id"), "provider_sessions", ["identity_id"])
    op.create_table(
        "sent_forms",
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sent_forms")),
    )
    op.create_index(op.f("ix_sent_forms_claimed_at"), "sent_forms", ["claimed_at"])
    op.create_table(
        "kept_forms",
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_kept_forms")),
    )
    op.create_index(op.f("ix_kept_forms_expires_at"), "kept_forms", ["expires_at"])
    op.create_index(
        "ix_arrivals_without_effect",
        "arrivals",
        ["id"],
        sqlite_where=sa.text("state IN ('ignored', 'refused', 'failed')"),
        postgresql_where=sa.text("state IN ('ignored', 'refused', 'failed')"),
    )


def downgrade() -> None:
    raise NotImplementedError("a database goes forward only; restore the backup that was made before")
