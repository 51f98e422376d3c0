"""The pages by keyboard alone: where the focus is shows, nothing needs a mouse, and nothing holds the focus."""

from urllib.parse import urlsplit

from playwright.async_api import Page, expect

from tests.browser.conftest import Visiting
from tests.browser.instance import PASSWORD, LocalInstance
from tests.browser.visitor import NARROW

_FOCUS = """() => {
    const element = document.activeElement;
    if (element === document.body || element === document.documentElement) return null;
    const style = getComputedStyle(element), place = element.getBoundingClientRect();
    const shows = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
    const middle = (from, to, most) => (Math.max(from, 0) + Math.min(to, most)) / 2;
    const onTop = document.elementFromPoint(
        middle(place.left, place.right, innerWidth), middle(place.top, place.bottom, innerHeight));
    return {
        name: element.outerHTML.slice(0, 120), shows,
        isSeen: onTop !== null && (element.contains(onTop) || onTop.contains(element)),
    };
}"""


async def walk(page: Page) -> list[str]:
    """Press Tab from the top of the page until its end; return what was passed, each of it seen."""
    passed: list[str] = []
    while len(passed) < 200:
        await page.keyboard.press("Tab")
        focus = await page.evaluate(_FOCUS)
        if focus is None:
            return passed
        assert focus["shows"], f"no focus to be seen on {focus['name']}"
        assert focus["isSeen"], f"something lies over {focus['name']}"
        passed.append(focus["name"])
    raise AssertionError("the focus does not leave the page")


async def tab_to(page: Page, selector: str) -> None:
    """Press Tab until this has the focus."""
    for _ in range(100):
        await page.keyboard.press("Tab")
        if await page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached")


async def test_somebody_signs_in_looks_round_and_takes_part(tilburg: LocalInstance, visiting: Visiting) -> None:
    await tilburg.run("issue", "publish", "--title", "Rust", "--question", "Wat helpt?", "--theme", "integration")
    bram = await visiting(tilburg)
    page = bram.page
    await bram.open("/vraagstukken/rust")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Ga naar de inhoud")).to_be_focused()
    await expect(page.get_by_role("link", name="Ga naar de inhoud")).to_be_in_viewport()
    await bram.check()
    await page.keyboard.press("Enter")
    await expect(page.locator("#inhoud")).to_be_focused()
    await tab_to(page, "main a[href^='/inloggen']")
    await page.keyboard.press("Enter")
    await page.wait_for_url(lambda url: urlsplit(url).path == "/inloggen")
    await tab_to(page, "[name=name]")
    await page.keyboard.type("bram")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(lambda url: urlsplit(url).path == "/vraagstukken/rust")

    await tab_to(page, ".account-menu summary")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("navigation", name="Mijn menu")).to_be_visible()
    await bram.check_everywhere(lambda: page.locator(".account-menu summary").click())
    await bram.open("/vraagstukken/rust")
    await tab_to(page, "main [name=text]")
    await page.keyboard.type("Ik zeg het met mijn toetsen.")
    await tab_to(page, "main .saying-end button")
    await page.keyboard.press("Enter")
    await expect(page.locator(".voice").filter(has_text="Ik zeg het met mijn toetsen.")).to_be_visible()


async def test_the_focus_is_seen_wherever_it_is(tilburg: LocalInstance, visiting: Visiting) -> None:
    karin = await visiting(tilburg, "karin")
    for size in ((1280, 800), NARROW):
        await karin.page.set_viewport_size({"width": size[0], "height": size[1]})
        for path in ("/", "/kennis/nieuw", "/beheer/uitnodigingen"):
            await karin.open(path)
            passed = await walk(karin.page)
            assert len(passed) > 10


async def test_a_form_with_faults_leads_to_them(tilburg: LocalInstance, visiting: Visiting) -> None:
    karin = await visiting(tilburg, "karin")
    await karin.open("/vraagstukken/nieuw")
    await tab_to(karin.page, "main .form-actions button")
    await karin.page.keyboard.press("Enter")
    await expect(karin.page.locator(".error-summary")).to_be_visible()
    await tab_to(karin.page, ".error-list a")
    await karin.page.keyboard.press("Enter")
    await expect(karin.page.locator("[name=title]")).to_be_focused()
