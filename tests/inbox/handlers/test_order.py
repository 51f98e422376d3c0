"""Promise P4: whatever the order, the end is the same."""

from itertools import permutations

import pytest

from federation.documents import JsonObject
from federation.vocabulary import PUBLIC
from inbox.tables import ArrivalState
from tests.inbox.peers import Remote
from tests.inbox.stage import Stage

DONE = (ArrivalState.DONE, "")


def later(note: JsonObject, hour: int = 10, **more: object) -> JsonObject:
    return note | {"content": f"<p>Om {hour}</p>", "updated": f"2026-03-01T{hour}:00:00Z", **more}


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "in one batch"])
async def test_create_update_delete(stage: Stage, anna: Remote, together: bool) -> None:
    ends = []
    for order in permutations(range(4)):
        note = anna.note("<p>Eerst</p>", to=[PUBLIC, stage.issue.uri])
        activities = [
            anna.create(note),
            anna.activity("Update", later(note, 10)),
            anna.activity("Update", later(note, 11)),
            anna.activity("Delete", note["id"]),
        ]
        for index in order:
            await stage.send(anna, activities[index])
            if not together:
                await stage.handle()
        await stage.handle()
        post = await stage.post(note["id"])
        ends.append(post is None or (post.deleted_at is not None and post.content == ""))
    assert all(ends)
    assert all(gone for *_, gone in (await stage.state())["posts"])


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "in one batch"])
async def test_create_and_updates(stage: Stage, anna: Remote, together: bool) -> None:
    for order in permutations(range(3)):
        note = anna.note("<p>Eerst</p>", to=[PUBLIC, stage.issue.uri])
        activities = [
            anna.create(note),
            anna.activity("Update", later(note, 10)),
            anna.activity("Update", later(note, 11)),
        ]
        for index in order:
            await stage.send(anna, activities[index])
            if not together:
                await stage.handle()
        await stage.handle()
        post = await stage.post(note["id"])
        assert post is not None, order
        assert post.content == "<p>Om 11</p>", order


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "in one batch"])
async def test_follow_and_undo_like_and_undo(stage: Stage, anna: Remote, together: bool) -> None:
    post = await stage.say(stage.fatima)
    asked, liked, passed = (
        anna.activity("Follow", stage.issue.uri),
        anna.activity("Like", post.uri),
        anna.activity("Announce", post.uri),
    )
    for one in (asked, liked, passed):
        for order in permutations([one, anna.activity("Undo", one)]):
            fresh = {id(activity): dict(activity) for activity in order}
            uri = anna.new_uri("activities")
            for activity in fresh.values():
                if activity["type"] == "Undo":
                    activity["id"] = anna.new_uri("activities")
                    activity["object"] = dict(one) | {"id": uri}
                else:
                    activity["id"] = uri
            for activity in order:
                await stage.send(anna, fresh[id(activity)])
                if not together:
                    await stage.handle()
            await stage.handle()
            state = await stage.state()
            assert state["follows"] == []
            assert state["reactions"] == []


async def test_a_neighbour_on_the_same_server_spoils_no_memory_of_a_deletion(stage: Stage, anna: Remote) -> None:
    neighbour = Remote(anna.world, anna.host, "bea")
    note = anna.note("<p>Eerst</p>", to=[PUBLIC, stage.issue.uri])
    await stage.send(neighbour, neighbour.activity("Delete", note["id"]))
    await stage.send(anna, anna.activity("Delete", note["id"]))
    await stage.handle()
    await stage.send(anna, anna.create(note))
    await stage.handle()
    assert await stage.post(note["id"]) is None
