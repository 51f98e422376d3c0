"""What signing in needs: account states, invitations, second factors, passkeys, links by e-mail."""

import sqlalchemy as sa
from alembic import op

from deploy.migrations.changing import add_columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_columns(
        "accounts",
        (sa.Column("email_confirmed_at", sa.DateTime(timezone=True), nullable=True), None),
        (sa.Column("state", sa.String(30), nullable=False), "'active'"),
        (sa.Column("bio", sa.Text(), nullable=True), None),
        (sa.Column("reason", sa.Text(), nullable=False), "''"),
        (sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True), None),
    )
    with op.batch_alter_table("accounts") as batch:
        batch.alter_column("password_hash", existing_type=sa.Text(), nullable=True)
    op.create_index(op.f("ix_accounts_state"), "accounts", ["state"])
    # Whoever is signed in signs in again: their sessions do not say how they were opened.
    op.execute(sa.table("sessions").delete())
    add_columns(
        "sessions",
        (sa.Column("assurance", sa.String(30), nullable=False), "'one'"),
        (sa.Column("browser", sa.String(30), nullable=False), "''"),
        (sa.Column("system", sa.String(30), nullable=False), "''"),
        (sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False), "'2026-01-01 00:00:00'"),
        (sa.Column("reauthenticated_at", sa.DateTime(timezone=True), nullable=False), "'2026-01-01 00:00:00'"),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("email", sa.String(254), nullable=True),
        sa.Column("roles", sa.String(100), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("most_uses", sa.BigInteger(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["actors.id"], name=op.f("fk_invitations_created_by_actors"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("digest", name=op.f("uq_invitations_digest")),
    )
    op.create_index(op.f("ix_invitations_created_by"), "invitations", ["created_by"])
    op.create_index(op.f("ix_invitations_expires_at"), "invitations", ["expires_at"])
    op.create_table(
        "mail_links",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("purpose", sa.String(30), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        _of_an_account("mail_links"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_mail_links")),
    )
    op.create_index(op.f("ix_mail_links_actor_id"), "mail_links", ["actor_id"])
    op.create_index(op.f("ix_mail_links_email"), "mail_links", ["email"])
    op.create_index(op.f("ix_mail_links_expires_at"), "mail_links", ["expires_at"])
    op.create_table(
        "totp_factors",
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        _of_an_account("totp_factors"),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_totp_factors")),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        _of_an_account("passkeys"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    op.create_index(op.f("ix_passkeys_actor_id"), "passkeys", ["actor_id"])
    op.create_table(
        "recovery_codes",
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _of_an_account("recovery_codes"),
        sa.PrimaryKeyConstraint("actor_id", "digest", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "sign_in_steps",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("purpose", sa.String(30), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("challenge", sa.LargeBinary(), nullable=True),
        sa.Column("back", sa.Text(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        _of_an_account("sign_in_steps"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sign_in_steps")),
    )
    op.create_index(op.f("ix_sign_in_steps_actor_id"), "sign_in_steps", ["actor_id"])
    op.create_index(op.f("ix_sign_in_steps_expires_at"), "sign_in_steps", ["expires_at"])


def _of_an_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["actor_id"], ["accounts.actor_id"], name=op.f(f"fk_{table}_actor_id_accounts"), ondelete="CASCADE"
    )


def downgrade() -> None:
    raise NotImplementedError("a database goes forward only; restore the backup that was made before")
