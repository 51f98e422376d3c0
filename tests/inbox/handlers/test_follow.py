"""Follow, Accept, Reject, Block: who follows whom, and who decides."""

import pytest

from actors.actor import Actor
from actors.kinds import ActorKind, FollowState
from actors.networks.tables import Network
from actors.relations import Block, Follow, Revoked
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


class TestAnswers:
    URI = "https://tilburg.example/activities/55"

    @pytest.fixture
    async def followee(self, stage: Stage, anna: Remote) -> Actor:
        return await stage.follow(anna, state=FollowState.PENDING, uri=self.URI)

    @pytest.mark.parametrize(("verb", "state"), [("Accept", FollowState.ACCEPTED), ("Reject", FollowState.REJECTED)])
    @pytest.mark.usefixtures("followee")
    async def test_who_is_followed_answers(self, stage: Stage, anna: Remote, verb: str, state: FollowState) -> None:
        assert await stage.hear(anna, anna.activity(verb, self.URI)) == DONE
        assert await follows(stage) == [state]

    @pytest.mark.usefixtures("followee")
    async def test_an_answer_with_an_id_of_their_own_is_known_by_whom_it_names(
        self, stage: Stage, anna: Remote
    ) -> None:
        asked = {"id": "https://tilburg.example/x", "type": "Follow", "actor": stage.fatima.uri, "object": anna.uri}
        assert await stage.hear(anna, anna.activity("Accept", asked)) == DONE
        assert await follows(stage) == [FollowState.ACCEPTED]

    @pytest.mark.usefixtures("followee")
    async def test_nobody_else_answers(self, stage: Stage) -> None:
        for host in ("utrecht.example", "bad.example"):
            mallory = stage.world.person(host, "mallory")
            assert (await stage.hear(mallory, mallory.activity("Accept", self.URI)))[0] is ArrivalState.IGNORED
        assert await follows(stage) == [FollowState.PENDING]


class TestBlock:
    async def test_a_block_ends_the_follows_between_the_two(self, stage: Stage, anna: Remote) -> None:
        actor = await stage.follow(anna)
        await stage.add_follow(actor, stage.fatima)
        assert await stage.hear(anna, anna.activity("Block", stage.fatima.uri)) == DONE
        assert await follows(stage) == []
        (row,) = await stage.rows(Block)
        assert (row.actor_id, row.blocked_id) == (actor.id, stage.fatima.id)

    async def test_it_can_be_taken_back_in_any_order(self, stage: Stage, anna: Remote) -> None:
        blocked = anna.activity("Block", stage.fatima.uri)
        await stage.hear(anna, blocked, anna.activity("Undo", blocked))
        assert await stage.rows(Block) == []
        late = anna.activity("Block", stage.fatima.uri)
        await stage.hear(anna, anna.activity("Undo", late), late)
        assert await stage.rows(Block) == []


class TestUndo:
    async def test_a_follow_is_taken_back(self, stage: Stage, anna: Remote) -> None:
        asked = anna.activity("Follow", stage.issue.uri)
        await stage.hear(anna, asked, anna.activity("Undo", asked))
        assert await follows(stage) == []
        assert await stage.rows(Revoked) == []

    async def test_undone_before_it_came_it_never_was(self, stage: Stage, anna: Remote) -> None:
        asked = anna.activity("Follow", stage.issue.uri)
        assert await stage.hear(anna, anna.activity("Undo", asked), asked) == (
            ArrivalState.IGNORED,
            "undone before it came",
        )
        assert await follows(stage) == []
        assert await stage.said() == []

    async def test_in_one_batch_as_well(self, stage: Stage, anna: Remote) -> None:
        asked, like = (
            anna.activity("Follow", stage.issue.uri),
            anna.activity("Like", (await stage.say(stage.fatima)).uri),
        )
        for activity in (anna.activity("Undo", asked), asked, like, anna.activity("Undo", like)):
            await stage.send(anna, activity)
        await stage.handle()
        assert await follows(stage) == []
        assert (await stage.state())["reactions"] == []

    async def test_nobody_undoes_what_another_did(self, stage: Stage, anna: Remote) -> None:
        asked = anna.activity("Follow", stage.issue.uri)
        await stage.hear(anna, asked)
        for host in ("utrecht.example", "bad.example"):
            mallory = stage.world.person(host, "mallory")
            for inner in (asked, asked["id"], asked | {"actor": mallory.uri}):
                await stage.hear(mallory, mallory.activity("Undo", inner))
        assert await follows(stage) == [FollowState.ACCEPTED]

    async def test_nobody_undoes_in_advance_what_another_will_do(self, stage: Stage, anna: Remote) -> None:
        asked = anna.activity("Follow", stage.issue.uri)
        mallory = stage.world.person("utrecht.example", "mallory")
        await stage.hear(mallory, mallory.activity("Undo", asked["id"]))
        await stage.hear(anna, asked)
        assert await follows(stage) == [FollowState.ACCEPTED]
