"""An issue from its publication to an answer in it, and a knowledge product with a cover, as people make them."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visiting
from tests.browser.instance import LocalInstance
from tests.support.pictures import picture


@pytest.fixture
def cover(tmp_path: Path) -> Path:
    path = tmp_path / "buurthuis.jpg"
    path.write_bytes(picture())
    return path


async def test_an_issue_is_published_and_people_answer_each_other(tilburg: LocalInstance, visiting: Visiting) -> None:
    karin, bram = await visiting(tilburg, "karin"), await visiting(tilburg, "bram")
    await karin.open("/vraagstukken")
    await karin.follow("Plaats een vraagstuk")
    await karin.press("Plaats het vraagstuk")
    assert await karin.sees("dingen kloppen nog niet")
    await karin.check_everywhere()
    await karin.fill(title="Rustig op straat", question="Wat helpt?", why="Bewoners **vragen** erom.")
    await karin.fill(feedback_by="2027-01-31")
    for box in ("weerbaarheid", "jongeren"):
        await karin.page.get_by_label(box, exact=True).check()
    await karin.press("Plaats het vraagstuk")
    assert karin.path == "/vraagstukken/rustig-op-straat"
    await karin.check_everywhere()

    await bram.open("/vraagstukken/rustig-op-straat")
    await bram.press("Plaatsen")
    await bram.check_everywhere()
    await bram.fill(text="Een buurthuis dat 's avonds open is.")
    await bram.press("Plaatsen")
    assert await bram.sees("Je inbreng staat in het gesprek.")
    await bram.check_everywhere()

    await karin.open("/meldingen")
    await karin.check_everywhere()
    await karin.open("/vraagstukken/rustig-op-straat")
    await karin.page.get_by_role("link", name="Reageren op Bram de Wit").click()
    await karin.check_everywhere()
    await karin.fill(text="Wie opent de deur?")
    await karin.press("Plaatsen")
    await karin.check_everywhere()
    assert await karin.sees("Wie opent de deur?")

    await bram.open("/meldingen")
    await bram.check_everywhere()
    await bram.open("/vraagstukken/rustig-op-straat")
    await bram.page.get_by_text("Intrekken", exact=True).first.click()
    await bram.check()
    await bram.press("Ja, trek dit in")
    await bram.check_everywhere()
    assert not await bram.sees("Een buurthuis")


async def test_a_knowledge_product_is_published_with_a_cover(
    tilburg: LocalInstance, visiting: Visiting, cover: Path
) -> None:
    karin = await visiting(tilburg, "karin")
    await karin.open("/kennis/nieuw")
    await karin.fill(
        title="Een buurthuis begint", summary="Voor wie een buurthuis wil.", source="# Eerst\n\nVraag rond."
    )
    await karin.press("Plaatsen")
    await karin.check_everywhere()
    await expect(karin.page.locator("[name=title]")).to_have_value("Een buurthuis begint")
    await karin.page.locator("[name=kind]").select_option(index=1)
    await karin.page.get_by_label("weerbaarheid", exact=True).check()
    await karin.page.locator("input[type=file]").first.set_input_files(cover)
    await karin.press("Plaatsen")
    await karin.check_everywhere()
    await expect(karin.page.locator("[id^=error-alt]")).to_be_visible()
    await karin.page.locator("input[type=file]").first.set_input_files(cover)
    await karin.page.locator("[name^=alt-]").first.fill("Een rood en een blauw vlak.")
    await karin.press("Plaatsen")
    assert await karin.sees("Het kennisproduct is geplaatst.")
    await karin.check_everywhere()
    await expect(karin.page.get_by_role("img", name="Een rood en een blauw vlak.")).to_be_visible()
    await karin.open("/kennis")
    await karin.check_everywhere()
