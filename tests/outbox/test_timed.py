"""What is due is done once, whatever fails beside it."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from actors.database import Database
from actors.site import Site
from outbox.timed import MOST_AT_ONCE, TimedWork
from tests.actors.cast import SITE
from tests.support.clock import FalseClock


async def test_a_task_is_asked_again_as_long_as_it_did_all_it_may_at_once(
    database: Database, clock: FalseClock
) -> None:
    amounts, moments = [MOST_AT_ONCE, MOST_AT_ONCE, 3], []

    async def task(_session: AsyncSession, _site: Site, now: datetime) -> int:
        moments.append(now)
        return amounts.pop(0)

    assert await TimedWork(database, SITE, [task], clock=clock).turn() == 2 * MOST_AT_ONCE + 3
    assert moments == [clock()] * 3


async def test_a_task_that_fails_is_taken_back_and_holds_up_no_other(database: Database, clock: FalseClock) -> None:
    async def broken(session: AsyncSession, _site: Site, _now: datetime) -> int:
        await session.execute(text("SELECT * FROM what_is_not_there"))
        return 1

    async def whole(_session: AsyncSession, _site: Site, _now: datetime) -> int:
        return 2

    assert await TimedWork(database, SITE, [broken, whole], clock=clock).turn() == 2
