"""Invitations and who may register: made, shown once, revoked; every choice in the log."""

import re

import pytest
from sqlalchemy import select

from actors.audit import AuditEntry
from actors.instances.choices import read_choice
from actors.kinds import Role
from actors.people.tables import Account, Invitation
from tests.web.pages.admin.cast import sign_in_as
from tests.web.pages.browser import PASSWORD, Page, Pages

PATH = "/beheer/uitnodigingen"


async def invite(pages: Pages, **more: object) -> Page:
    """Send the form of an invitation."""
    return await pages.submit(PATH, PATH, **{"email": "", "uses": "1", "days": "14", "message": "", **more})


async def stored(pages: Pages) -> list[Invitation]:
    async with pages.database.reading() as session:
        return list(await session.scalars(select(Invitation).order_by(Invitation.id)))


async def test_the_link_is_shown_once_and_lets_somebody_in_with_the_roles(pages: Pages) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    page = await invite(pages, roles=["editor"], message="Kom je ook?")
    link = re.search(r"https://tilburg\.example(/uitnodiging/[\w-]+)", page.markup)
    assert link is not None
    assert page.headers["Cache-Control"] == "no-store"
    assert "/uitnodiging/" not in (await pages.get(PATH)).markup
    pages.cookies.clear()
    assert "Kom je ook?" in (await pages.get(link[1])).main
    new = {"name": "Bram", "handle": "bram", "email": "b@x.example", "password": PASSWORD}
    assert (await pages.submit(link[1], link[1], **new)).status == 303
    async with pages.database.reading() as session:
        account = (await session.scalars(select(Account).where(Account.email == "b@x.example"))).one()
        assert account.roles == {Role.EDITOR}
    pages.cookies.clear()
    assert (await pages.get(link[1])).status == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "geen adres"), ("email", "a@b.example\r\nBcc: c@d.example"), ("uses", "0"), ("uses", "501"),
        ("uses", "veel"), ("uses", "-1"), ("uses", "9" * 30), ("days", "0"), ("days", "15"), ("days", ""),
        ("message", "x" * 1_001), ("message", "\u202e"), ("message", "a\x00"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_told_at_the_field_and_kept(pages: Pages, field: str, value: str) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    page = await invite(pages, **{"message": "Dit blijft.", field: value})
    assert page.status == 422
    assert f'id="error-{field}"' in page.markup
    assert field == "message" or "Dit blijft." in page.markup
    assert await stored(pages) == []


async def test_an_invitation_to_administer_is_for_one_person(pages: Pages) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    page = await invite(pages, roles=["administrator"], uses="2")
    assert page.status == 422
    assert 'id="error-uses"' in page.markup


async def test_a_revoked_invitation_stands_under_those_that_ended(pages: Pages) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    await invite(pages, email="noor@example.org")
    (invitation,) = await stored(pages)
    page = await pages.submit(PATH, f"{PATH}/{invitation.id}/intrekken")
    assert page.location == f"{PATH}?bericht=uitnodiging-ingetrokken"
    assert "ingetrokken" in (await pages.get(PATH)).main
    await pages.submit(PATH, f"{PATH}/{invitation.id}/intrekken")
    async with pages.database.reading() as session:
        acts = [entry.act for entry in await session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert acts == ["invitation-made", "invitation-revoked"]


@pytest.mark.parametrize(("mode", "status"), [("open", 200), ("approval", 200), ("closed", 200)])
async def test_who_may_register_is_chosen_and_counts_at_once(pages: Pages, mode: str, status: int) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    assert (await pages.submit(PATH, f"{PATH}/aanmelden", mode=mode)).status == 303
    async with pages.database.reading() as session:
        assert (await read_choice(session, "registration"))["mode"] == mode
    pages.cookies.clear()
    page = await pages.get("/registreren")
    assert page.status == status
    assert ('name="handle"' in page.markup) is (mode != "closed")


async def test_the_log_tells_whether_addresses_that_are_not_confirmed_are_let_in(pages: Pages) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    await pages.submit(PATH, f"{PATH}/aanmelden", mode="open", unconfirmed="1")
    await pages.submit(PATH, f"{PATH}/aanmelden", mode="open")
    async with pages.database.reading() as session:
        noted = [entry.details for entry in await session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert noted == [{"mode": "open", "unconfirmed": "yes"}, {"mode": "open", "unconfirmed": "no"}]
    log = (await pages.get("/beheer/logboek")).main
    assert "niet bevestigd zijn: toegelaten" in log and "niet bevestigd zijn: niet toegelaten" in log


async def test_an_unknown_way_to_register_is_refused(pages: Pages) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    for mode in ("", "anyone", "OPEN"):
        assert (await pages.submit(PATH, f"{PATH}/aanmelden", mode=mode)).status == 422
