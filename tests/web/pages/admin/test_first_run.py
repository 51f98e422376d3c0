"""The first run: a link of the command line makes the first administrator, who is led through the steps."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.database import Database, now
from actors.instances.choices import read_choice
from actors.instances.tables import Instance
from actors.kinds import Role
from actors.people.first import make_first_link
from actors.people.tables import Account
from tests.actors.cast import issue_here
from tests.web.pages.admin.cast import sign_in_as
from tests.web.pages.browser import PASSWORD, Page, Pages
from web.keys import HOUSE

NEW = {"name": "Karin", "handle": "karin", "email": "karin@example.org", "password": PASSWORD}
STEPS = "/beheer/begin"


async def link(pages: Pages) -> str:
    """Make a link as the command line does."""
    async with pages.database.writing() as session:
        path = f"/begin/{await make_first_link(session, now=now())}"
    pages.app[HOUSE].forget()
    return path


@pytest.fixture
async def strict(database: Database, tilburg: Actor, tmp_path: Path) -> AsyncIterator[Pages]:
    """The pages of an instance that demands a second factor of administrators, as instances do."""
    pages = Pages(database, tmp_path / "documents", require_mfa=True)
    await pages.client.start_server()
    yield pages
    await pages.client.close()


async def test_the_link_makes_an_administrator_who_is_led_to_the_steps(pages: Pages) -> None:
    path = await link(pages)
    assert "Je gaat de site van Gemeente Tilburg inrichten." in (await pages.get(path)).main
    page = await pages.submit(path, path, **NEW)
    assert (page.status, page.location) == (303, STEPS)
    assert "Nog 5 stappen te gaan." in (await pages.get(STEPS)).main
    async with pages.database.reading() as session:
        account = (await session.scalars(select(Account))).one()
        assert account.roles == {Role.ADMINISTRATOR}
        acts = [entry.act for entry in await session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
        assert "first-administrator" in acts


async def test_a_second_step_comes_first_where_it_is_demanded(strict: Pages) -> None:
    path = await link(strict)
    page = await strict.submit(path, path, **NEW)
    assert page.location.startswith("/inloggen/tweede-stap?terug=/beheer/begin")
    assert (await strict.get(STEPS)).location.startswith("/inloggen/tweede-stap")


async def test_nobody_takes_the_instance_with_another_link_or_a_used_one(pages: Pages) -> None:
    path = await link(pages)
    for wrong in ("/begin/x", f"{path}x", path[:-1], "/begin/%00", "/begin/%ED%A0%80"):
        assert (await pages.get(wrong)).status == 404
        assert (await pages.post(wrong, NEW)).status == 404
    await pages.submit(path, path, **NEW)
    pages.cookies.clear()
    assert (await pages.get(path)).status == 404
    assert (await pages.post(path, NEW | {"handle": "eva", "email": "eva@example.org"})).status == 404
    async with pages.database.reading() as session:
        assert len((await session.scalars(select(Account))).all()) == 1


async def test_of_two_who_send_the_form_at_once_one_becomes_administrator(pages: Pages) -> None:
    path = await link(pages)
    hidden = await pages.hidden(path)

    async def send(handle: str) -> Page:
        return await pages.post(path, {**hidden, **NEW, "handle": handle, "email": f"{handle}@example.org"})

    done = await asyncio.gather(send("een"), send("twee"))
    assert sorted(page.status for page in done) == [303, 404]
    async with pages.database.reading() as session:
        assert len((await session.scalars(select(Account))).all()) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "a\u202eb"), ("handle", "admin"), ("handle", "<script>"), ("email", "x"),
        ("password", "kort"), ("password", ""),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_told_and_the_link_still_works(pages: Pages, field: str, value: str) -> None:
    path = await link(pages)
    page = await pages.submit(path, path, **NEW | {field: value})
    assert page.status == 422
    assert f'id="error-{field}"' in page.markup
    assert PASSWORD not in page.markup
    assert (await pages.submit(path, path, **NEW)).status == 303


async def test_the_front_page_says_that_the_site_is_being_set_up_until_it_has_an_administrator(pages: Pages) -> None:
    told = "Deze site wordt ingericht."
    assert told not in (await pages.get("/")).main
    path = await link(pages)
    pages.language = "nl"
    assert told in (await pages.get("/?x=1")).main
    for readable in ("/vraagstukken", "/kennis", "/over", "/regels"):
        assert (await pages.get(readable)).status == 200
    await pages.submit(path, path, **NEW)
    pages.app[HOUSE].forget()
    pages.cookies.clear()
    assert told not in (await pages.get("/?x=2")).main


async def test_steps_follow_from_what_is_there(pages: Pages, tilburg: Actor) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    form = {"summary": "Wij **praten**.", "place": "", "email": "info@tilburg.example"}
    assert (await pages.submit("/beheer/organisatie", "/beheer/organisatie", **form)).status == 303
    invitation = {"email": "", "uses": "1", "days": "14", "message": ""}
    await pages.submit("/beheer/uitnodigingen", "/beheer/uitnodigingen", **invitation)
    await pages.submit("/beheer/uitnodigingen", "/beheer/uitnodigingen", **invitation)
    pages.app[HOUSE].forget()
    assert "Nog 3 stappen te gaan." in (await pages.get(STEPS)).main
    async with pages.database.writing() as session:
        await issue_here(session, tilburg)
        session.add(Instance(domain="szw.example", linked_at=now(), created_at=now()))
    assert "Nog 1 stap te gaan." in (await pages.get(STEPS)).main


async def test_a_step_is_left_for_later_and_taken_up_again(pages: Pages) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    assert "nog 5 stappen" in (await pages.get("/beheer")).main
    assert (await pages.submit(STEPS, STEPS, step="link")).status == 303
    await pages.submit(STEPS, STEPS, step="link")
    pages.app[HOUSE].forget()
    assert "nog 4 stappen" in (await pages.get("/beheer")).main
    assert "Pak dit weer op" in (await pages.get(STEPS)).main
    await pages.submit(STEPS, STEPS, step="link", again="1")
    async with pages.database.reading() as session:
        assert (await read_choice(session, "first-run"))["skipped"] == []
        noted = [(entry.act, entry.details) for entry in await session.scalars(select(AuditEntry))]
    assert noted == [("step-skipped", {"step": "link"}), ("step-taken-up", {"step": "link"})]
    assert "stap: Maak een koppeling met het ministerie" in (await pages.get("/beheer/logboek")).main
    assert (await pages.submit(STEPS, STEPS, step="<script>")).status == 400
