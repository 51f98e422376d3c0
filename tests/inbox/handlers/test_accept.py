"""Accept and Reject: only by who was asked."""

import pytest

from actors.actor import Actor
from actors.kinds import FollowState
from actors.relations import Follow
from inbox.tables import ArrivalState
from tests.inbox.peers import Remote
from tests.inbox.stage import Stage

DONE = (ArrivalState.DONE, "")


async def follows(stage: Stage) -> list[FollowState]:
    return [row.state for row in await stage.rows(Follow)]


URI = "https://tilburg.example/activities/55"


@pytest.fixture
async def followee(stage: Stage, anna: Remote) -> Actor:
    return await stage.follow(anna, state=FollowState.PENDING, uri=URI)


@pytest.mark.parametrize(("verb", "state"), [("Accept", FollowState.ACCEPTED), ("Reject", FollowState.REJECTED)])
@pytest.mark.usefixtures("followee")
async def test_who_is_followed_answers(stage: Stage, anna: Remote, verb: str, state: FollowState) -> None:
    assert await stage.hear(anna, anna.activity(verb, URI)) == DONE
    assert await follows(stage) == [state]


@pytest.mark.usefixtures("followee")
async def test_an_answer_with_an_id_of_their_own_is_known_by_whom_it_names(stage: Stage, anna: Remote) -> None:
    asked = {"id": "https://tilburg.example/x", "type": "Follow", "actor": stage.fatima.uri, "object": anna.uri}
    assert await stage.hear(anna, anna.activity("Accept", asked)) == DONE
    assert await follows(stage) == [FollowState.ACCEPTED]


@pytest.mark.usefixtures("followee")
async def test_nobody_else_answers(stage: Stage) -> None:
    for host in ("utrecht.example", "bad.example"):
        mallory = stage.world.person(host, "mallory")
        assert (await stage.hear(mallory, mallory.activity("Accept", URI)))[0] is ArrivalState.IGNORED
    assert await follows(stage) == [FollowState.PENDING]
