"""What signing in needs: invitations, second factors, passkeys, links by e-mail."""

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    raise NotImplementedError("a database goes forward only; restore the backup that was made before")
