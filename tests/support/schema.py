"""The one place where tests get their schema from."""

import importlib
import pkgutil

from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from actors.database import Base

_PACKAGES = ("actors", "outbox", "inbox")
_DRIVERS = {"postgresql": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}


def load_tables() -> None:
    """Import every module that declares tables, so that ``Base.metadata`` knows them all."""
    for name in _PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if module.name.rpartition(".")[2] in {"tables", "actor", "relations", "notifications"}:
                importlib.import_module(module.name)


async def create_schema(url: str) -> None:
    """Make all tables in an empty database."""
    load_tables()
    parsed = make_url(url)
    engine = create_async_engine(parsed.set(drivername=_DRIVERS[parsed.get_backend_name()]))
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await engine.dispose()
