"""The one place where tests get their schema from: the migrations, as an operator does."""

from actors.database import Database
from deploy.migrate import upgrade_database


async def create_schema(url: str) -> None:
    """Make all tables in an empty database."""
    await upgrade_database(Database(url))
