"""Something is reported and decided about; a server is blocked, with what breaks shown before it is done."""

import pytest_asyncio
from playwright.async_api import expect

from tests.browser.conftest import Visiting
from tests.browser.instance import LocalInstance


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def issue(tilburg: LocalInstance) -> str:
    await tilburg.run("issue", "publish", "--title", "Rust", "--question", "Wat helpt?", "--theme", "integration")
    return "/vraagstukken/rust"


async def test_what_somebody_says_is_reported_decided_about_and_objected_to(
    tilburg: LocalInstance, visiting: Visiting, issue: str
) -> None:
    await tilburg.add_person("yara", "Yara Bakker")
    karin, bram, yara = [await visiting(tilburg, name) for name in ("karin", "bram", "yara")]
    await karin.open("/beheer/meldingen")
    await karin.check_everywhere()  # nothing to do yet
    await bram.open(issue)
    await bram.fill(text="Koop nu een auto!")
    await bram.press("Plaatsen")

    await yara.open(issue)
    await yara.page.get_by_role("link", name="Melden wat Bram de Wit").click()
    await yara.check_everywhere()
    await yara.press("Melding versturen")
    await yara.check_everywhere()
    await yara.page.get_by_label("Het is spam of oplichting").check()
    await yara.fill(comment="Dit is reclame.")
    await yara.press("Melding versturen")
    await yara.check_everywhere()

    await karin.open("/beheer/meldingen")
    await karin.check_everywhere()
    await karin.page.get_by_role("table").get_by_role("link", name="Bram de Wit").click()
    await karin.check_everywhere()
    await karin.press("Deze melding oppakken")
    await karin.check_everywhere()
    await karin.press("Besluiten")
    await karin.check_everywhere()
    await karin.page.locator("[name=act][value=withdraw]").check()
    await karin.page.locator("[name=posts]").check()
    await karin.fill(reason="Reclame hoort hier niet.")
    await karin.press("Besluiten")
    await karin.check_everywhere()
    await yara.open(issue)
    assert not await yara.sees("Koop nu een auto!")
    await yara.open("/melden/overzicht")
    await yara.check_everywhere()

    await bram.open("/meldingen")
    await bram.check_everywhere()
    await bram.page.get_by_role("main").locator("a[href*='/meldingen/']").first.click()
    await bram.page.wait_for_load_state()
    await expect(bram.page.get_by_role("main")).to_contain_text("Reclame hoort hier niet.")
    await bram.check_everywhere()
    await bram.follow("Ik ben het er niet mee eens")
    await bram.check_everywhere()
    await bram.page.get_by_role("main").locator("textarea").fill("Het was een grap.")
    await bram.page.get_by_role("main").locator("form button").click()
    await bram.page.wait_for_load_state()
    await bram.check_everywhere()
    await karin.open("/beheer/meldingen")
    await karin.check_everywhere()


async def test_a_server_is_blocked_after_what_breaks_is_looked_at(tilburg: LocalInstance, visiting: Visiting) -> None:
    karin = await visiting(tilburg, "karin")
    await karin.open("/beheer/servers")
    await karin.check_everywhere()
    await karin.fill(domein="geen server")
    await karin.press("Kijk wat er stukgaat")
    await karin.check_everywhere()
    await karin.fill(domein="nepnieuws.example")
    await karin.page.locator("[name=beleid][value=suspended]").check()
    await karin.press("Kijk wat er stukgaat")
    await expect(karin.page.get_by_role("heading", name="Wat er stukgaat")).to_be_visible()
    await karin.check_everywhere()
    await karin.press("Blokkeren")
    await karin.check_everywhere()
    await karin.fill(reason="Alleen maar nepnieuws.")
    await karin.press("Blokkeren")
    await karin.check_everywhere()
    await karin.open("/beheer/servers?welke=suspended")
    await expect(karin.page.get_by_role("table")).to_contain_text("nepnieuws.example")
    await karin.check_everywhere()
    for path in ("/beheer/servers/lijst", "/beheer/koppelingen", "/beheer/bezorging", "/beheer/logboek"):
        await karin.open(path)
        await karin.check_everywhere()
