"""A post with all that belongs to it, in as many queries for a hundred as for one."""

import pytest
from sqlalchemy import event

from actors.database import Database
from actors.ids import new_id
from actors.kinds import ActorKind, KnowledgeKind, PostKind, Verdict
from actors.knowledge.tables import Answer, KnowledgeIssue, KnowledgeProduct
from actors.media.tables import Attachment
from actors.posts.detail import details
from actors.posts.tables import Meeting, PollOption, Post, PostTheme, Reaction
from tests.actors.cast import MOMENT, elsewhere, here, issue_here, said


async def rich_post(session, author, issue, named, number: int) -> Post:
    """Say something that has everything."""
    post = await said(session, author, kind=PostKind.KNOWLEDGE, space_id=issue.id, names=[named])
    session.add_all(
        [
            PostTheme(post_id=post.id, theme="integration"),
            PostTheme(post_id=post.id, theme="discrimination"),
            Attachment(id=new_id(), post_id=post.id, position=1, url="https://x.example/2", media_type="image/png"),
            Attachment(id=new_id(), post_id=post.id, position=0, url="https://x.example/1", media_type="image/png"),
            Reaction(id=new_id(), kind="like", actor_id=named.id, post_id=post.id, uri=f"l{number}", created_at=MOMENT),
            Reaction(
                id=new_id(), kind="like", actor_id=author.id, post_id=post.id, uri=f"m{number}", created_at=MOMENT
            ),
            Reaction(
                id=new_id(), kind="announce", actor_id=named.id, post_id=post.id, uri=f"a{number}", created_at=MOMENT
            ),
            KnowledgeProduct(post_id=post.id, kind=KnowledgeKind.GUIDE),
            KnowledgeIssue(post_id=post.id, issue_id=issue.id),
        ]
    )
    outcome = await said(session, author, kind=PostKind.OUTCOME)
    session.add(Answer(outcome_id=outcome.id, contribution_uri=post.uri, verdict=Verdict.PARTLY, reason="Deels."))
    await said(session, named, reply_to_id=post.id, reply_to_uri=post.uri)
    await said(session, named, reply_to_id=post.id, reply_to_uri=post.uri, deleted_at=MOMENT)
    await session.flush()
    return post


async def test_everything_that_belongs_to_a_post_is_there(database: Database) -> None:
    async with database.writing() as session:
        author, named = await here(session, "fatima"), await elsewhere(session, "bram")
        issue = await issue_here(session, await here(session, "tilburg", ActorKind.ORGANISATION))
        post = await rich_post(session, author, issue, named, 1)
        bare = await said(session, named)
    async with database.reading() as session:
        first, second = await details(
            session, [await session.get_one(Post, bare.id), await session.get_one(Post, post.id)]
        )
    assert (first.post.id, second.post.id) == (bare.id, post.id)
    assert (second.author.id, second.space.id if second.space else None) == (author.id, issue.id)
    assert [actor.id for actor in second.mentions] == [named.id]
    assert [one.url for one in second.attachments] == ["https://x.example/1", "https://x.example/2"]
    assert second.themes == ["discrimination", "integration"]
    assert (second.likes, second.announces, second.replies) == (2, 1, 1)
    assert second.product is not None
    assert [actor.id for actor in second.issues] == [issue.id]
    assert [answer.verdict for answer in second.answered_by] == [Verdict.PARTLY]
    assert second.answers == []
    assert (first.mentions, first.attachments, first.likes, first.replies, first.product) == ([], [], 0, 0, None)


async def test_a_poll_has_its_options_and_a_meeting_its_place(database: Database) -> None:
    async with database.writing() as session:
        author = await here(session, "fatima")
        poll = await said(session, author, kind=PostKind.POLL)
        meeting = await said(session, author, kind=PostKind.MEETING)
        session.add_all(
            PollOption(post_id=poll.id, position=1 - at, name=name) for at, name in enumerate(["nee", "ja"])
        )
        session.add(Meeting(post_id=meeting.id, location="wijkhuis"))
        await session.flush()
        first, second = await details(session, [meeting, poll])
    assert first.meeting is not None
    assert first.meeting.location == "wijkhuis"
    assert [option.name for option in second.options] == ["ja", "nee"]
    assert (first.options, second.meeting) == ([], None)


async def test_an_outcome_has_its_answers(database: Database) -> None:
    async with database.writing() as session:
        author = await here(session, "fatima")
        outcome = await said(session, author, kind=PostKind.OUTCOME)
        for uri in ("https://x.example/1", "https://x.example/2"):
            session.add(Answer(outcome_id=outcome.id, contribution_uri=uri, verdict=Verdict.NOT, reason=uri))
        await session.flush()
        (detail,) = await details(session, [outcome])
    assert {answer.contribution_uri for answer in detail.answers} == {"https://x.example/1", "https://x.example/2"}


async def test_of_no_posts_nothing_is_asked(database: Database) -> None:
    async with database.reading() as session:
        assert await details(session, []) == []


async def test_a_hundred_posts_cost_as_many_queries_as_one(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue = await issue_here(session, host)
        posts = [
            await rich_post(
                session, await elsewhere(session, f"a{number}"), issue, await elsewhere(session, f"n{number}"), number
            )
            for number in range(100)
        ]
    counts: list[int] = []
    for size in (1, 10, 100):
        statements: list[str] = []
        listener = lambda *arguments, statements=statements: statements.append(arguments[2])  # noqa: E731
        event.listen(database.reader.sync_engine, "before_cursor_execute", listener)
        async with database.reading() as session:
            found = await details(session, posts[:size])
        event.remove(database.reader.sync_engine, "before_cursor_execute", listener)
        assert len(found) == size
        counts.append(len(statements))
    assert counts[0] == counts[1] == counts[2] <= 14


@pytest.mark.parametrize("size", [2_000])
async def test_more_posts_than_a_statement_has_parameters_would_still_be_answered(
    database: Database, size: int
) -> None:
    async with database.writing() as session:
        author = await elsewhere(session, "bram")
        posts = [
            Post(
                id=new_id(), uri=f"https://utrecht.example/{number}", author_id=author.id, kind=PostKind.CONTRIBUTION,
                type="Note", visibility="public", thread_id=number, published_at=MOMENT,
            )
            for number in range(size)
        ]  # fmt: skip
        session.add_all(posts)
        await session.flush()
        assert len(await details(session, posts)) == size
