"""What an operator does with the queue: try a host now, give up what waits, try again what was dropped."""

from datetime import timedelta

from sqlalchemy import select

from actors.database import Database
from actors.instances.tables import Instance
from outbox.giving_up import give_up_delivery, give_up_host, revive, try_again
from outbox.tables import Delivery, DeliveryState
from tests.actors.cast import MOMENT
from tests.outbox.stage import Speaker

LATER = MOMENT + timedelta(days=1)
LATE, FINE = "https://late.example/inbox", "https://fine.example/inbox"


async def rows(database: Database) -> list[Delivery]:
    async with database.reading() as session:
        return list(await session.scalars(select(Delivery).order_by(Delivery.id)))


async def test_a_host_that_rests_is_tried_now(database: Database, speaker: Speaker) -> None:
    await speaker.say([LATE, FINE])
    async with database.writing() as session:
        session.add(Instance(domain="late.example", failures=9, rests_until=LATER, created_at=MOMENT))
        for row in await session.scalars(select(Delivery)):
            row.next_at = LATER
    async with database.writing() as session:
        assert await try_again(session, "late.example", now=MOMENT) == 1
        assert await try_again(session, "unknown.example", now=MOMENT) == 0
        assert (await session.get_one(Instance, "late.example", populate_existing=True)).rests_until is None
    assert {row.host: row.next_at for row in await rows(database)} == {"late.example": MOMENT, "fine.example": LATER}


async def test_what_waits_for_one_host_is_given_up_with_the_reason(database: Database, speaker: Speaker) -> None:
    await speaker.say([LATE, FINE])
    async with database.writing() as session:
        assert await give_up_host(session, "late.example", "by hand", now=LATER) == 1
        assert await give_up_host(session, "late.example", "by hand", now=LATER) == 0
    late = next(row for row in await rows(database) if row.host == "late.example")
    assert (late.state, late.last_error, late.done_at) == (DeliveryState.GIVEN_UP, "by hand", LATER)
    assert [row.state for row in await rows(database) if row.host == "fine.example"] == [DeliveryState.WAITING]


async def test_one_delivery_is_given_up_and_comes_back_with_a_whole_life(database: Database, speaker: Speaker) -> None:
    await speaker.say([LATE])
    (row,) = await rows(database)
    async with database.writing() as session:
        assert not await revive(session, row.id, now=LATER)
        assert await give_up_delivery(session, row.id, "by hand", now=LATER)
        assert not await give_up_delivery(session, row.id, "by hand", now=LATER)
        assert await revive(session, row.id, now=LATER)
    (row,) = await rows(database)
    assert (row.state, row.attempts, row.next_at, row.created_at, row.done_at) == (
        DeliveryState.WAITING, 0, LATER, LATER, None,
    )  # fmt: skip
