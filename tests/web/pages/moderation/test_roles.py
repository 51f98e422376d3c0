"""Who may open which page of moderation, and who may do what there."""

import pytest
from sqlalchemy import func, select

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.kinds import Role
from actors.moderation.kinds import Category
from actors.moderation.reports import file_report
from tests.actors.cast import MOMENT, elsewhere
from tests.web.pages.browser import Pages
from tests.web.pages.moderation.conftest import Be

MODERATION = ("/beheer/meldingen", "/beheer/meldingen/{report}", "/beheer/servers",
              "/beheer/servers/besluit?domein=bad.example&beleid=suspended", "/beheer/servers/lijst",
              "/beheer/servers/lijst.csv")  # fmt: skip
ADMINISTRATION = ("/beheer/koppelingen", "/beheer/bezorging", "/beheer/bezorging?server=bad.example")
POSTS = {
    "/beheer/meldingen/{report}": {"act": "suspend", "reason": "x"},
    "/beheer/servers/besluit": {"domein": "bad.example", "beleid": "suspended", "reason": "x"},
    "/beheer/servers/lijst": {"text": "bad.example", "stap": "doen"},
    "/beheer/koppelingen": {"stap": "weg", "domain": "bad.example"},
    "/beheer/bezorging": {"stap": "opgeven", "server": "bad.example"},
}
MAY = {
    Role.ADMINISTRATOR: {*MODERATION, *ADMINISTRATION},
    Role.MODERATOR: {*MODERATION},
    Role.EDITOR: set(),
    None: set(),
}


async def a_report(pages: Pages, reporter: Actor) -> int:
    async with pages.database.writing() as session:
        me = await session.get_one(Actor, reporter.id)
        about = await elsewhere(session, "troll")
        report = await file_report(session, me, about, [], category=Category.SPAM, comment="x", now=MOMENT)
        return report.id


@pytest.mark.parametrize("role", [*MAY])
async def test_each_page_opens_for_its_roles_alone(pages: Pages, be: Be, role: Role | None) -> None:
    report = await a_report(pages, await pages.person("rian"))
    await be("mo", *([role] if role else []))
    opened = {
        path for path in (*MODERATION, *ADMINISTRATION) if (await pages.get(path.format(report=report))).status == 200
    }
    assert opened == MAY[role]


@pytest.mark.parametrize("role", [Role.EDITOR, None])
async def test_nothing_is_done_for_who_may_not(pages: Pages, be: Be, role: Role | None) -> None:
    report = await a_report(pages, await pages.person("rian"))
    await be("mo", *([role] if role else []))
    for path, form in POSTS.items():
        assert (await pages.submit("/kennis", path.format(report=report), **form)).status == 403
    async with pages.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(AuditEntry)) == 0


async def test_a_moderator_administers_nothing(pages: Pages, be: Be) -> None:
    await be("mo", Role.MODERATOR)
    for path in ("/beheer/koppelingen", "/beheer/bezorging"):
        assert (await pages.submit("/kennis", path, **POSTS[path])).status == 403


async def test_who_is_not_signed_in_signs_in_first_and_comes_back(pages: Pages) -> None:
    for path in (*MODERATION, *ADMINISTRATION, "/melden?post=1", "/melden/overzicht", "/bezwaar/1"):
        found = await pages.get(path.format(report=1))
        assert found.status == 303
        assert found.location.startswith("/inloggen?terug=/")
