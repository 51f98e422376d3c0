"""How Alembic runs here: on the connection that `deploy.migrate` opened, in its transaction."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Enum

from actors.database import Instant
from deploy.migrations.tables import METADATA


def render(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Write our own types as the plain ones that the database sees: a migration must not change with our code."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    render_item=render,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
