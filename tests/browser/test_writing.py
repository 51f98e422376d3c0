"""Writing: a preview while one types, a text that comes back whole, an address that is copied."""

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.conftest import Visiting
from tests.browser.instance import LocalInstance

TEXT = "Een **goed** idee <script>alert(1)</script> van @bram@{domain}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def issue(tilburg: LocalInstance) -> str:
    await tilburg.run("issue", "publish", "--title", "Samen eten", "--question", "Wat?", "--theme", "integration")
    return "/vraagstukken/samen-eten"


async def test_a_preview_follows_what_is_typed(tilburg: LocalInstance, visiting: Visiting, issue: str) -> None:
    karin = await visiting(tilburg, "karin")
    await karin.open(issue)
    await karin.fill(text=TEXT)
    await karin.press("Voorbeeld")
    made = karin.page.locator("[data-preview-made]")
    await expect(made.locator("strong")).to_have_text("goed")
    await expect(made).to_contain_text("<script>alert(1)</script>")
    await karin.page.locator("[name=text]").press_sequentially(" en meer")
    await expect(made).to_contain_text("en meer")
    assert karin.path == issue
    await karin.check_everywhere()


async def test_without_scripts_the_same_button_shows_the_preview_and_keeps_the_text(
    tilburg: LocalInstance, visiting: Visiting, issue: str
) -> None:
    karin = await visiting(tilburg, "karin", java_script_enabled=False)
    await karin.open(issue)
    await karin.fill(text=TEXT)
    await karin.press("Voorbeeld")
    await expect(karin.page.locator("[data-preview-made] strong")).to_have_text("goed")
    await expect(karin.page.locator("[name=text]")).to_have_value(TEXT)
    await karin.check_everywhere()
    await karin.press("Plaatsen")
    assert await karin.sees("Je inbreng staat in het gesprek.")
    await karin.check_everywhere()


@pytest.mark.parametrize(("path", "field"), [("/kennis/nieuw", "source"), ("/vraagstukken/nieuw", "why")])
@pytest.mark.parametrize("scripts", [True, False])
async def test_a_long_text_is_looked_at_first(
    tilburg: LocalInstance, visiting: Visiting, path: str, field: str, scripts: bool
) -> None:
    karin = await visiting(tilburg, "karin", java_script_enabled=scripts)
    await karin.open(path)
    await karin.fill(**{field: "# Begin\n\nEerst dit."})
    await karin.press("Voorbeeld")
    await expect(karin.page.locator("[data-preview-made]")).to_contain_text("Eerst dit.")
    await expect(karin.page.locator(f"[name={field}]")).to_have_value("# Begin\n\nEerst dit.")
    await karin.check_everywhere()


async def test_an_address_is_copied_at_the_press_of_a_button(tilburg: LocalInstance, visiting: Visiting) -> None:
    karin = await visiting(tilburg, "karin", permissions=["clipboard-read", "clipboard-write"])
    await karin.open("/beheer/uitnodigingen")
    await karin.press("Maak de uitnodiging")
    address = await karin.page.get_by_label("Link van de uitnodiging").input_value()
    await karin.press("Kopieer")
    await expect(karin.page.locator(".copy-link [role=status]")).to_have_text("Gekopieerd")
    await karin.check_everywhere()
    await karin.page.goto("about:blank")
    assert "/uitnodiging/" in address
