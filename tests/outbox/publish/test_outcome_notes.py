"""Contributors on microblogging software get a note of their own; the others read the outcome itself."""

import pytest
from sqlalchemy import select

from actors.database import Database
from actors.kinds import ActorKind, PostKind, Verdict
from actors.posts.queries import conversation, posts_by
from actors.posts.tables import Post
from actors.sanitize import plain_text
from actors.visibility import ANYONE
from federation.documents import PostDocument
from federation.vocabulary import PUBLIC
from outbox.publish.contributions import withdraw_post
from outbox.publish.outcomes import MOST_NAMED, Answered
from tests.actors.cast import SITE, elsewhere, follows, here, issue_here, runs, said
from tests.outbox.publish.stage import shared
from tests.outbox.publish.test_outcomes import LATER, article, feed_back, notes
from tests.support.queries import counted


@pytest.mark.parametrize(
    ("software", "gets_note", "is_named"),
    [("mastodon", True, False), ("samenspraak", False, True), ("lemmy", False, True), ("", True, True)],
)
async def test_who_gets_a_note_and_who_is_named(
    database: Database, software: str, gets_note: bool, is_named: bool
) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue, bram = await issue_here(session, host), await elsewhere(session, "bram")
        await runs(session, "utrecht.example", software)
        contribution = await said(session, bram, space_id=issue.id)
        await feed_back(session, issue, host, [Answered(contribution, Verdict.PARTLY, "Er komt <b>meer</b> licht.")])
        found, create = await notes(session), await article(session)
    assert len(found) == gets_note
    assert (bram.uri in create.read.cc) is is_named
    assert shared("utrecht.example") <= create.inboxes


async def test_a_note_speaks_to_one_person_and_stands_in_nobodys_timeline(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        await follows(session, await elsewhere(session, "volger", "followers.example"), host)
        issue, bram = await issue_here(session, host), await elsewhere(session, "bram")
        first = await said(session, bram, space_id=issue.id, content="<p>Geheim van Bram</p>")
        second = await said(session, bram, space_id=issue.id)
        answers = [Answered(first, Verdict.PARTLY, "Er komt <b>meer</b> licht."), Answered(second, Verdict.NOT, "Nee.")]
        outcome = await feed_back(session, issue, host, answers)
        (note,) = await notes(session)
        row = (await session.scalars(select(Post).where(Post.kind == PostKind.ANSWER))).one()
        in_conversation = await conversation(session, ANYONE, issue.id)
        by_host = await posts_by(session, ANYONE, host.id)
    read = PostDocument.read(note.object)
    assert (read.to, read.cc, read.mentions) == ((bram.uri,), (PUBLIC,), (bram.uri,))
    assert (note.read.to, note.read.cc) == ((bram.uri,), (PUBLIC,))
    assert note.inboxes == shared("utrecht.example")
    assert note.row.is_public is False
    assert read.in_reply_to == first.uri
    text = plain_text(read.content)
    for words in ("@bram@utrecht.example", "deels overgenomen.", "Er komt <b>meer</b> licht.", "niet overgenomen."):
        assert words in text
    assert outcome.uri in read.content
    # Who withdraws what they said must not be read in it.
    assert "Geheim" not in read.content
    assert (row.thread_id, row.space_id) == (outcome.id, issue.id)
    assert row.id not in {said.post.id for thread in in_conversation.threads for said in thread.said}
    assert row.id not in {detail.post.id for detail in by_host}


async def test_an_outcome_for_many_names_nobody_and_everyone_hears(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue = await issue_here(session, host)
        answers = []
        for number in range(MOST_NAMED + 1):
            actor = await elsewhere(session, f"p{number}", f"s{number % 3}.example")
            answers.append(Answered(await said(session, actor, space_id=issue.id), Verdict.ADOPTED, "Ja."))
        await feed_back(session, issue, host, answers)
        create, told = await article(session), await notes(session)
    assert len(create.read.cc) <= 2
    assert create.object["tag"] == []
    assert create.inboxes == shared("s0.example", "s1.example", "s2.example")
    assert len(told) == len({one.object["to"][0] for one in told}) == MOST_NAMED + 1
    assert len(PostDocument.read(create.object).answers) == MOST_NAMED + 1


async def test_an_outcome_in_english_is_told_in_english(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue, bram = await issue_here(session, host), await elsewhere(session, "bram")
        answers = [Answered(await said(session, bram, space_id=issue.id), Verdict.PARTLY, "Some.")]
        await feed_back(session, issue, host, answers, language="en")
        (note,) = await notes(session)
    assert "partly adopted. Some." in plain_text(note.object["content"])


async def test_who_is_suspended_gets_no_note(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue, bram = await issue_here(session, host), await elsewhere(session, "bram")
        contribution = await said(session, bram, space_id=issue.id)
        bram.suspended_at = LATER
        await session.flush()
        await feed_back(session, issue, host, [Answered(contribution, Verdict.NOT, "Nee.")])
        assert await notes(session) == []


async def test_when_an_outcome_is_withdrawn_so_is_what_each_was_told(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue = await issue_here(session, host)
        actors = [await elsewhere(session, name, f"{name}.example") for name in ("bram", "mo")]
        answers = [Answered(await said(session, actor, space_id=issue.id), Verdict.NOT, "Nee.") for actor in actors]
        outcome = await feed_back(session, issue, host, answers)
        await withdraw_post(session, SITE, host, outcome, now=LATER)
        gone = await notes(session, "Delete")
        rows = list(await session.scalars(select(Post).where(Post.kind == PostKind.ANSWER)))
        assert await notes(session) == []
    assert {inbox for one in gone for inbox in one.inboxes} == shared("bram.example", "mo.example")
    assert all(row.deleted_at is not None and row.content == "" for row in rows)
    assert len(gone) == len(rows) == 2


async def test_questions_do_not_grow_with_who_is_told(database: Database) -> None:
    asked = []
    for count in (2, 12):
        async with database.writing() as session:
            host = await here(session, f"gemeente{count}", ActorKind.ORGANISATION)
            issue = await issue_here(session, host, f"licht{count}")
            actors = [await elsewhere(session, f"p{count}-{at}", f"s{at}.example") for at in range(count)]
            answers = [Answered(await said(session, actor, space_id=issue.id), Verdict.NOT, "Nee.") for actor in actors]
            with counted(database) as statements:
                await feed_back(session, issue, host, answers)
            asked.append(len(statements))
    assert asked[0] == asked[1]
