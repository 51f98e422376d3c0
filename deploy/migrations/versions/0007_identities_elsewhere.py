"""People known by another provider, and forms that were sent before."""

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    raise NotImplementedError("a database goes forward only; restore the backup that was made before")
