"""Somebody gives a signal, an editor answers it and makes an issue of it, and moves that: as people do it."""

from playwright.async_api import Page

from tests.browser.conftest import Visiting
from tests.browser.instance import LocalInstance

WORDS = "Er zitten elke avond jongeren bij de fontein. Mensen lopen om."


async def test_a_signal_is_given_answered_and_becomes_an_issue_that_moves(
    tilburg: LocalInstance, visiting: Visiting
) -> None:
    karin, bram = await visiting(tilburg, "karin"), await visiting(tilburg, "bram")
    await karin.open("/signalen")
    await karin.check_everywhere()
    await bram.open("/mijn/signalen")
    await bram.check_everywhere()

    await bram.open("/vraagstukken")
    await bram.follow("Geef een signaal")
    await bram.press("Verstuur het signaal")
    assert await bram.sees("klopt nog niet")
    await bram.check_everywhere()
    await bram.fill(text=WORDS, where="Het Wagnerplein")
    await bram.page.locator("[name=theme]").select_option("young-people")
    await bram.press("Verstuur het signaal")
    assert await bram.sees("Je signaal is verstuurd.")
    await bram.check_everywhere()

    await karin.open("/meldingen")
    assert await karin.sees("Er is een nieuw signaal voor Gemeente Tilburg")
    await karin.check_everywhere()
    await karin.open("/signalen")
    await karin.check_everywhere()
    await karin.page.get_by_role("link", name=WORDS[:40]).click()
    await karin.press("Pak dit signaal op")
    await karin.check_everywhere()
    await karin.press("Verstuur het antwoord")
    assert await karin.sees("Schrijf eerst een antwoord.")
    await karin.check_everywhere()
    await karin.fill(answer="Dank je. We gaan deze week langs.")
    await karin.press("Verstuur het antwoord")
    assert await karin.sees("Je antwoord is verstuurd.")
    await karin.page.get_by_text("Sluit dit signaal").click()
    await karin.check()

    await bram.open("/meldingen")
    await bram.page.get_by_role("link", name="beantwoordt je signaal").click()
    assert await bram.sees("We gaan deze week langs.")
    await bram.page.get_by_text("Vul iets aan").click()
    await bram.check()
    await bram.fill(**{f"text-{await _signal_id(bram.page)}": "Vandaag waren ze er weer."})
    await bram.press("Versturen")
    assert await bram.sees("Je aanvulling is verstuurd.")

    await karin.open("/signalen")
    await karin.page.get_by_role("link", name=WORDS[:40]).click()
    await karin.page.get_by_role("link", name="Zet het op de agenda").click()
    await karin.check_everywhere()
    await karin.fill(title="Een plek bij de fontein", question="Wat is er nodig?", feedback_by="2027-01-31")
    await karin.fill(why="Jongeren en wandelaars zitten elkaar in de weg.")
    for box in ("jongeren", "ouders"):
        await karin.page.get_by_label(box, exact=True).check()
    await karin.press("Plaats het vraagstuk")
    assert karin.path == "/vraagstukken/een-plek-bij-de-fontein"
    assert await karin.sees("Wie missen we nog?")
    assert not await karin.sees("Mensen lopen om"), "a signal is private"
    await karin.check_everywhere()

    await karin.follow("Breng dit vraagstuk naar een andere fase")
    await karin.check_everywhere()
    await karin.page.get_by_label("in gesprek").check()
    await karin.fill(reason="Er zijn genoeg mensen.")
    await karin.press("Verander de fase")
    assert await karin.sees("Het vraagstuk is in de nieuwe fase.")
    await karin.follow("Breng dit vraagstuk naar een andere fase")
    await karin.page.get_by_label("geagendeerd").check()
    await karin.press("Verander de fase")
    assert await karin.sees("Vertel waarom.")
    await karin.check_everywhere()
    await karin.fill(reason="De school wil ook meedenken.")
    await karin.press("Verander de fase")
    await karin.follow("Verschuif de beloofde datum")
    await karin.check_everywhere()
    await karin.fill(feedback_by="2027-03-31", reason="De raad vergadert later.")
    await karin.press("Beloof dit")
    assert await karin.sees("De datum is beloofd.")
    await karin.page.get_by_text("Zo kwam dit vraagstuk hier").click()
    assert await karin.sees("De school wil ook meedenken.")
    await karin.check()
    await karin.check_everywhere()

    await bram.open("/vraagstukken/een-plek-bij-de-fontein")
    await bram.fill(text="Mijn zoon zit daar ook. Hij wil iets te doen hebben.")
    await bram.page.locator("[name=perspective]").select_option("parents")
    await bram.press("Plaatsen")
    assert await bram.sees("spreekt als: ouders")
    assert await bram.sees("Al gehoord:")
    await bram.check_everywhere()
    await bram.open("/mijn/signalen")
    assert await bram.sees("We hebben er een vraagstuk van gemaakt")
    await bram.check_everywhere()


async def _signal_id(page: Page) -> str:
    found = await page.locator("section.signal").first.get_attribute("id")
    return str(found).removeprefix("signaal-")
