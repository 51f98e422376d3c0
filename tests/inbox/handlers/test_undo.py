"""Undo: by who did it, before or after it came."""

from actors.kinds import FollowState
from actors.relations import Follow, Revoked
from inbox.tables import ArrivalState
from tests.inbox.peers import Remote
from tests.inbox.stage import Stage

DONE = (ArrivalState.DONE, "")


async def follows(stage: Stage) -> list[FollowState]:
    return [row.state for row in await stage.rows(Follow)]


async def test_a_follow_is_taken_back(stage: Stage, anna: Remote) -> None:
    asked = anna.activity("Follow", stage.issue.uri)
    await stage.hear(anna, asked, anna.activity("Undo", asked))
    assert await follows(stage) == []
    assert await stage.rows(Revoked) == []


async def test_undone_before_it_came_it_never_was(stage: Stage, anna: Remote) -> None:
    asked = anna.activity("Follow", stage.issue.uri)
    assert await stage.hear(anna, anna.activity("Undo", asked), asked) == (
        ArrivalState.IGNORED,
        "undone before it came",
    )
    assert await follows(stage) == []
    assert await stage.said() == []


async def test_in_one_batch_as_well(stage: Stage, anna: Remote) -> None:
    asked, like = (
        anna.activity("Follow", stage.issue.uri),
        anna.activity("Like", (await stage.say(stage.fatima)).uri),
    )
    for activity in (anna.activity("Undo", asked), asked, like, anna.activity("Undo", like)):
        await stage.send(anna, activity)
    await stage.handle()
    assert await follows(stage) == []
    assert (await stage.state())["reactions"] == []


async def test_nobody_undoes_what_another_did(stage: Stage, anna: Remote) -> None:
    asked = anna.activity("Follow", stage.issue.uri)
    await stage.hear(anna, asked)
    for host in ("utrecht.example", "bad.example"):
        mallory = stage.world.person(host, "mallory")
        for inner in (asked, asked["id"], asked | {"actor": mallory.uri}):
            await stage.hear(mallory, mallory.activity("Undo", inner))
    assert await follows(stage) == [FollowState.ACCEPTED]


async def test_nobody_undoes_in_advance_what_another_will_do(stage: Stage, anna: Remote) -> None:
    asked = anna.activity("Follow", stage.issue.uri)
    mallory = stage.world.person("utrecht.example", "mallory")
    await stage.hear(mallory, mallory.activity("Undo", asked["id"]))
    await stage.hear(anna, asked)
    assert await follows(stage) == [FollowState.ACCEPTED]
