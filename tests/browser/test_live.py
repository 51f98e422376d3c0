"""What a page tells while it is open, in one browser, of what is done in another."""

from playwright.async_api import expect

from tests.browser.conftest import Visiting
from tests.browser.instance import LocalInstance


async def test_a_second_browser_hears_of_a_contribution_and_loses_nothing(
    tilburg: LocalInstance, visiting: Visiting
) -> None:
    await tilburg.run(
        "issue", "publish", "--title", "Samen eten", "--question", "Wat eten we?", "--feedback-by", "2027-03-01",
        "--theme", "social-tension",
    )  # fmt: skip
    karin, bram = await visiting(tilburg, "karin"), await visiting(tilburg, "bram")
    anyone = await visiting(tilburg)
    for visitor in (karin, bram, anyone):
        await visitor.open("/vraagstukken/samen-eten")
    await bram.fill(text="Ik was nog niet klaar")
    await karin.fill(text="Soep, voor wie er is.")
    await karin.press("Plaatsen")

    for visitor in (bram, anyone):
        told = visitor.page.locator(".live [role=status]")
        await expect(told).to_have_text("Er is 1 nieuwe inbreng.")
        assert not await visitor.sees("Soep, voor wie er is.")
    await expect(bram.page.locator("[name=text]")).to_be_focused()
    await expect(bram.page.locator("[name=text]")).to_have_value("Ik was nog niet klaar")
    await bram.check_everywhere()  # in this state the other languages ask for the page anew, and show it
    await anyone.press("Toon wat nieuw is")
    await expect(anyone.page.locator(".voice.is-new")).to_be_focused()
    await expect(anyone.page.locator(".voice.is-new")).to_contain_text("Soep, voor wie er is.")
    await expect(anyone.page.locator(".live [role=status]")).to_be_empty()
    await anyone.check()
