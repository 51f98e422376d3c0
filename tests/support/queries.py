"""Counting what is asked of the database: pages ask a fixed number of questions, however much there is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from actors.database import Database


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Yield a list that fills with the statements that are run meanwhile."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "ROLLBACK", "COMMIT")):
            statements.append(statement)

    # On PostgreSQL the engine that reads is a view of the one that writes, and hears the same events.
    engines = [database.engine.sync_engine, *([database.reader.sync_engine] if database.is_sqlite else [])]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
