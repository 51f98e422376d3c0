"""The unit of work: a fixed number of queries, and one memory for all that a batch does."""

from sqlalchemy import event

from actors.posts.tables import Post
from federation.vocabulary import PUBLIC
from tests.inbox.peers import Remote
from tests.inbox.stage import Stage


async def test_the_number_of_queries_does_not_grow_with_the_batch(stage: Stage, anna: Remote) -> None:
    asked: list[str] = []
    engine = stage.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: asked.append(statement))
    counts = []
    for size in (3, 60):
        people = [stage.world.person(handle=f"p{size}-{number}") for number in range(4)]
        for number in range(size):
            author = people[number % 4]
            tag = {"type": "Mention", "href": stage.fatima.uri}
            await stage.send(author, author.create(author.note(to=[PUBLIC, stage.issue.uri], tag=[tag])))
        asked.clear()
        await stage.handle()
        counts.append(len(asked))
    assert counts[1] <= counts[0]
    assert counts[0] < 40
    assert len(await stage.rows(Post)) == 63


async def test_what_comes_twice_in_a_batch_by_different_ways_is_stored_once(stage: Stage, anna: Remote) -> None:
    group = Remote(stage.world, "utrecht.example", "vraag", "Group", kind="issue")
    space = await stage.follow(group)
    await stage.follow(anna)
    note = anna.note(to=[PUBLIC, group.uri])
    activity = anna.create(note)
    await stage.send(anna, activity)
    await stage.send(group, group.activity("Announce", activity))
    await stage.send(group, group.activity("Announce", note["id"]))
    await stage.handle()
    (post,) = await stage.rows(Post)
    assert (post.uri, post.space_id) == (note["id"], space.id)
