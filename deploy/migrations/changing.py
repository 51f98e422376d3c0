"""What several migrations do: columns added to tables that hold rows."""

from typing import Any

import sqlalchemy as sa
from alembic import op


def add_columns(table: str, *columns: tuple[sa.Column[Any], str | None]) -> None:
    """Add columns to a table. Each comes with what rows that are there get, as SQL, or None for nullable ones.

    The default serves those rows alone and is gone afterwards: new rows get their values from the code.
    """
    with op.batch_alter_table(table) as batch:
        for column, given in columns:
            column.server_default = sa.DefaultClause(sa.text(given)) if given is not None else None
            batch.add_column(column)
    defaulted = [(column, given) for column, given in columns if given is not None]
    if defaulted:
        with op.batch_alter_table(table) as batch:
            for column, _ in defaulted:
                batch.alter_column(column.name, server_default=None, existing_type=column.type, existing_nullable=False)
