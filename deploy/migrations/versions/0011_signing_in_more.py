"""By what the first step of a sign-in was taken, kept with the second step and the session."""

import sqlalchemy as sa

from deploy.migrations.changing import add_columns

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("sessions", "sign_in_steps"):
        add_columns(
            table,
            (sa.Column("method", sa.String(30), nullable=True), None),
            (sa.Column("passkey_id", sa.BigInteger(), nullable=True), None),
        )


def downgrade() -> None:
    raise NotImplementedError("a database goes forward only; restore the backup that was made before")
