"""Follow: who decides, and what is answered."""

from actors.kinds import ActorKind, FollowState
from actors.networks.tables import Network
from actors.relations import Block, Follow
from inbox.tables import ArrivalState
from tests.inbox.peers import Remote
from tests.inbox.stage import Stage

DONE = (ArrivalState.DONE, "")


async def follows(stage: Stage) -> list[FollowState]:
    return [row.state for row in await stage.rows(Follow)]


async def test_a_follow_of_an_issue_is_accepted_by_itself(stage: Stage, anna: Remote) -> None:
    asked = anna.activity("Follow", stage.issue.uri)
    assert await stage.hear(anna, asked) == DONE
    assert await follows(stage) == [FollowState.ACCEPTED]
    (said,) = await stage.said()
    assert (said["type"], said["actor"], said["to"]) == ("Accept", stage.issue.uri, [anna.uri])
    assert said["object"] == {"id": asked["id"], "type": "Follow", "actor": anna.uri, "object": stage.issue.uri}
    assert await stage.deliveries() == {f"{anna.uri}/inbox"}


async def test_a_person_hears_of_it(stage: Stage, anna: Remote) -> None:
    await stage.hear(anna, anna.activity("Follow", stage.fatima.uri))
    assert await stage.notified() == [("follow", stage.fatima.id)]


async def test_who_decides_each_time_is_asked(stage: Stage, anna: Remote) -> None:
    careful = await stage.add_local("henk", manually_approves=True)
    await stage.hear(anna, anna.activity("Follow", careful.uri))
    assert await follows(stage) == [FollowState.PENDING]
    assert await stage.notified() == [("follow_request", careful.id)]
    assert await stage.said() == []


async def test_a_network_for_members_does_not_accept_by_itself(stage: Stage, anna: Remote) -> None:
    network = await stage.add_local("besloten", ActorKind.NETWORK)
    async with stage.database.writing() as session:
        session.add(Network(actor_id=network.id, is_closed=True))
    await stage.hear(anna, anna.activity("Follow", network.uri))
    assert await follows(stage) == [FollowState.PENDING]
    assert await stage.said() == []


async def test_asked_again_it_is_accepted_again(stage: Stage, anna: Remote) -> None:
    for _ in range(2):
        await stage.hear(anna, anna.activity("Follow", stage.issue.uri))
    assert await follows(stage) == [FollowState.ACCEPTED]
    assert [said["type"] for said in await stage.said()] == ["Accept", "Accept"]


async def test_who_is_blocked_is_rejected(stage: Stage, anna: Remote) -> None:
    actor = await stage.meet(anna)
    async with stage.database.writing() as session:
        session.add(Block(actor_id=stage.fatima.id, blocked_id=actor.id, created_at=stage.clock()))
    assert (await stage.hear(anna, anna.activity("Follow", stage.fatima.uri)))[0] is ArrivalState.IGNORED
    assert await follows(stage) == []
    assert [said["type"] for said in await stage.said()] == ["Reject"]
    assert await stage.notified() == []


async def test_a_follow_of_a_stranger_is_ignored(stage: Stage, anna: Remote) -> None:
    for uri in ("https://rotterdam.example/wim", f"{stage.fatima.uri}-niet"):
        assert (await stage.hear(anna, anna.activity("Follow", uri)))[0] is ArrivalState.IGNORED
