"""Servers are blocked, limited and opened again from the command line, as on the page."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from actors.audit import AuditEntry
from actors.database import Database
from deploy.commands.servers import server
from deploy.settings import Settings
from deploy.wiring import NotReady
from tests.actors.cast import elsewhere, the_instance


@pytest.fixture
async def settings(database: Database, database_url: str, tmp_path: Path) -> Settings:
    async with database.writing() as session:
        await the_instance(session)
        await elsewhere(session, "spammer", "www.bad.example")
    return Settings.from_environment(
        {
            "SAMENSPRAAK_DATABASE_URL": database_url,
            "SAMENSPRAAK_BASE_URL": "https://tilburg.example",
            "SAMENSPRAAK_DATA_DIR": str(tmp_path / "data"),
            "SAMENSPRAAK_SECRET_KEY": "a secret that is long enough for it",
        }
    )


async def run(settings: Settings, *words: str) -> str:
    # The command starts an event loop of its own, so it runs in a thread.
    answer = await asyncio.to_thread(CliRunner(env={"COLUMNS": "200"}).invoke, server, words, obj=settings)
    if answer.exception is not None and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    return answer.output


async def test_a_server_is_blocked_listed_limited_and_opened(settings: Settings, database: Database) -> None:
    assert "No server is blocked" in await run(settings, "list")
    assert await run(settings, "block", "Bad.example", "--reason", "spam") == "bad.example: suspended\n"
    listed = await run(settings, "list")
    assert "bad.example" in listed and "suspended" in listed and "spam" in listed
    assert await run(settings, "limit", "bad.example", "--reason", "druk") == "bad.example: limited\n"
    assert await run(settings, "open", "bad.example") == "bad.example: open\n"
    assert "No server is blocked" in await run(settings, "list")
    async with database.reading() as session:
        acts = [
            (entry.act, entry.actor_id) for entry in await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        ]
    assert acts == [("server-blocked", None), ("server-limited", None), ("server-opened", None)]


@pytest.mark.parametrize("domain", ["tilburg.example", "geen naam"])
async def test_what_is_no_other_server_is_refused(settings: Settings, domain: str) -> None:
    with pytest.raises(NotReady):
        await run(settings, "block", domain, "--reason", "x")


async def test_a_block_needs_a_reason(settings: Settings) -> None:
    assert "--reason" in await run(settings, "block", "bad.example")
