"""The organisation, how long things are kept, and the settings: chosen and shown on their pages."""

import json

import pytest
from sqlalchemy import select

from actors.actor import Actor, Organisation
from actors.audit import AuditEntry
from actors.instances.choices import read_choice
from actors.instances.keeping import SUBJECT, USUAL
from actors.kinds import Role
from outbox.mail.tables import Mail
from outbox.tables import Activity
from tests.web.pages.admin.cast import sign_in_as
from tests.web.pages.browser import Page, Pages
from web.keys import CAN_MAIL, HOUSE, SETTINGS_SHOWN

ORGANISATION = "/beheer/organisatie"
KEPT = "/beheer/bewaren"
TILBURG = "https://identifier.overheid.nl/tooi/id/gemeente/gm0855"


async def describe(pages: Pages, **more: str) -> Page:
    """Send the form of the organisation."""
    return await pages.submit(ORGANISATION, ORGANISATION, **{"summary": "Wij.", "place": "", **more})


async def acts(pages: Pages) -> list[str]:
    async with pages.database.reading() as session:
        return [entry.act for entry in await session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


async def test_what_the_organisation_tells_is_shown_and_followers_hear_of_it(pages: Pages, tilburg: Actor) -> None:
    async with pages.database.writing() as session:
        session.add(Organisation(actor_id=tilburg.id))
    await sign_in_as(pages, Role.ADMINISTRATOR)
    contact = {"email": "info@tilburg.example", "phone": "14 013", "address": "Stadhuisplein 1\nTilburg"}
    page = await describe(pages, summary="Wij **praten**.", place=TILBURG, security="lek@tilburg.example", **contact)
    assert page.status == 303
    pages.app[HOUSE].forget()
    page = await pages.get("/regels")
    for value in ("info@tilburg.example", "14 013", "Stadhuisplein 1"):
        assert value in page.main
    assert "Wij <strong>praten</strong>." in (await pages.get("/over")).markup
    assert "mailto:lek@tilburg.example" in (await pages.get("/.well-known/security.txt")).markup
    async with pages.database.reading() as session:
        assert (await session.get_one(Organisation, tilburg.id)).identifier == TILBURG
        (activity,) = await session.scalars(select(Activity))
        assert json.loads(activity.document)["type"] == "Update"
    assert await acts(pages) == ["organisation-changed"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "x"), ("email", "a@b.example\nBcc: x"), ("security", "@"), ("phone", "bel me"), ("phone", "1" * 41),
        ("place", "https://evil.example/"), ("summary", "x" * 2_001), ("summary", "\u202e"), ("address", "\x00"),
    ],
)  # fmt: skip
async def test_what_is_wrong_about_the_organisation_is_told_at_the_field(pages: Pages, field: str, value: str) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    page = await describe(pages, **{field: value})
    assert page.status == 422
    assert f'id="error-{field}"' in page.markup
    assert await acts(pages) == []


async def test_how_long_things_are_kept_is_chosen_from_the_steps(pages: Pages) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    usual = {kept.value: str(days) for kept, days in USUAL.items()}
    assert (await pages.submit(KEPT, KEPT, **usual)).status == 303
    assert await acts(pages) == []
    assert (await pages.submit(KEPT, KEPT, **usual | {"log": "365"})).status == 303
    async with pages.database.reading() as session:
        assert (await read_choice(session, SUBJECT))["log"] == 365
    for wrong in ("0", "1", "", "-365", "9" * 30, "x"):
        page = await pages.submit(KEPT, KEPT, **usual | {"log": wrong})
        assert page.status == 422, wrong
        assert 'id="error-log"' in page.markup
    assert await acts(pages) == ["retention-changed"]


async def test_settings_are_shown_and_a_test_mail_goes_to_who_asks(pages: Pages) -> None:
    pages.app._state[SETTINGS_SHOWN] = (("SAMENSPRAAK_SECRET_KEY", "set"), ("SAMENSPRAAK_LOG_LEVEL", "info"))
    me = await sign_in_as(pages, Role.ADMINISTRATOR)
    page = await pages.get("/beheer/instellingen")
    assert '<code>SAMENSPRAAK_SECRET_KEY</code></th><td class="long">ingesteld</td>' in page.markup
    assert "SQLite" in page.main or "PostgreSQL" in page.main
    sent = "/beheer/instellingen/testmail"
    assert (await pages.submit("/beheer/instellingen", sent)).status == 404
    pages.app._state[CAN_MAIL] = True
    assert (await pages.submit("/beheer/instellingen", sent)).status == 303
    async with pages.database.reading() as session:
        (mail,) = await session.scalars(select(Mail))
        assert mail.recipient == f"{me.handle}@example.org"
    assert await acts(pages) == ["test-mail-sent"]
