"""Fixtures of signing in: pages that send mail and ask administrators for two factors."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actors.actor import Actor
from actors.database import Database
from tests.web.pages.browser import Pages
from tests.web.pages.signin.acting import fast_hashes


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    fast_hashes(monkeypatch)


@pytest.fixture
async def strict(database: Database, tilburg: Actor, tmp_path: Path) -> AsyncIterator[Pages]:
    """The pages of an instance as it runs by itself: with mail, and two factors for administrators."""
    pages = Pages(database, tmp_path / "documents", require_mfa=True, can_mail=True)
    await pages.client.start_server()
    yield pages
    await pages.client.close()
