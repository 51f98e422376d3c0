"""``INSERT … ON CONFLICT`` in the dialect at hand, so that two processes that store the same thing agree."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ClauseElement, ColumnElement
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from actors.database import Base


async def insert_or_ignore(
    session: AsyncSession, table: type[Base], rows: Sequence[Mapping[str, Any]], *, on: Sequence[str] | None = None
) -> None:
    """Insert rows, leaving out those that conflict (on the columns ``on``, or on any constraint)."""
    if rows:
        statement = _insert(session, table).on_conflict_do_nothing(index_elements=on)
        await session.execute(statement, [dict(row) for row in rows])


async def insert_if_absent(session: AsyncSession, table: type[Base], row: Mapping[str, Any]) -> bool:
    """Insert a row unless one has its primary key; return whether it was inserted."""
    statement = _insert(session, table).values(**row).on_conflict_do_nothing()
    return (await session.execute(statement.returning(*table.__table__.primary_key))).first() is not None


async def insert_or_update(
    session: AsyncSession,
    table: type[Base],
    row: Mapping[str, Any],
    *,
    on: Sequence[str],
    update: Sequence[str],
    where: ColumnElement[bool] | None = None,
) -> None:
    """Insert a row, or where one has the same ``on`` (and fits ``where``), set its ``update`` columns to this row's."""
    statement = _insert(session, table).values(**row)
    changed: dict[str, ClauseElement] = {column: statement.excluded[column] for column in update}
    await session.execute(statement.on_conflict_do_update(index_elements=on, set_=changed, where=where))


def _insert(session: AsyncSession, table: type[Base]) -> Any:
    build = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    return build(table)
