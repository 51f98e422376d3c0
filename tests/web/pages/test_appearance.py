"""The look of the instance: seen before it is kept, refused when people could not read it, shown on every page."""

import json
import re
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.database import Database, now
from actors.instances.choices import read_choice, write_choice
from actors.instances.theme import STANDARD, Theme
from actors.media.tables import ActorPicture
from outbox.tables import Activity
from tests.actors.cast import SITE, elsewhere, follows
from tests.support.pictures import SVG, picture
from tests.support.queries import counted
from tests.web.pages.browser import Pages

LOOK = "/beheer/uiterlijk"
BLUE = {"primary": "#154273", "link": "#154273", "header": "#154273", "header_contrast": "#ffffff"}


def look(**more: Any) -> dict[str, Any]:
    return {**Theme(STANDARD).write(), "name": "Gemeente Tilburg", "stap": "bewaar", **more}


def sheets(markup: str) -> list[str]:
    return re.findall(r'<link rel="stylesheet" href="([^"]+)">', markup)


async def test_a_look_that_is_kept_stands_on_every_page(pages: Pages, database: Database, tilburg: Actor) -> None:
    await pages.sign_in(admin=True)
    assert not any("/thema" in sheet for sheet in sheets((await pages.get("/over")).markup))
    answer = await pages.submit(LOOK, LOOK, **look(**BLUE, font="georgia", radius="none"))
    assert (answer.status, answer.location) == (303, f"{LOOK}?bericht=uiterlijk")
    assert "Het nieuwe uiterlijk is bewaard." in (await pages.get(answer.location)).main
    await pages.be(None)
    found = set()
    for path in ("/", "/vraagstukken", "/kennis", "/netwerk", "/over", "/inloggen", "/nergens"):
        markup = (await pages.get(path)).markup
        # After the stylesheet of all pages, so that it counts.
        assert "/thema." in sheets(markup)[-1], path
        assert "<style" not in markup
        found.add(sheets(markup)[-1])
    (path,) = found
    sheet = await pages.client.get(path)
    text = await sheet.text()
    assert sheet.headers["Content-Type"] == "text/css"
    assert sheet.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "--samenspraak-color-primary:#154273;" in text
    assert "--samenspraak-radius:0;" in text
    assert "Georgia" in text


async def test_looking_first_keeps_nothing_and_is_seen_by_its_administrator_alone(
    pages: Pages, database: Database, tilburg: Actor
) -> None:
    await pages.sign_in(admin=True)
    page = await pages.submit(LOOK, LOOK, **look(**BLUE, name="Gemeente Anders", stap="bekijk"))
    assert page.status == 200
    assert "Er is nog niets bewaard." in page.main
    sheet = sheets(page.markup)[-1].replace("&amp;", "&")
    assert sheet.startswith("/thema/voorbeeld.css?primary=%23154273&")
    candidate = await pages.get(sheet)
    assert (candidate.status, candidate.headers["Cache-Control"]) == (200, "private, no-store")
    assert "--samenspraak-color-header:#154273;" in candidate.markup
    # The parts of real pages, with what was measured.
    assert "Jongeren op het plein" in page.main
    assert "Tekst in de balk bovenaan op Balk boven aan de pagina10,2 : 1" in page.main
    assert 'value="Gemeente Anders"' in page.markup
    async with database.reading() as session:
        assert await read_choice(session, "theme") == {}
        assert (await session.get_one(Actor, tilburg.id)).name == "Gemeente Tilburg"
    await pages.be(await pages.person("bram"))
    assert (await pages.get(sheet)).status == 403
    await pages.be(None)
    assert (await pages.get(sheet)).status == 303


