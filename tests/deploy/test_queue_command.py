"""The operator sees what was not delivered, each with its reason (promise P5)."""

import asyncio
from pathlib import Path

from click.testing import CliRunner
from sqlalchemy import insert

from actors.actor import Actor
from actors.database import Database, now
from actors.ids import new_id
from deploy.commands.queue import queue
from deploy.settings import Settings
from outbox.tables import Activity, Delivery, DeliveryState
from tests.actors.cast import the_instance


async def test_what_was_refused_is_listed_with_its_reason(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    async with database.writing() as session:
        speaker: Actor = await the_instance(session)
        activity_id = new_id()
        await session.execute(
            insert(Activity),
            [{"id": activity_id, "uri": "https://tilburg.example/activities/1", "actor_id": speaker.id,
              "type": "Create", "object_uri": "x", "document": "{}", "created_at": now()}],
        )  # fmt: skip
        await session.execute(
            insert(Delivery),
            [{"id": new_id(), "activity_id": activity_id, "inbox": "https://weg.example/inbox", "host": "weg.example",
              "state": DeliveryState.REFUSED, "attempts": 1, "last_status": 410, "last_error": "it is gone",
              "next_at": now(), "created_at": now(), "done_at": now()}],
        )  # fmt: skip
    settings = Settings.from_environment(
        {
            "SAMENSPRAAK_DATABASE_URL": database_url,
            "SAMENSPRAAK_DATA_DIR": str(tmp_path / "data"),
            "SAMENSPRAAK_SECRET_KEY": "a secret that is long enough for it",
        }
    )
    said = await _run(settings)
    for part in ("weg.example", "refused", "410", "gone"):
        assert part in said


async def _run(settings: Settings) -> str:
    # The command starts an event loop of its own, so it runs in a thread.
    answer = await asyncio.to_thread(CliRunner(env={"COLUMNS": "200"}).invoke, queue, ["--dropped"], obj=settings)
    assert answer.exit_code == 0, answer.output
    return str(answer.output)
