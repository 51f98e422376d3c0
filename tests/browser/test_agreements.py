"""An agreement from its proposal to done, as two people make it."""

from datetime import UTC, datetime, timedelta

from tests.browser.conftest import Visiting
from tests.browser.instance import LocalInstance


async def test_an_agreement_is_proposed_signed_changed_and_done(tilburg: LocalInstance, visiting: Visiting) -> None:
    await tilburg.run(
        "issue", "publish", "--title", "Samen op het plein", "--question", "Van wie is het plein?",
        "--theme", "young-people", "--feedback-by", "2027-03-01", "--handle", "plein",
    )  # fmt: skip
    due = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    karin, bram = await visiting(tilburg, "karin"), await visiting(tilburg, "bram")
    await karin.open("/vraagstukken/plein")
    await karin.follow("Stel een afspraak voor")
    await karin.check_everywhere()
    await karin.press("Onderteken en stel voor")
    assert await karin.sees("Noem ten minste één ander.")
    await karin.check_everywhere()
    await karin.press("Nog een partij")
    await karin.fill(name="Een bank op het plein", my_does="Wij zetten de bank neer.", due=due)
    await karin.page.locator("[name=who-1]").fill("bram")
    await karin.page.locator("[name=does-1]").fill("Ik vraag de buren waar.")
    await karin.press("Onderteken en stel voor")
    assert await karin.sees("De afspraak is voorgesteld")
    await karin.check_everywhere()
    agreement = karin.path

    await bram.open("/meldingen")
    assert await bram.sees("vraagt je een afspraak te ondertekenen")
    await bram.open(agreement)
    await bram.check_everywhere()
    await bram.press("Onderteken")
    assert await bram.sees("Bram de Wit ondertekende versie 1.")
    await bram.check_everywhere()

    await karin.open(f"{agreement}/wijzigen")
    await karin.check_everywhere()
    await karin.fill(name="Twee banken op het plein")
    await karin.press("Onderteken en stel voor")
    await karin.page.get_by_text("Versie 2", exact=True).click()
    assert await karin.sees("Tot dan geldt versie 1.")
    await karin.check_everywhere()
    await karin.open(f"{agreement}/versies/1")
    await karin.check_everywhere()

    await bram.open(agreement)
    await bram.page.get_by_text("Het is klaar", exact=True).first.click()
    await bram.check()
    await bram.page.get_by_role("button", name="Het is klaar").click()
    assert await bram.sees("Bram de Wit zei dat het klaar is.")
    await bram.open("/vraagstukken/plein")
    assert await bram.sees("Twee banken op het plein")
    await bram.check_everywhere()
