"""Somebody's own picture: chosen, shown beside their name, told to other servers, and taken away."""

import json

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.database import Database
from actors.media.tables import ActorPicture
from outbox.tables import Activity
from tests.actors.cast import SITE, elsewhere, follows, issue_here
from tests.support.pictures import SVG, opened, picture
from tests.support.queries import counted
from tests.web.pages.browser import Pages

PHOTO = "/mijn/foto"


async def test_a_person_chooses_a_picture_and_it_stands_beside_their_name(
    pages: Pages, database: Database, tilburg: Actor
) -> None:
    karin = await pages.sign_in()
    async with database.writing() as session:
        await issue_here(session, tilburg)
        await follows(session, await elsewhere(session, "bram"), karin)
    answer = await pages.submit(PHOTO, PHOTO, **{"picture-me": ("ik.jpg", picture()), "alt-me": "Karin bij de molen"})
    assert (answer.status, answer.location) == (303, "/mijn/foto?bericht=foto")
    page = await pages.get(answer.location)
    async with database.reading() as session:
        stored = (await session.scalars(select(ActorPicture))).one()
        told = json.loads((await session.scalars(select(Activity.document))).one())
    url = SITE.document_url(stored.digest, "ik.jpg")
    assert "Dit is vanaf nu je foto." in page.main
    assert f'src="{url.removeprefix(SITE.base_url)}" alt="Karin bij de molen" width="400"' in page.markup
    assert (told["type"], told["object"]["icon"]["url"]) == ("Update", url)
    assert told["object"]["icon"]["name"] == "Karin bij de molen"
    small = await pages.client.get(f"/documenten/{stored.digest}/96/ik.jpg")
    assert opened(await small.read()).size == (96, 96)
    menu = (await pages.get("/")).markup.partition('class="account-menu"')[2].partition("</summary>")[0]
    assert f'src="/documenten/{stored.digest}/96/ik.jpg" alt=""' in menu


async def test_a_picture_in_the_menu_costs_no_query(pages: Pages) -> None:
    await pages.sign_in()
    await pages.get("/over")
    with counted(pages.database) as without:
        await pages.get("/over")
    await pages.submit(PHOTO, PHOTO, **{"picture-me": ("ik.jpg", picture())})
    await pages.get("/over")
    with counted(pages.database) as having:
        await pages.get("/over")
    assert len(having) == len(without)


async def test_a_picture_is_taken_away_again(pages: Pages, database: Database) -> None:
    karin = await pages.sign_in()
    await pages.submit(PHOTO, PHOTO, **{"picture-me": ("ik.jpg", picture())})
    answer = await pages.submit(PHOTO, f"{PHOTO}/weg")
    assert (answer.status, answer.location) == (303, "/mijn/foto?bericht=foto-weg")
    async with database.reading() as session:
        assert await session.scalar(select(ActorPicture.digest)) is None
        assert (await session.get_one(Actor, karin.id)).icon_url is None
        assert len((await session.scalars(select(Activity.id))).all()) == 2
    assert (await pages.submit(PHOTO, f"{PHOTO}/weg")).status == 303
    async with database.reading() as session:
        assert len((await session.scalars(select(Activity.id))).all()) == 2


@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        ({}, "picture-me", "Kies eerst een foto."),
        ({"picture-me": ("x.svg", SVG)}, "picture-me", "geen afbeelding die we kunnen tonen"),
        ({"picture-me": ("x.jpg", picture(size=(9, 9))), "alt-me": "x" * 1_501}, "alt-me", "Dit zijn 1.501 tekens."),
    ],
)
async def test_what_is_wrong_stands_at_its_field(
    pages: Pages, database: Database, fields: dict[str, tuple[str, bytes] | str], field: str, told: str
) -> None:
    await pages.sign_in()
    page = await pages.submit(PHOTO, PHOTO, **({"alt-me": "Blijft staan"} | fields))
    assert page.status == 422
    assert told in page.main
    assert f'id="error-{field}"' in page.markup
    assert f'aria-describedby="{"hint-alt-me " if field == "alt-me" else ""}error-{field}"' in page.markup
    if "alt-me" not in fields:
        assert 'value="Blijft staan"' in page.markup
    async with database.reading() as session:
        assert await session.scalar(select(ActorPicture.digest)) is None


async def test_who_is_not_signed_in_is_sent_to_do_so(pages: Pages) -> None:
    assert (await pages.get(PHOTO)).location == "/inloggen?terug=/mijn/foto"
    for path in (PHOTO, f"{PHOTO}/weg"):
        page = await pages.submit("/inloggen", path)
        assert page.status == 403
        assert 'href="/inloggen?terug=' in page.markup
