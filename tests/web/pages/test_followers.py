"""Who may follow a person: accepting and rejecting, and choosing to be asked."""

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.database import Database
from actors.kinds import FollowState
from actors.relations import Follow
from outbox.tables import Activity
from tests.actors.cast import elsewhere, follows, here
from tests.web.pages.browser import Pages

PAGE = "/meldingen"


async def the_follow(database: Database) -> Follow:
    async with database.reading() as session:
        return (await session.scalars(select(Follow))).one()


async def said(database: Database) -> list[tuple[str, int]]:
    async with database.reading() as session:
        rows = await session.execute(select(Activity.type, Activity.actor_id).order_by(Activity.id))
        return [(type_, actor) for type_, actor in rows]


@pytest.mark.parametrize(
    ("answer", "state", "verb"),
    [("accept", FollowState.ACCEPTED, "Accept"), ("reject", FollowState.REJECTED, "Reject")],
)
async def test_a_person_decides_on_who_asks(
    pages: Pages, database: Database, answer: str, state: FollowState, verb: str
) -> None:
    karin = await pages.sign_in()
    async with database.writing() as session:
        bram = await elsewhere(session, "bram")
        await follows(session, bram, karin, FollowState.PENDING)
    page = await pages.get(PAGE)
    assert "Wie wil jou volgen?" in page.main
    assert "Bram" in page.main
    asked = await the_follow(database)
    done = await pages.submit(PAGE, f"/volgverzoeken/{asked.id}", answer=answer)
    assert done.status == 303
    assert (await the_follow(database)).state is state
    assert await said(database) == [(verb, karin.id)]
    page = await pages.get(done.location)
    assert "Wie wil jou volgen?" not in page.main


async def test_nobody_decides_on_the_followers_of_another(pages: Pages, database: Database) -> None:
    async with database.writing() as session:
        yusuf = await here(session, "yusuf")
        await follows(session, await elsewhere(session, "bram"), yusuf, FollowState.PENDING)
    await pages.sign_in()
    asked = await the_follow(database)
    assert (await pages.submit(PAGE, f"/volgverzoeken/{asked.id}", answer="accept")).status == 404
    assert (await the_follow(database)).state is FollowState.PENDING
    assert await said(database) == []


async def test_what_was_decided_is_not_decided_again(pages: Pages, database: Database) -> None:
    karin = await pages.sign_in()
    async with database.writing() as session:
        await follows(session, await elsewhere(session, "bram"), karin, FollowState.ACCEPTED)
    asked = await the_follow(database)
    assert (await pages.submit(PAGE, f"/volgverzoeken/{asked.id}", answer="reject")).status == 404
    assert (await the_follow(database)).state is FollowState.ACCEPTED


async def test_a_person_chooses_to_be_asked_and_followers_are_told(pages: Pages, database: Database) -> None:
    karin = await pages.sign_in()
    done = await pages.submit(PAGE, "/volgers", each_time="1")
    assert done.status == 303
    assert 'value="1" checked' in (await pages.get(PAGE)).markup
    async with database.reading() as session:
        assert (await session.get_one(Actor, karin.id)).manually_approves
    assert await said(database) == [("Update", karin.id)]
    await pages.submit(PAGE, "/volgers")
    async with database.reading() as session:
        assert not (await session.get_one(Actor, karin.id)).manually_approves
