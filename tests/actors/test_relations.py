"""Who follows, blocks and belongs: the questions asked of the tables."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from actors.among import among
from actors.database import Database
from actors.instances.tables import Instance
from actors.kinds import FollowState
from actors.relations import (
    Block,
    Follow,
    blocked_by,
    count_followers,
    count_following,
    follow_between,
)
from actors.upsert import insert_or_ignore, insert_or_update
from tests.actors.cast import MOMENT, blocks, elsewhere, follows, here


async def test_only_accepted_followers_count(database: Database) -> None:
    async with database.writing() as session:
        fatima = await here(session, "fatima")
        for state in FollowState:
            await follows(session, await elsewhere(session, state.value), fatima, state)
            await follows(session, fatima, await elsewhere(session, f"to-{state.value}"), state)
        assert await count_followers(session, fatima.id) == 1
        assert await count_following(session, fatima.id) == 1
        assert await count_followers(session, 404) == 0


async def test_a_follow_is_found_in_whatever_state_it_is(database: Database) -> None:
    async with database.writing() as session:
        fatima, bram = await here(session, "fatima"), await elsewhere(session, "bram")
        await follows(session, fatima, bram, FollowState.PENDING)
        found = await follow_between(session, fatima.id, bram.id)
        assert found is not None
        assert found.state is FollowState.PENDING
        assert await follow_between(session, bram.id, fatima.id) is None


async def test_nobody_follows_another_twice(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.writing() as session:
            fatima, bram = await here(session, "fatima"), await elsewhere(session, "bram")
            await follows(session, fatima, bram)
            await follows(session, fatima, bram)


async def test_who_blocks_somebody_is_told_among_those_asked_about(database: Database) -> None:
    async with database.writing() as session:
        fatima, bram, carla = (
            await here(session, "fatima"),
            await elsewhere(session, "b"),
            await elsewhere(session, "c"),
        )
        await blocks(session, bram, fatima)
        await blocks(session, fatima, carla)
        assert await blocked_by(session, fatima.id, [bram.id, carla.id]) == {bram.id}
        assert await blocked_by(session, fatima.id, [carla.id]) == set()
        assert await blocked_by(session, fatima.id, []) == set()


async def test_relations_go_with_who_they_are_of(database: Database) -> None:
    async with database.writing() as session:
        fatima, bram = await here(session, "fatima"), await elsewhere(session, "bram")
        await follows(session, fatima, bram)
        await blocks(session, bram, fatima)
        await session.execute(text("DELETE FROM actors WHERE handle = 'bram'"))
        assert (await session.scalars(select(Follow.id))).all() == []
        assert (await session.scalars(select(Block.actor_id))).all() == []


@pytest.mark.parametrize("number", [0, 1, 40_000])
async def test_a_column_is_compared_with_however_many_values(database: Database, number: int) -> None:
    async with database.writing() as session:
        for domain in ("1.example", "2.example", "x' OR 1=1"):
            session.add(Instance(domain=domain, failures=7, created_at=MOMENT))
        await session.flush()
        wanted = [f"{each}.example" for each in range(2, number + 2)]
        found = set(await session.scalars(select(Instance.domain).where(among(session, Instance.domain, wanted))))
        assert found == ({"2.example"} if number else set())
        assert not (await session.scalars(select(Instance.domain).where(among(session, Instance.failures, [1])))).all()


async def test_a_row_that_is_there_already_is_left_alone_or_renewed(database: Database) -> None:
    row = {"domain": "a.example", "name": "oud", "created_at": MOMENT}
    async with database.writing() as session:
        await insert_or_ignore(session, Instance, [row, {**row, "name": "nieuw"}])
        await insert_or_ignore(session, Instance, [])
        assert (await session.scalars(select(Instance.name))).one() == "oud"
        await insert_or_update(session, Instance, {**row, "name": "nieuw"}, on=["domain"], update=["name"])
        assert (await session.scalars(select(Instance.name))).one() == "nieuw"
        await insert_or_update(
            session, Instance, {**row, "name": "niet"}, on=["domain"], update=["name"], where=Instance.name == "x"
        )
        assert (await session.scalars(select(Instance.name))).one() == "nieuw"
