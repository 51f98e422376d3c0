"""Add and Remove: in no collection but one's own."""

from actors.posts.tables import Featured
from inbox.tables import ArrivalState
from tests.inbox.peers import Remote
from tests.inbox.stage import Stage

DONE = (ArrivalState.DONE, "")


async def test_an_actor_shows_its_own_posts(stage: Stage, anna: Remote) -> None:
    await stage.follow(anna)
    note = anna.note()
    await stage.hear(anna, anna.create(note), anna.activity("Add", note["id"], target=f"{anna.uri}/featured"))
    assert len(await stage.rows(Featured)) == 1
    await stage.hear(anna, anna.activity("Remove", note["id"], target=f"{anna.uri}/featured"))
    assert await stage.rows(Featured) == []


async def test_in_no_collection_but_its_own(stage: Stage, anna: Remote) -> None:
    await stage.follow(anna)
    note, own = anna.note(), await stage.say(stage.fatima)
    await stage.hear(anna, anna.create(note))
    for uri, target in (
        (note["id"], stage.issue.followers),
        (note["id"], f"{stage.issue.uri}/featured"),
        (own.uri, f"{anna.uri}/featured"),
        (note["id"], None),
    ):
        assert (await stage.hear(anna, anna.activity("Add", uri, target=target)))[0] is ArrivalState.REFUSED
    assert await stage.rows(Featured) == []
