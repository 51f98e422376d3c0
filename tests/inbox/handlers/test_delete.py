"""Delete: by whose it is, and for good."""

import pytest
from sqlalchemy import update

from actors.kinds import ActorKind
from actors.posts.tables import Post, Tombstone
from federation.vocabulary import PUBLIC
from inbox.handlers import delete
from inbox.tables import ArrivalState
from tests.inbox.peers import Remote
from tests.inbox.stage import Stage

DONE = (ArrivalState.DONE, "")


async def test_a_post_becomes_a_tombstone_and_its_followers_hear(stage: Stage, anna: Remote) -> None:
    note = anna.note(to=[PUBLIC, stage.issue.uri])
    await stage.hear(anna, anna.create(note))
    gone = {"id": note["id"], "type": "Tombstone"}
    assert await stage.hear(anna, anna.activity("Delete", gone)) == DONE
    post = await stage.post(note["id"])
    assert post is not None
    assert post.deleted_at is not None
    assert post.content == ""
    assert (await stage.said())[-1]["object"]["type"] == "Delete"


@pytest.mark.parametrize("together", [True, False])
async def test_what_is_withdrawn_is_served_no_more(stage: Stage, anna: Remote, together: bool) -> None:
    note = anna.note("<p>Spijt</p>", to=[PUBLIC, stage.issue.uri])
    kept = anna.note("<p>Blijft</p>", to=[PUBLIC, stage.issue.uri])
    changed = note | {"content": "<p>Meer spijt</p>", "updated": "2026-03-01T10:00:00Z"}
    for activity in (
        anna.create(kept), anna.create(note), anna.activity("Update", changed), anna.activity("Delete", note["id"]),
    ):  # fmt: skip
        await stage.send(anna, activity)
        if not together:
            await stage.handle()
    await stage.handle()
    said = [one["object"] for one in await stage.said()]
    assert not any("spijt" in str(one).lower() for one in said)
    assert [one["type"] for one in said if isinstance(one, dict)] == ["Create", "Delete"]
    assert kept["id"] in said
    assert note["id"] not in said


async def test_so_is_all_that_an_actor_said_who_goes(stage: Stage, anna: Remote) -> None:
    await stage.hear(anna, anna.create(anna.note(to=[PUBLIC, stage.issue.uri])))
    assert await stage.said() != []
    await stage.hear(anna, anna.activity("Delete", anna.uri))
    assert await stage.said() == []


async def test_nobody_else_deletes_it(stage: Stage, anna: Remote) -> None:
    note = anna.note(to=[stage.fatima.uri])
    await stage.hear(anna, anna.create(note))
    own = await stage.say(stage.fatima)
    before = await stage.state()
    for host in ("utrecht.example", "bad.example"):
        mallory = stage.world.person(host, "mallory")
        for uri in (note["id"], own.uri, anna.uri, stage.fatima.uri, stage.issue.uri):
            assert (await stage.hear(mallory, mallory.activity("Delete", uri)))[0] is ArrivalState.REFUSED
    assert await stage.state() == before
    assert (await stage.actor(anna.uri)).deleted_at is None  # type: ignore[union-attr]


async def test_nobody_deletes_in_advance_what_another_will_say(stage: Stage, anna: Remote) -> None:
    note = anna.note(to=[stage.fatima.uri])
    for host in ("utrecht.example", "bad.example"):
        mallory = stage.world.person(host, "mallory")
        await stage.hear(mallory, mallory.activity("Delete", note["id"]))
    assert await stage.hear(anna, anna.create(note)) == DONE
    assert await stage.post(note["id"]) is not None


async def test_what_other_servers_own_leaves_no_tombstone(stage: Stage, anna: Remote) -> None:
    await stage.hear(anna, anna.activity("Delete", "https://rotterdam.example/notes/1"))
    assert await stage.rows(Tombstone) == []


async def test_an_actor_goes_with_all_that_it_said(stage: Stage, anna: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delete, "_POSTS_AT_ONCE", 2)
    await stage.follow(anna)
    await stage.hear(anna, anna.activity("Follow", stage.issue.uri))
    for _ in range(5):
        await stage.hear(anna, anna.create(anna.note()))
    assert await stage.hear(anna, anna.activity("Delete", anna.uri)) == DONE
    state = await stage.state()
    assert state["follows"] == []
    assert all(gone for *_, gone in state["posts"])
    known = await stage.actor(anna.uri)
    assert known is not None
    assert (known.deleted_at is not None, known.name) == (True, "")
    # Its server says so many times over: that costs nothing more.
    stage.world.withdraw(anna.uri)
    asked = stage.world.asked.total()
    await stage.send(anna, anna.activity("Delete", anna.uri))
    assert stage.world.asked.total() == asked


async def test_the_host_of_an_issue_takes_it_away(stage: Stage) -> None:
    host = Remote(stage.world, "utrecht.example", "gemeente", "Organization")
    issue = Remote(stage.world, "utrecht.example", "vraag", "Group", kind="issue", host=host.uri)
    await stage.meet(host)
    await stage.meet(issue)
    assert await stage.hear(host, host.activity("Delete", issue.uri)) == DONE
    known = await stage.actor(issue.uri)
    assert known is not None
    assert (known.kind, known.deleted_at is not None) == (ActorKind.ISSUE, True)


async def test_a_post_in_a_space_of_a_deleted_issue_is_still_its_authors(stage: Stage, anna: Remote) -> None:
    note = anna.note(to=[PUBLIC, stage.issue.uri])
    await stage.hear(anna, anna.create(note))
    async with stage.database.writing() as session:
        await session.execute(update(Post).where(Post.uri == note["id"]).values(space_id=None))
    assert await stage.hear(anna, anna.activity("Delete", note["id"])) == DONE
