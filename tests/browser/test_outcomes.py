"""Feedback from the first word of a draft to a correction, a step that is done, and what is still owed."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from actors.issues.tables import Issue
from tests.browser.conftest import Visiting
from tests.browser.instance import LocalInstance


async def test_feedback_is_written_published_corrected_and_followed_up(
    tilburg: LocalInstance, visiting: Visiting
) -> None:
    await tilburg.run(
        "issue", "publish", "--title", "Licht op het plein", "--question", "Wat is er nodig?",
        "--theme", "resilience", "--feedback-by", "2027-03-01", "--handle", "licht",
    )  # fmt: skip
    await tilburg.add_person("noor", "Noor Bakker")
    await tilburg.run("person", "roles", "noor", "editor")
    karin, bram = await visiting(tilburg, "karin"), await visiting(tilburg, "bram")
    await bram.open("/vraagstukken/licht")
    await bram.fill(text="Er moeten meer lampen komen.")
    await bram.press("Plaatsen")

    # A draft, with what it says and what follows.
    await karin.open("/vraagstukken/licht")
    await karin.follow("Terugkoppeling schrijven")
    assert await karin.sees("1 inbreng zonder antwoord")
    await karin.check()
    await karin.press("Terugkoppeling schrijven")
    due = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    await karin.fill(title="Er komt meer licht", source="Dank je wel. Er komen **tien** lampen.")
    await karin.page.locator("#what-1").fill("Tien lampen ophangen")
    await karin.page.locator("#who-1").fill("Beheer van de wijk")
    await karin.page.locator("#day-1").fill(due)
    await karin.press("Concept bewaren")
    assert await karin.sees("Het concept is bewaard.")
    await karin.check_everywhere()
    await karin.press("Bewaren en inbreng kiezen")

    # One answer for what is ticked; then who hears.
    await karin.press("Geef dit antwoord")
    assert await karin.sees("Vink minstens één inbreng aan.")
    await karin.check_everywhere()
    await karin.page.get_by_label("Bram de Wit").check()
    await karin.page.get_by_label("deels overgenomen").check()
    await karin.fill(reason="Tien lampen kan. Meer past niet in het geld van dit jaar.")
    await karin.press("Geef dit antwoord")
    assert await karin.sees("Alle inbreng heeft een antwoord.")
    await karin.check()
    await karin.page.get_by_role("link", name="Bekijk wie het hoort").click()
    assert await karin.sees("1 persoon hoort wat er met de inbreng is gedaan")
    await karin.check_everywhere()
    await karin.press("Plaats de terugkoppeling")
    assert await karin.sees("De terugkoppeling staat erop.")
    await karin.check()
    outcome = karin.path.partition("?")[0]

    # Who contributed hears, and sees the answer with what they said.
    await bram.open("/meldingen")
    assert await bram.sees("vertelt wat er met je inbreng is gedaan")
    await bram.open("/vraagstukken/licht")
    assert await bram.sees("Tien lampen kan.")
    assert await bram.sees("Tien lampen ophangen")
    await bram.check_everywhere()

    # A step is ticked off, by a colleague who speaks for the organisation as well.
    noor = await visiting(tilburg, "noor")
    await noor.open(outcome)
    await noor.page.get_by_text("Vink deze stap af").click()
    await noor.page.get_by_label("Wat is er gedaan?").fill("Ze hangen er alle tien.")
    await noor.press("Dit is klaar")
    assert await noor.sees("Ze hangen er alle tien.")
    await noor.check_everywhere()

    # A correction, with why; what it said before stays.
    await noor.open(f"{outcome}/wijzigen")
    await noor.check()
    await noor.press("Begin met verbeteren")
    await noor.fill(source="Dank je wel. Er komen **twaalf** lampen.", reason="We telden verkeerd.")
    await noor.press("Bewaren en zien wie het hoort")
    await noor.press("Plaats de verbetering")
    assert await noor.sees("omdat: We telden verkeerd.")
    await noor.check()
    await noor.follow("Lees wat er eerder stond")
    assert await noor.sees("tien")
    await noor.check_everywhere()


async def test_what_was_promised_and_has_not_come_is_for_everyone_to_see(
    tilburg: LocalInstance, visiting: Visiting
) -> None:
    await tilburg.run(
        "issue", "publish", "--title", "Bankjes in het park", "--question", "Waar staan ze goed?",
        "--theme", "resilience", "--feedback-by", "2027-03-01", "--handle", "bankjes",
    )  # fmt: skip
    database = tilburg.database()
    async with database.writing() as session:
        await session.execute(
            update(Issue)
            .where(Issue.question == "Waar staan ze goed?")
            .values(feedback_by=datetime.now(UTC) - timedelta(days=12))
        )
    await database.close()
    anyone = await visiting(tilburg)
    await anyone.open("/terugkoppeling-beloofd")
    assert await anyone.sees("Bankjes in het park")
    assert await anyone.sees("12 dagen te laat")
    await anyone.check_everywhere()
    await anyone.page.get_by_role("link", name="Gemeente Tilburg").first.click()
    await anyone.check_everywhere()
