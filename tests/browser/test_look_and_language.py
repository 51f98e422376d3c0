"""The look of an organisation, which nobody can make unreadable; and the language that each visitor chooses."""

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visiting
from tests.browser.instance import LocalInstance
from tests.support.pictures import picture


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    path = tmp_path / "logo.png"
    path.write_bytes(picture("PNG", (300, 200)))
    return path


async def test_a_look_that_cannot_be_read_is_refused_and_a_good_one_is_seen_by_all(
    tilburg: LocalInstance, visiting: Visiting, logo: Path
) -> None:
    karin, anyone = await visiting(tilburg, "karin"), await visiting(tilburg)
    await karin.open("/beheer/uiterlijk")
    await karin.check_everywhere()
    await karin.fill(primary="#ffee88")
    await karin.press("Dit uiterlijk bewaren")
    await expect(karin.page.locator(".error-summary")).to_be_visible()
    await expect(karin.page.locator("[name=primary]")).to_have_value("#ffee88")
    await karin.check_everywhere()
    await karin.fill(primary="#7a1f5c")
    await karin.press("Bekijk eerst")
    await expect(karin.page.get_by_role("heading", name="Voorbeeld", exact=True)).to_be_visible()
    await karin.check_everywhere()
    await anyone.open("/over")
    assert not await anyone.page.locator("link[href^='/thema']").count()
    await karin.press("Dit uiterlijk bewaren")
    await karin.check_everywhere()

    await karin.page.locator("input[type=file]").set_input_files(logo)
    await karin.press("Dit logo bewaren")
    await karin.check_everywhere()
    await karin.page.locator("input[type=file]").set_input_files(logo)
    await karin.page.locator("[name^=alt-]").fill("Het wapen van Tilburg")
    await karin.press("Dit logo bewaren")
    await karin.check_everywhere()
    for path in ("/over", "/inloggen", "/nergens"):
        await anyone.open(path)
        await expect(anyone.page.locator(".brand-logo")).to_be_visible()
        assert await anyone.page.locator("link[href^='/thema']").count()
        await anyone.check_everywhere()
    await karin.press("Terug naar de standaard")
    await karin.check()


async def test_each_visitor_chooses_a_language_and_keeps_it(tilburg: LocalInstance, visiting: Visiting) -> None:
    anyone, bram = await visiting(tilburg), await visiting(tilburg, "bram")
    for visitor in (anyone, bram):
        await visitor.open("/kennis?kind=report")
        await expect(visitor.page.locator("html")).to_have_attribute("lang", "nl")
        await visitor.page.get_by_role("banner").get_by_role("button", name="English").click()
        await expect(visitor.page.locator("html")).to_have_attribute("lang", "en")
        await expect(visitor.page).to_have_url(re.compile(r"/kennis\?kind=report"))
        await visitor.check()
        await visitor.open("/vraagstukken")
        await expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Issues")
    elsewhere = await visiting(tilburg, "bram")  # the account remembers it, on every device
    await elsewhere.open("/")
    await expect(elsewhere.page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize(("asked", "given"), [("en-GB", "en"), ("de-DE", "nl"), ("nl-BE", "nl")])
async def test_the_browser_tells_which_language_its_visitor_reads(
    tilburg: LocalInstance, visiting: Visiting, asked: str, given: str
) -> None:
    anyone = await visiting(tilburg, locale=asked)
    await anyone.open("/")
    await expect(anyone.page.locator("html")).to_have_attribute("lang", given)
