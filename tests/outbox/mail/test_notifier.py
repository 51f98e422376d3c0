"""Each notification is told by mail once, at once or bundled, as its reader wishes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from actors.actor import Actor
from actors.database import Database
from actors.ids import IdSource
from actors.moderation.servers import SERVER_BLOCKED
from actors.notifications import MailStep, Notification
from actors.people.kinds import AccountState
from actors.wakeups import Wakeups
from outbox.mail.notifier import MOST_AN_HOUR, MOST_IN_A_MAIL, Notifier
from outbox.mail.queue import open_facts
from outbox.mail.tables import Digest, Mail
from outbox.mail.wishes import DEFAULTS, Rhythm, choose, next_digest, stop, want_mail_again, wishes_of
from tests.actors.cast import elsewhere
from tests.outbox.mail.stage import VAULT, person
from tests.support.clock import FalseClock

SEVEN = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
"""Seven in the morning in the Netherlands, the day after the false clock starts (a Monday)."""


class Desk:
    """The notifications of one reader, and the mail that comes of them."""

    def __init__(self, database: Database, clock: FalseClock, reader: Actor, bram: Actor) -> None:
        self.database = database
        self.clock = clock
        self.reader = reader
        self.bram = bram
        self.notifier = Notifier(database, VAULT, Wakeups(database), clock=clock)
        self._ids = IdSource(clock.timestamp)

    async def notify(self, *kinds: str, to: Actor | None = None, **more: Any) -> list[int]:
        """Have the reader (or somebody else) notified, and return the ids."""
        async with self.database.writing() as session:
            rows = [
                Notification(
                    id=self._ids(), recipient_id=(to or self.reader).id, kind=kind, from_id=self.bram.id,
                    created_at=self.clock(), **more,
                )
                for kind in kinds
            ]  # fmt: skip
            session.add_all(rows)
            return [row.id for row in rows]

    async def work(self) -> float:
        """Let the notifier do all that is due; return how long it would wait."""
        for _ in range(20):
            if (pause := await self.notifier.turn()) > 0:
                return pause
        raise AssertionError("the notifier finds no end")

    async def mail(self) -> list[dict[str, Any]]:
        """Return what each mail that was queued tells, oldest first."""
        async with self.database.reading() as session:
            return [open_facts(VAULT, mail.facts) for mail in await self._mails(session)]

    async def step(self, notification_id: int) -> MailStep:
        async with self.database.reading() as session:
            return (await session.get_one(Notification, notification_id)).mail

    async def _mails(self, session: Any) -> Sequence[Any]:
        return list(await session.scalars(select(Mail).order_by(Mail.id)))


@pytest.fixture
async def desk(database: Database, clock: FalseClock) -> Desk:
    reader = await person(database, "karin", language="en")
    async with database.writing() as session:
        bram = await elsewhere(session, "bram")
    return Desk(database, clock, reader, bram)


async def test_what_is_told_at_once_is_queued_once(desk: Desk) -> None:
    ids = await desk.notify("mention")
    await desk.work()
    await desk.work()
    assert await desk.mail() == [{"notifications": ids, "count": 1, "subject": "mention"}]
    async with desk.database.reading() as session:
        mail = (await session.scalars(select(Mail))).one()
    assert (mail.recipient, mail.language, mail.account_id) == ("karin@example.org", "en", desk.reader.id)
    assert mail.can_wait
    assert await desk.step(ids[0]) is MailStep.DONE


async def test_what_came_together_is_one_mail(desk: Desk) -> None:
    ids = await desk.notify("mention", "reply", "outcome")
    await desk.work()
    assert await desk.mail() == [{"notifications": sorted(ids, reverse=True), "count": 3, "subject": "all"}]


async def test_a_digest_bundles_what_was_not_read_by_the_morning(desk: Desk) -> None:
    read, unread = [(await desk.notify("follow_request"))[0] for _ in range(2)]
    assert await desk.work() == 30.0
    assert await desk.mail() == []
    async with desk.database.writing() as session:
        await session.execute(update(Notification).where(Notification.id == read).values(read_at=desk.clock()))
    desk.clock.moment = SEVEN - timedelta(seconds=1)
    assert await desk.work() == 1.0
    assert await desk.mail() == []
    desk.clock.moment = SEVEN
    await desk.work()
    assert await desk.mail() == [{"notifications": [unread], "count": 1, "subject": "daily"}]
    desk.clock.advance(timedelta(days=1))
    await desk.work()
    assert len(await desk.mail()) == 1


async def test_a_digest_of_nothing_unread_is_no_mail(desk: Desk) -> None:
    await desk.notify("follow_request")
    await desk.work()
    async with desk.database.writing() as session:
        await session.execute(update(Notification).values(read_at=desk.clock()))
    desk.clock.moment = SEVEN
    await desk.work()
    assert await desk.mail() == []
    async with desk.database.reading() as session:
        assert not (await session.scalars(select(Digest))).all()


async def test_a_weekly_digest_waits_for_monday(desk: Desk) -> None:
    ids = await desk.notify("follow", "announce")
    await desk.work()
    desk.clock.moment = SEVEN + timedelta(days=5)
    await desk.work()
    assert await desk.mail() == []
    desk.clock.moment = SEVEN + timedelta(days=6)
    await desk.work()
    assert await desk.mail() == [{"notifications": sorted(ids, reverse=True), "count": 2, "subject": "weekly"}]


async def test_a_long_digest_is_cut_and_says_how_much_there_is(desk: Desk) -> None:
    await desk.notify(*["follow_request"] * (MOST_IN_A_MAIL + 5))
    await desk.work()
    desk.clock.moment = SEVEN
    await desk.work()
    (told,) = await desk.mail()
    assert (len(told["notifications"]), told["count"]) == (MOST_IN_A_MAIL, MOST_IN_A_MAIL + 5)


async def test_others_cannot_make_mail_without_end(desk: Desk) -> None:
    for _ in range(MOST_AN_HOUR + 5):
        await desk.notify("mention")
        await desk.work()
        desk.clock.advance(60)
    assert len(await desk.mail()) == MOST_AN_HOUR
    desk.clock.moment = SEVEN
    await desk.work()
    last = (await desk.mail())[-1]
    assert (last["count"], last["subject"]) == (5, "daily")


async def test_what_nobody_wants_or_is_old_or_was_read_makes_no_mail(desk: Desk) -> None:
    ids = await desk.notify("like", "decision")
    ids += await desk.notify("mention", read_at=desk.clock())
    old = await desk.notify("mention")
    async with desk.database.writing() as session:
        moved = update(Notification).where(Notification.id == old[0])
        await session.execute(moved.values(created_at=desk.clock() - timedelta(days=4)))
    await desk.work()
    assert await desk.mail() == []
    assert {await desk.step(notification) for notification in ids + old} == {MailStep.DONE}


async def test_who_cannot_sign_in_gets_no_mail(desk: Desk) -> None:
    disabled = await person(desk.database, "weg", state=AccountState.DISABLED)
    suspended = await person(desk.database, "geschorst")
    async with desk.database.writing() as session:
        await session.execute(update(Actor).where(Actor.id == suspended.id).values(suspended_at=desk.clock()))
    ids = [(await desk.notify("mention", to=one))[0] for one in (disabled, suspended)]
    await desk.work()
    assert await desk.mail() == []
    assert {await desk.step(notification) for notification in ids} == {MailStep.DONE}


async def test_a_wish_that_changes_takes_out_what_waits_for_a_digest(desk: Desk) -> None:
    await desk.notify("follow_request", "follow")
    await desk.work()
    async with desk.database.writing() as session:
        await choose(session, desk.reader.id, {"follow_request": Rhythm.NEVER})
    desk.clock.moment = SEVEN
    await desk.work()
    assert await desk.mail() == []
    desk.clock.moment = SEVEN + timedelta(days=6)
    await desk.work()
    assert [told["subject"] for told in await desk.mail()] == ["weekly"]


async def test_stopping_a_digest_stops_all_kinds_that_go_into_it(desk: Desk) -> None:
    async with desk.database.writing() as session:
        await choose(session, desk.reader.id, {"mention": Rhythm.DAILY})
        await stop(session, desk.reader.id, "daily")
    async with desk.database.reading() as session:
        wishes = (await wishes_of(session, [desk.reader.id]))[desk.reader.id]
    never = {kind for kind in DEFAULTS if wishes.rhythm(kind) is Rhythm.NEVER}
    assert never == {"mention", "follow_request", "issue", SERVER_BLOCKED, "like"}


async def test_stopping_everything_keeps_the_choices_for_later(desk: Desk) -> None:
    async with desk.database.writing() as session:
        await choose(session, desk.reader.id, {"mention": Rhythm.WEEKLY})
        await stop(session, desk.reader.id, "all")
    await desk.notify("mention", "outcome")
    await desk.work()
    assert await desk.mail() == []
    async with desk.database.writing() as session:
        await want_mail_again(session, desk.reader.id)
    async with desk.database.reading() as session:
        wishes = (await wishes_of(session, [desk.reader.id]))[desk.reader.id]
    assert (wishes.rhythm("mention"), wishes.rhythm("outcome")) == (Rhythm.WEEKLY, Rhythm.AT_ONCE)


@pytest.mark.parametrize(
    ("rhythm", "now", "due"),
    [
        (Rhythm.DAILY, "2026-03-03T05:59:59+00:00", "2026-03-03T06:00:00+00:00"),
        (Rhythm.DAILY, "2026-03-03T06:00:00+00:00", "2026-03-04T06:00:00+00:00"),
        (Rhythm.DAILY, "2026-03-28T12:00:00+00:00", "2026-03-29T05:00:00+00:00"),  # summer time has begun
        (Rhythm.WEEKLY, "2026-03-02T05:00:00+00:00", "2026-03-02T06:00:00+00:00"),
        (Rhythm.WEEKLY, "2026-03-02T06:00:00+00:00", "2026-03-09T06:00:00+00:00"),
        (Rhythm.WEEKLY, "2026-12-31T12:00:00+00:00", "2027-01-04T06:00:00+00:00"),
    ],
)
def test_digests_go_out_at_seven_in_the_netherlands(rhythm: Rhythm, now: str, due: str) -> None:
    assert next_digest(rhythm, datetime.fromisoformat(now)) == datetime.fromisoformat(due)


async def test_kinds_of_one_subject_come_in_one_mail_and_are_chosen_and_stopped_together(desk: Desk) -> None:
    await desk.notify("agreement-signed")
    await desk.notify("agreement-due")
    await desk.work()
    (mail,) = await desk.mail()
    assert mail["subject"] == "agreement"
    async with desk.database.writing() as session:
        await choose(session, desk.reader.id, {"agreement": Rhythm.WEEKLY})
    (put_by,) = await desk.notify("agreement-signed")
    await desk.work()
    assert await desk.step(put_by) is MailStep.WEEKLY
    async with desk.database.writing() as session:
        await stop(session, desk.reader.id, "agreement")
    assert await desk.step(put_by) is MailStep.DONE
