"""Fixtures for every test: a database of each make, a false clock, and no way off this machine."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp.web_app import _cached_build_middleware

from actors.database import Database
from tests.browser import axe
from tests.support import fedify, oidc
from tests.support.clock import FalseClock
from tests.support.loopback import only_loopback
from tests.support.postgresql import PostgreSQL, Shelf, run_apart, shared_server
from tests.support.schema import create_schema
from tests.support.smtp import MailServer, mail_server

_LONG = ("tests/browser/", "tests/interop/", "tests/web/test_bad_forms.py", "tests/outbox/test_kill.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no process is left alone with them at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what could not be tested here."""
    for part in (fedify, oidc, axe):
        if not part.is_installed():
            terminalreporter.write_sep("!", part.MISSING, red=True, bold=True)


@pytest.fixture(autouse=True)
def _no_way_out() -> Iterator[None]:
    with only_loopback() as refused:
        yield
    if refused:
        pytest.fail(f"tried to connect to {refused}: tests stay on this machine")


@pytest.fixture(autouse=True)
def _no_applications_kept() -> Iterator[None]:
    """Let go of what a test served: aiohttp remembers the last thousand handlers with their applications."""
    yield
    _cached_build_middleware.cache_clear()


@pytest.fixture
def clock() -> FalseClock:
    """A clock that goes only when told to."""
    return FalseClock()


@pytest.fixture(scope="session")
def postgresql(testrun_uid: str) -> Iterator[tuple[PostgreSQL, str]]:
    """The PostgreSQL of this test run, and the name of the template that has the schema."""
    with shared_server(testrun_uid, create_schema) as server_and_template:
        yield server_and_template


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema and nothing else; copy it."""
    path = tmp_path_factory.mktemp("template") / "samenspraak.sqlite3"
    run_apart(create_schema(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def _shelf(postgresql: tuple[PostgreSQL, str]) -> Iterator[Shelf]:
    shelf = Shelf(*postgresql)
    yield shelf
    shelf.clear()


@pytest.fixture
def postgresql_url(postgresql: tuple[PostgreSQL, str], _shelf: Shelf) -> Iterator[str]:
    """The URL of a PostgreSQL database with the schema and nothing in it."""
    name, uses = _shelf.take()
    yield postgresql[0].url(name)
    _shelf.put_back(name, uses)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a fresh SQLite database with the schema."""
    path = tmp_path / "samenspraak.sqlite3"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database with the schema, of each make in turn."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh database with the schema, of each make in turn."""
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def postgresql_database(postgresql_url: str) -> AsyncIterator[Database]:
    """A fresh PostgreSQL database with the schema."""
    database = Database(postgresql_url)
    yield database
    await database.close()


@pytest.fixture
async def mails() -> AsyncIterator[MailServer]:
    """A mail server on this machine, with the mails that it took."""
    async with mail_server() as server:
        yield server
