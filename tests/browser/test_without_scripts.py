"""Everything that matters, in a browser that runs no scripts."""

from playwright.async_api import expect

from tests.browser.conftest import Visiting
from tests.browser.instance import LocalInstance


async def test_publish_follow_answer_and_leave(tilburg: LocalInstance, visiting: Visiting) -> None:
    karin = await visiting(tilburg, "karin", java_script_enabled=False)
    await karin.open("/vraagstukken/nieuw")
    await karin.check_everywhere()
    await karin.fill(title="Zonder", question="Kan dit?", why="Niet alles hoeft te bewegen.")
    await karin.fill(feedback_by="2027-01-31")
    await karin.page.get_by_label("weerbaarheid", exact=True).check()
    await karin.page.get_by_label("jongeren", exact=True).check()
    await karin.press("Voorbeeld")
    await expect(karin.page.locator("[data-preview-made]")).to_contain_text("Niet alles hoeft")
    await expect(karin.page.locator("[name=title]")).to_have_value("Zonder")
    await karin.check_everywhere()
    await karin.press("Plaats het vraagstuk")
    assert karin.path == "/vraagstukken/zonder"
    await karin.check_everywhere()

    bram = await visiting(tilburg, "bram", java_script_enabled=False)
    await bram.open("/vraagstukken/zonder")
    await bram.page.get_by_role("main").locator(".follow-form button").first.click()
    assert await bram.sees("Je volgt dit.")
    await bram.check_everywhere()
    await bram.fill(text="Ja, dit kan.")
    await bram.press("Plaatsen")
    assert await bram.sees("Ja, dit kan.")
    await bram.check_everywhere()
    await bram.page.get_by_role("banner").get_by_role("button", name="English").click()
    await expect(bram.page.locator("html")).to_have_attribute("lang", "en")
    await bram.check_everywhere()
    await bram.page.locator(".account-menu summary").click()
    await bram.page.get_by_role("button", name="Sign out").click()
    assert await bram.sees("You are signed out.")
    await bram.check_everywhere()


async def test_pages_that_a_script_helps_with_say_what_else_there_is(
    tilburg: LocalInstance, visiting: Visiting
) -> None:
    karin = await visiting(tilburg, "karin", java_script_enabled=False)
    for path in ("/mijn/beveiliging/passkey", "/beheer/uiterlijk", "/kennis/nieuw", "/beheer/uitnodigingen"):
        await karin.open(path)
        await karin.check_everywhere()