@pytest.mark.parametrize("step", ["bekijk", "bewaar"])
@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("link", "#777777", "‘Links’ en ‘Achtergrond van teksten’ lijken te veel op elkaar. Het contrast is 3,9 : 1."),
        ("ink", "#ffffff", "Het contrast is 1,0 : 1. Dat moet minstens 4,5 : 1 zijn."),
        ("primary_contrast", "#0b5f6d", "‘Tekst op knoppen’ en ‘Knoppen’ lijken te veel op elkaar."),
        ("header_contrast", "#eeeeee", "‘Tekst in de balk bovenaan’ en ‘Balk boven aan de pagina’ lijken te veel"),
        ("accent", "#cccccc", "Dat moet minstens 4,5 : 1 zijn."),
        ("surface", "#bbbbbb", "‘Signaalkleuren, zoals rood bij fouten’ en ‘Achtergrond van teksten’"),
        ("primary", "#eaeaea", "Dat moet minstens 3,0 : 1 zijn."),
        ("primary", "rood", "Schrijf een kleur als #"),
        ("primary", "", "Schrijf een kleur als #"),
        ("ink", "#000000;} body{display:none} x{", "Schrijf een kleur als #"),
        ("ink", "#00000\0", "Schrijf een kleur als #"),
        ("ink", "#١٢٣٤٥٦", "Schrijf een kleur als #"),
        ("surface", "</style><script>alert(1)</script>", "Schrijf een kleur als #"),
        ("font", "comic; } * { display: none", "Kies een lettertype uit de lijst."),
        ("radius", "99rem", "Kies uit de lijst hoe rond de hoeken zijn."),
        ("name", "", "Vul de naam van je organisatie in."),
        ("name", "x" * 151, "Dit zijn 151 tekens. Er passen er 150 in."),
    ],
)
async def test_what_cannot_be_read_is_refused_at_its_field_and_what_was_typed_stays(
    pages: Pages, database: Database, step: str, field: str, value: str, told: str
) -> None:
    await pages.sign_in(admin=True)
    typed = look(**{"accent": "#123456", field: value}, stap=step)
    page = await pages.submit(LOOK, LOOK, **typed)
    assert page.status == 422
    assert told in page.main
    assert f'id="error-{field}"' in page.markup
    assert f'href="#field-{field}"' in page.markup
    assert re.search(rf'id="field-{field}"[^>]+aria-invalid="true"', page.markup)
    if field != "accent":
        assert 'value="#123456"' in page.markup
    assert "<script>alert" not in page.markup
    assert not any("/thema" in sheet for sheet in sheets(page.markup))
    async with database.reading() as session:
        assert await read_choice(session, "theme") == {}
        assert await session.scalar(select(AuditEntry.id)) is None


async def test_text_that_cannot_be_stored_is_no_name(pages: Pages, database: Database) -> None:
    await pages.sign_in(admin=True)
    page = await pages.submit(LOOK, LOOK, **look(name="Gemeente\0X"))
    assert page.status == 422
    assert 'id="error-name"' in page.markup
    async with database.reading() as session:
        assert await read_choice(session, "theme") == {}


@pytest.mark.parametrize(
    "query",
    [
        "", "primary=%23154273", urlencode({**Theme(STANDARD).write(), "ink": "#ffffff"}),
        urlencode({**Theme(STANDARD).write(), "ink": "red"}),
        urlencode({**Theme(STANDARD).write(), "font": "x;}*{color:red"}),
        urlencode({**Theme(STANDARD).write(), "radius": "1rem"}),
        urlencode({**Theme(STANDARD).write(), "link": "#0b5f6d"}).replace("%23", quote("url(//evil.example)")),
    ],
)  # fmt: skip
async def test_no_stylesheet_is_made_of_what_is_no_theme(pages: Pages, query: str) -> None:
    await pages.sign_in(admin=True)
    answer = await pages.get(f"/thema/voorbeeld.css?{query}")
    assert answer.status == 404
    assert "--samenspraak" not in answer.markup


async def test_a_former_stylesheet_leads_to_that_of_today(pages: Pages, database: Database) -> None:
    former = Theme(STANDARD, "georgia")
    async with database.writing() as session:
        await write_choice(session, "theme", former.write(), by=None, now=now())
    path = sheets((await pages.get("/over")).markup)[-1]
    async with database.writing() as session:
        await write_choice(session, "theme", Theme(STANDARD, "arial").write(), by=None, now=now())
    moved = await pages.get(path)
    assert (moved.status, moved.headers["Cache-Control"]) == (302, "no-store")
    assert moved.location != path
    assert (await pages.get(moved.location)).status == 200
    async with database.writing() as session:
        await write_choice(session, "theme", {}, by=None, now=now())
    for gone in (path, "/thema.0000000000.css", "/thema..css", "/thema.%00.css"):
        assert (await pages.get(gone)).status == 404


async def test_the_standard_look_comes_back(pages: Pages, database: Database) -> None:
    await pages.sign_in(admin=True)
    await pages.submit(LOOK, LOOK, **look(**BLUE))
    assert '"#154273"' in (await pages.get(LOOK)).markup
    answer = await pages.submit(LOOK, f"{LOOK}/standaard")
    assert answer.location == f"{LOOK}?bericht=uiterlijk-standaard"
    page = await pages.get(answer.location)
    assert '"#154273"' not in page.markup
    assert not any("/thema" in sheet for sheet in sheets(page.markup))


