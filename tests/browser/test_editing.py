"""Changing what stands there: a contribution from two windows at once, an issue, and a knowledge product."""

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.conftest import Visiting
from tests.browser.instance import LocalInstance

MEANWHILE = "Dit is intussen gewijzigd."


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def issue(tilburg: LocalInstance) -> str:
    await tilburg.run(
        "issue", "publish", "--title", "Samen eten", "--question", "Wat eten we?", "--theme", "integration"
    )  # fmt: skip
    return "/vraagstukken/samen-eten"


@pytest.mark.parametrize("scripts", [True, False])
async def test_of_two_windows_the_second_sees_both_versions(
    tilburg: LocalInstance, visiting: Visiting, issue: str, scripts: bool
) -> None:
    bram = await visiting(tilburg, "bram", java_script_enabled=scripts)
    await bram.open(issue)
    await bram.fill(text="We eten **soep**.")
    await bram.press("Plaatsen")
    await bram.page.get_by_role("link", name="Wijzigen").first.click()
    assert bram.path.endswith("/wijzigen")
    await bram.check_everywhere()
    await bram.fill(text="We eten **stamppot**.")
    await bram.press("Voorbeeld")
    await expect(bram.page.locator("[data-preview-made] strong")).to_have_text("stamppot")

    other = await bram.context.new_page()
    await other.goto(bram.page.url)
    await other.locator("main [name=text]").fill("We eten pannenkoeken.")
    await other.get_by_role("main").get_by_role("button", name="Bewaar de wijziging").click()
    await expect(other.locator("main")).to_contain_text("gewijzigd op")
    await other.close()

    await bram.press("Bewaar de wijziging")
    assert await bram.sees(MEANWHILE)
    await expect(bram.page.locator(".version")).to_contain_text(["We eten pannenkoeken.", "We eten **stamppot**."])
    await expect(bram.page.locator("[name=text]")).to_have_value("We eten **stamppot**.")
    await bram.check_everywhere()
    await bram.press("Bewaar de wijziging")
    assert await bram.sees("Je wijziging is bewaard.")
    await expect(bram.page.locator(".voice .prose strong")).to_have_text("stamppot")
    await bram.check_everywhere()


async def test_an_editor_changes_an_issue(tilburg: LocalInstance, visiting: Visiting, issue: str) -> None:
    karin = await visiting(tilburg, "karin")
    await karin.open(issue)
    await karin.page.get_by_role("link", name="Wijzigen van dit vraagstuk").click()
    await karin.check_everywhere()
    await karin.fill(question="")
    await karin.press("Bewaar de wijziging")
    assert await karin.sees("Schrijf de vraag op.")
    await karin.check_everywhere()
    await karin.fill(question="Met wie eten we?", why="Omdat het gezellig is.")
    await karin.page.get_by_label("ouders").check()
    await karin.press("Bewaar de wijziging")
    assert await karin.sees("Met wie eten we?")
    assert await karin.sees("gewijzigd op")
    await karin.check_everywhere()


async def test_a_knowledge_product_gets_another_text_and_loses_a_document(
    tilburg: LocalInstance, visiting: Visiting
) -> None:
    bram = await visiting(tilburg, "bram")
    await bram.open("/kennis/nieuw")
    await bram.fill(title="Samen koken", summary="Voor wie wil beginnen.", source="Begin met soep.")
    await bram.page.get_by_label("Soort").select_option("guide")
    document = {"name": "recept.txt", "mimeType": "text/plain", "buffer": b"soep\n"}
    await bram.page.locator("[name=document-1]").set_input_files([document])  # type: ignore[list-item]
    await bram.press("Plaatsen")
    assert await bram.sees("recept.txt")
    await bram.page.get_by_role("link", name="Wijzigen").first.click()
    await bram.check_everywhere()
    await bram.page.get_by_label("recept.txt").uncheck()
    await bram.fill(source="Begin met brood.")
    await bram.press("Bewaar de wijziging")
    assert await bram.sees("Begin met brood.")
    assert not await bram.sees("recept.txt")
    await bram.check_everywhere()
