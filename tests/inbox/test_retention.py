"""Letting go: what is old enough goes, and never what people here said, took part in, or are owed."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.database import Base, Database
from actors.ids import id_at, new_id
from actors.instances.choices import write_choice
from actors.instances.keeping import STEPS, SUBJECT, USUAL, Kept, chosen_days
from actors.kinds import PostKind, Verdict
from actors.knowledge.tables import Answer
from actors.moderation.kinds import Category
from actors.moderation.tables import Report, ReportedPost
from actors.notifications import Notification
from actors.people.accounts import add_account
from actors.people.tables import Session
from actors.posts.tables import Mention, Post, Reaction
from inbox.retention import let_go
from tests.actors.cast import MOMENT, elsewhere, follows, here, issue_here, said, the_instance

NOW = MOMENT + timedelta(days=4_000)


async def choose(database: Database, **days: int) -> None:
    async with database.writing() as session:
        await write_choice(session, SUBJECT, days, by=None, now=MOMENT)


async def count(database: Database, table: type[Base]) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


def test_what_was_not_chosen_or_is_not_on_the_list_is_as_usual() -> None:
    assert chosen_days({}) == USUAL
    assert chosen_days({"log": 365, "posts": 3, "sessions": "7"}) == USUAL | {Kept.LOG: 365}
    assert all(USUAL[kept] in STEPS[kept] for kept in Kept)


async def test_the_log_goes_when_it_is_old_and_not_before(database: Database) -> None:
    async with database.writing() as session:
        for days in (800, 700, 1):
            moment = NOW - timedelta(days=days)
            session.add(AuditEntry(id=id_at(moment), act="signed-in", created_at=moment))
    assert (await let_go(database, now=NOW))[Kept.LOG] == 1
    await choose(database, log=365)
    assert (await let_go(database, now=NOW))[Kept.LOG] == 1
    assert await count(database, AuditEntry) == 1


async def test_only_notifications_that_were_read_go(database: Database) -> None:
    old = NOW - timedelta(days=200)
    async with database.writing() as session:
        bram = await here(session, "bram")
        for number, read in enumerate((old, None)):
            session.add(Notification(id=id_at(old) + number, recipient_id=bram.id, kind="follow", from_id=bram.id,
                                     created_at=old, read_at=read))  # fmt: skip
    assert (await let_go(database, now=NOW))[Kept.NOTIFICATIONS] == 1
    async with database.reading() as session:
        assert (await session.scalars(select(Notification.read_at))).all() == [None]


async def test_devices_that_were_not_seen_are_signed_out(database: Database) -> None:
    async with database.writing() as session:
        account = await add_account(
            session, await here(session, "bram"), email="b@x.example", password_hash=None, now=NOW
        )
        for number, days in enumerate((8, 2)):
            seen = NOW - timedelta(days=days)
            times = {"created_at": seen, "last_seen_at": seen, "reauthenticated_at": seen, "expires_at": NOW}
            session.add(Session(digest=bytes([number]) * 32, actor_id=account.actor_id, **times))
    assert (await let_go(database, now=NOW))[Kept.SESSIONS] == 0
    await choose(database, sessions=7)
    assert (await let_go(database, now=NOW))[Kept.SESSIONS] == 1


async def old_post(database: Database, author: Actor, *, days: int = 500, **more: Any) -> int:
    async with database.writing() as session:
        post = await said(session, author, **more)
        number = id_at(NOW - timedelta(days=days)) + new_id() % 1_000
        fresh = Post(**{column.name: getattr(post, column.name) for column in Post.__table__.columns} | {
            "id": number, "thread_id": more.get("thread_id", number), "uri": f"{post.uri}#{number}",
        })  # fmt: skip
        await session.delete(post)
        await session.flush()
        session.add(fresh)
        return number


async def test_what_people_elsewhere_said_stays_unless_it_was_chosen(database: Database) -> None:
    async with database.writing() as session:
        bram = await elsewhere(session, "bram")
    await old_post(database, bram)
    assert Kept.POSTS not in await let_go(database, now=NOW)
    await choose(database, posts=365)
    assert (await let_go(database, now=NOW))[Kept.POSTS] == 1
    assert await count(database, Post) == 0


@pytest.mark.parametrize(
    "tie",
    [
        "local", "answered by us", "names us", "liked by us", "told", "reported", "in an issue of ours",
        "in an issue that we follow", "answered in feedback", "hidden", "withdrawn", "a knowledge product",
        "new answer",
    ],
)  # fmt: skip
async def test_nothing_goes_that_somebody_here_had_to_do_with(database: Database, tie: str) -> None:
    await choose(database, posts=90)
    async with database.writing() as session:
        tilburg = await the_instance(session)
        bram, karin = await elsewhere(session, "bram"), await here(session, "karin")
        issue = await issue_here(session, tilburg)
        theirs = await elsewhere(session, "vraag")
        await follows(session, karin, theirs)
    more: dict[str, Any] = {
        "in an issue of ours": {"space_id": issue.id},
        "in an issue that we follow": {"space_id": theirs.id},
        "hidden": {"hidden_at": MOMENT},
        "withdrawn": {"deleted_at": MOMENT},
        "a knowledge product": {"kind": PostKind.KNOWLEDGE},
    }.get(tie, {})
    post_id = await old_post(database, karin if tie == "local" else bram, **more)
    if tie == "new answer":
        await old_post(database, bram, days=1, thread_id=post_id, reply_to_id=post_id)
    async with database.writing() as session:
        post = await session.get_one(Post, post_id)
        match tie:
            case "answered by us":
                await said(session, karin, thread_id=post_id, reply_to_id=post_id)
            case "names us":
                session.add(Mention(post_id=post_id, actor_id=karin.id))
            case "liked by us":
                session.add(
                    Reaction(id=new_id(), kind="like", actor_id=karin.id, post_id=post_id, uri="x", created_at=NOW)
                )
            case "told":
                session.add(Notification(id=new_id(), recipient_id=karin.id, kind="mention", from_id=bram.id,
                                         post_id=post_id, created_at=NOW))  # fmt: skip
            case "reported":
                report = Report(id=new_id(), about_id=bram.id, category=Category.SPAM, created_at=NOW)
                session.add(report)
                await session.flush()
                session.add(ReportedPost(report_id=report.id, post_id=post_id))
            case "answered in feedback":
                outcome = await said(session, tilburg, kind=PostKind.OUTCOME)
                session.add(Answer(outcome_id=outcome.id, contribution_uri=post.uri, verdict=Verdict.ADOPTED))
    await let_go(database, now=NOW)
    async with database.reading() as session:
        assert await session.get(Post, post_id) is not None


async def test_it_goes_in_batches_that_end(database: Database) -> None:
    moment = NOW - timedelta(days=900)
    async with database.writing() as session:
        session.add_all(
            AuditEntry(id=id_at(moment) + number, act="signed-in", created_at=moment) for number in range(1_200)
        )
    assert (await let_go(database, now=NOW, most_batches=1))[Kept.LOG] == 500
    assert (await let_go(database, now=NOW))[Kept.LOG] == 700
