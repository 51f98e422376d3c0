"""``column IN (many)`` as one parameter.

A list of parameters makes another statement for every length, which the driver prepares anew, and
its number is bounded. An array (JSON on SQLite) is one parameter however long, and one statement.
"""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, any_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute


def among(
    session: AsyncSession, column: InstrumentedAttribute[Any], values: Collection[int] | Collection[str]
) -> ColumnElement[bool]:
    """Return the condition that a column of whole numbers or text holds one of ``values``."""
    if session.get_bind().dialect.name == "sqlite":
        each = func.json_each(json.dumps(list(values))).table_valued("value")
        return column.in_(select(each.c.value))
    return column == any_(bindparam(None, list(values), type_=ARRAY(column.type)))