async def test_another_name_is_told_to_other_servers(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        await follows(session, await elsewhere(session, "bram"), tilburg)
    await pages.sign_in(admin=True)
    await pages.submit(LOOK, LOOK, **look(name="Gemeente <b>Goirle</b> & omstreken"))
    page = await pages.get("/over")
    assert "Gemeente Goirle &amp; omstreken" in page.markup
    async with database.reading() as session:
        told = json.loads((await session.scalars(select(Activity.document))).one())
        entries = (await session.scalars(select(AuditEntry).order_by(AuditEntry.id))).all()
    assert (told["type"], told["object"]["id"], told["object"]["name"]) == (
        "Update", tilburg.uri, "Gemeente Goirle & omstreken",
    )  # fmt: skip
    assert [(entry.act, entry.for_id) for entry in entries] == [
        ("organisation-renamed", tilburg.id), ("theme-changed", tilburg.id),
    ]  # fmt: skip
    assert entries[0].details == {"from": "Gemeente Tilburg", "to": "Gemeente Goirle & omstreken"}
    assert entries[1].details["primary"] == "#0b5f6d"


async def test_what_is_kept_as_it_was_is_no_act(pages: Pages, database: Database) -> None:
    await pages.sign_in(admin=True)
    for _ in range(2):
        await pages.submit(LOOK, LOOK, **look(**BLUE))
    async with database.reading() as session:
        assert (await session.scalars(select(AuditEntry.act))).all() == ["theme-changed"]
        assert await session.scalar(select(Activity.id)) is None


async def test_the_logo_stands_on_every_page_and_is_the_icon_of_the_organisation(
    pages: Pages, database: Database, tilburg: Actor
) -> None:
    await pages.sign_in(admin=True)
    answer = await pages.submit(
        LOOK, f"{LOOK}/logo", **{"picture-logo": ("logo.png", picture("PNG", (1_280, 320))), "alt-logo": "Logo Tilburg"}
    )
    assert answer.location == f"{LOOK}?bericht=logo"
    async with database.reading() as session:
        stored = (await session.scalars(select(ActorPicture))).one()
        told = json.loads((await session.scalars(select(Activity.document))).one())
    assert (stored.actor_id, stored.width, stored.height) == (tilburg.id, 640, 160)
    url = SITE.document_url(stored.digest, "logo.png")
    assert told["object"]["icon"] == {
        "type": "Image", "mediaType": "image/png", "url": url, "name": "Logo Tilburg", "width": 640, "height": 160,
    }  # fmt: skip
    await pages.be(None)
    path = url.removeprefix(SITE.base_url)
    assert f'src="{path}" alt="" width="640" height="160"' in (await pages.get("/over")).markup
    assert (await pages.client.get(path)).status == 200
    await pages.be(await pages.person("beheer", admin=True))
    await pages.submit(LOOK, f"{LOOK}/logo/weg")
    assert path not in (await pages.get("/over")).markup
    assert (await pages.client.get(path)).status == 404
    async with database.reading() as session:
        assert (await session.scalars(select(AuditEntry.act).order_by(AuditEntry.id))).all() == [
            "logo-changed", "logo-removed",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        ({}, "picture-logo", "Kies eerst een foto."),
        ({"picture-logo": ("logo.svg", SVG), "alt-logo": "x"}, "picture-logo", "geen afbeelding die we kunnen tonen"),
        ({"picture-logo": ("logo.png", picture("PNG", (9, 9)))}, "alt-logo", "Vertel wat er op de afbeelding staat"),
    ],
)
async def test_a_logo_that_will_not_do_is_refused_at_its_field(
    pages: Pages, database: Database, fields: dict[str, Any], field: str, told: str
) -> None:
    await pages.sign_in(admin=True)
    page = await pages.submit(LOOK, f"{LOOK}/logo", **fields)
    assert page.status == 422
    assert told in page.main
    assert f'id="error-{field}"' in page.markup
    async with database.reading() as session:
        assert await session.scalar(select(ActorPicture.digest)) is None


async def test_only_administrators_change_the_look(pages: Pages) -> None:
    paths = [LOOK, f"{LOOK}/standaard", f"{LOOK}/logo", f"{LOOK}/logo/weg"]
    assert (await pages.get(LOOK)).location.startswith("/inloggen")
    await pages.sign_in("bram")
    assert (await pages.get(LOOK)).status == 403
    for path in paths:
        assert (await pages.submit("/over", path, **look())).status == 403


async def test_a_theme_costs_no_query(pages: Pages, database: Database) -> None:
    async def asked() -> int:
        with counted(database) as statements:
            await pages.get(f"/netwerk?x={len(statements)}{now().timestamp()}")
        return len(statements)

    await pages.get("/over")
    before = await asked()
    async with database.writing() as session:
        await write_choice(session, "theme", Theme(STANDARD, "arial").write(), by=None, now=now())
    await pages.get("/over")
    assert await asked() == before
