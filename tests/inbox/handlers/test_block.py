"""Block: ends the follows between two, in whatever order it comes."""

from actors.kinds import FollowState
from actors.relations import Block, Follow
from inbox.tables import ArrivalState
from tests.inbox.peers import Remote
from tests.inbox.stage import Stage

DONE = (ArrivalState.DONE, "")


async def follows(stage: Stage) -> list[FollowState]:
    return [row.state for row in await stage.rows(Follow)]


async def test_a_block_ends_the_follows_between_the_two(stage: Stage, anna: Remote) -> None:
    actor = await stage.follow(anna)
    await stage.add_follow(actor, stage.fatima)
    assert await stage.hear(anna, anna.activity("Block", stage.fatima.uri)) == DONE
    assert await follows(stage) == []
    (row,) = await stage.rows(Block)
    assert (row.actor_id, row.blocked_id) == (actor.id, stage.fatima.id)


async def test_it_can_be_taken_back_in_any_order(stage: Stage, anna: Remote) -> None:
    blocked = anna.activity("Block", stage.fatima.uri)
    await stage.hear(anna, blocked, anna.activity("Undo", blocked))
    assert await stage.rows(Block) == []
    late = anna.activity("Block", stage.fatima.uri)
    await stage.hear(anna, anna.activity("Undo", late), late)
    assert await stage.rows(Block) == []
