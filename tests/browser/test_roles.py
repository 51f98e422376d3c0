"""Roles on an issue, as people ask for them and take them: on the pages, and by the link of a message."""

import re

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.database import now
from actors.ids import new_id
from actors.instances.tables import Instance
from actors.kinds import ActorKind
from outbox.tables import Activity
from tests.browser.conftest import Visiting
from tests.browser.instance import LocalInstance

pytestmark = pytest.mark.timeout(300)


async def publish(tilburg: LocalInstance, handle: str) -> str:
    """Publish an issue; return its page."""
    await tilburg.run(
        "issue", "publish", "--title", f"Samen op {handle}", "--question", "Van wie is het plein?",
        "--theme", "young-people", "--feedback-by", "2027-03-01", "--handle", handle,
    )  # fmt: skip
    return f"/vraagstukken/{handle}"


async def test_somebody_is_asked_for_a_role_takes_it_and_stops(tilburg: LocalInstance, visiting: Visiting) -> None:
    issue = await publish(tilburg, "kerkplein")
    karin, bram = await visiting(tilburg, "karin"), await visiting(tilburg, "bram")
    await karin.open(issue)
    assert await karin.sees("Wie doet wat")
    await karin.follow("Vraag iemand voor een rol")
    await karin.check_everywhere()
    await karin.press("Vraag het")
    assert await karin.sees("Kies een rol.")
    await karin.check_everywhere()
    await karin.page.locator("[name=who]").fill("bram")
    await karin.page.locator("[name=role]").select_option("key-person")
    await karin.page.locator("[name=perspective]").select_option("young-people")
    await karin.page.locator("[name=words]").fill("Praat in mei met vijf jongeren. Het kost ongeveer vier uur.")
    await karin.press("Vraag het")
    assert await karin.sees("Je vraag is verstuurd.")
    await karin.check_everywhere()

    await bram.open("/meldingen")
    await bram.page.get_by_role("link", name="vraagt je voor een rol").first.click()
    await bram.page.wait_for_load_state()
    assert await bram.sees("Dan kan iedereen lezen dat je deze rol hebt.")
    await bram.check_everywhere()
    role = bram.path.partition("?")[0]
    await bram.page.get_by_label("Anderen mogen mijn perspectief lezen").check()
    await bram.press("Ja, ik doe mee")
    assert await bram.sees("Je hebt vanaf nu deze rol.")
    await bram.check_everywhere()
    await bram.open("/rollen")
    assert await bram.sees("Wat je doet")
    await bram.check_everywhere()
    await bram.open(issue)
    assert await bram.sees("Sleutelpersoon")
    await bram.check_everywhere()
    await bram.open("/personen/bram")
    assert await bram.sees("Heeft dit eerder gedaan")
    await bram.check_everywhere()
    await bram.open(role)
    await bram.page.get_by_text("Stop met deze rol", exact=True).first.click()
    await bram.check()
    await bram.page.get_by_role("button", name="Stop met deze rol").click()
    assert await bram.sees("Je bent gestopt met deze rol.")


async def test_somebody_asks_to_join_and_the_host_says_yes(tilburg: LocalInstance, visiting: Visiting) -> None:
    issue = await publish(tilburg, "marktplein")
    await tilburg.add_person("sanne", "Sanne Bakker")
    karin, sanne = await visiting(tilburg, "karin"), await visiting(tilburg, "sanne")
    await sanne.open(issue)
    await sanne.follow("Ik wil meedoen")
    await sanne.check_everywhere()
    await sanne.page.locator("[name=role]").select_option("practitioner")
    await sanne.page.locator("[name=words]").fill("Ik werk als jongerenwerker op het plein.")
    await sanne.press("Vraag het")
    assert await sanne.sees("Je vraag is naar de gastheer gestuurd.")
    await sanne.check_everywhere()
    await karin.open("/rollen")
    assert await karin.sees("Zij willen meedoen")
    await karin.check_everywhere()
    await karin.page.get_by_role("main").get_by_role("link", name="professional").first.click()
    await karin.page.wait_for_load_state()
    await karin.check_everywhere()
    await karin.press("Ja, geef deze rol")
    assert await karin.sees("Diegene heeft vanaf nu deze rol")
    await karin.open(issue)
    assert await karin.sees("Sanne Bakker")


async def test_who_has_no_account_answers_by_the_link_of_a_message(tilburg: LocalInstance, visiting: Visiting) -> None:
    issue = await publish(tilburg, "schoolplein")
    database = tilburg.database()
    async with database.writing() as session:
        uri = "https://mastodon.example/users/anna"
        session.add(
            Actor(
                id=new_id(),
                uri=uri,
                kind=ActorKind.PERSON,
                handle="anna",
                domain="mastodon.example",
                name="Anna",
                url=uri,
                inbox=f"{uri}/inbox",
                created_at=now(),
                updated_at=now(),
                fetched_at=now(),
            )
        )
        session.add(Instance(domain="mastodon.example", software="mastodon", created_at=now()))
    karin, anna = await visiting(tilburg, "karin"), await visiting(tilburg)
    await karin.open(f"{issue}/rollen/aanbieden")
    await karin.page.locator("[name=who]").fill("@anna@mastodon.example")
    await karin.page.locator("[name=role]").select_option("expert-by-experience")
    await karin.page.locator("[name=perspective]").select_option("parents")
    await karin.page.locator("[name=words]").fill("Vertel wat jij op het plein meemaakt.")
    await karin.press("Vraag het")
    assert await karin.sees("Je vraag is verstuurd.")
    async with database.reading() as session:
        sent = list(await session.scalars(select(Activity.document).where(Activity.type == "Create")))
    await database.close()
    path = next(found[0] for one in sent if (found := re.search(r"/rol/[\w-]{40,}", one)) is not None)

    await anna.open(path)
    assert await anna.sees("Deze link is alleen voor jou")
    await anna.check_everywhere()
    await anna.press("Ja, ik doe mee")
    assert await anna.sees("Je hebt deze rol.")
    await anna.check_everywhere()
    await anna.page.get_by_text("Stop met deze rol", exact=True).first.click()
    await anna.page.get_by_role("button", name="Stop met deze rol").click()
    assert await anna.sees("Je bent gestopt met deze rol.")
    await anna.check_everywhere()
    await anna.open("/rol/bestaat-niet")
    assert await anna.sees("Deze link werkt niet meer")
    await anna.check_everywhere()
