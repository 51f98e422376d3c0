"""``column IN (many)`` as one parameter.

A list of parameters makes another statement for every length, which the driver prepares anew, and
its number is bounded. An array (JSON on SQLite) is one parameter however long, and one statement.
"""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Select, any_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute


def among(
    session: AsyncSession, column: InstrumentedAttribute[Any], values: Collection[int] | Collection[str]
) -> ColumnElement[bool]:
    """Return the condition that a column of whole numbers or text holds one of ``values``."""
    if session.get_bind().dialect.name == "sqlite":
        return column.in_(_each_of_json(values))
    return column == any_(bindparam(None, list(values), type_=ARRAY(column.type)))


def not_among(
    session: AsyncSession, column: InstrumentedAttribute[Any], values: Collection[int] | Collection[str]
) -> ColumnElement[bool]:
    """Return the condition that a column holds none of ``values``; for rows that are looked at one by one.

    PostgreSQL hashes a subquery, but searches an array that is a parameter from end to end for each row.
    """
    if session.get_bind().dialect.name == "sqlite":
        return column.not_in(_each_of_json(values))
    array = bindparam(None, list(values), type_=ARRAY(column.type))
    return column.not_in(select(func.unnest(array).column_valued()))


def _each_of_json(values: Collection[int] | Collection[str]) -> Select[tuple[Any]]:
    return select(func.json_each(json.dumps(list(values))).table_valued("value").c.value)
