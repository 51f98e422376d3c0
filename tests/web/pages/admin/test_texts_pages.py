"""Texts of the organisation on the pages: standard ones that are ready, own ones with a preview, and stale edits."""

import re

import pytest

from actors.instances.texts import LONGEST_TEXT
from actors.kinds import Role
from tests.web.pages.admin.cast import sign_in_as
from tests.web.pages.browser import Page, Pages

RULES = "/beheer/teksten/rules/nl"


async def save(pages: Pages, source: str, *, path: str = RULES, **more: str) -> Page:
    """Send the form of a text as it stands now, with another text in it."""
    based_on = re.search(r'name="based_on" value="(\w+)"', (await pages.get(path)).markup)
    return await pages.submit(path, path, source=source, **({"based_on": based_on[1] if based_on else ""} | more))


@pytest.mark.parametrize("path", ["/regels", "/privacy", "/toegankelijkheid"])
async def test_texts_that_come_with_the_software_are_whole(pages: Pages, path: str) -> None:
    for language, word in (("nl", "Neem|Vraag|klacht"), ("en", "Contact|Ask|complain")):
        pages.language = language
        page = await pages.get(path)
        assert page.status == 200
        assert "Gemeente Tilburg" in page.main
        assert re.search(word, page.main)
        assert not re.search(r"\$\w|\{\{", page.main)
        levels = [int(level) for level in re.findall(r"<h(\d)", page.markup.partition("<main")[2])]
        assert levels[:2] == [1, 2]


async def test_an_own_text_is_shown_in_its_language_and_marked_in_another(pages: Pages) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    assert (await save(pages, "## Onze regel\n\nWees **aardig**.")).status == 303
    pages.cookies.clear()
    assert "Onze regel Wees aardig." in (await pages.get("/regels")).main
    pages.language = "en"
    page = await pages.get("/regels")
    assert '<div class="prose" lang="nl">' in page.markup
    assert "Onze regel" in page.main


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script>", "[x](javascript:alert(1))", "<img src=x onerror=alert(1)>", "<b onclick=x>y</b>"],
)
async def test_nothing_hostile_gets_into_a_page(pages: Pages, hostile: str) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    preview = await save(pages, f"Tekst {hostile}", voorbeeld="1")
    await save(pages, f"Tekst {hostile}")
    for page in (preview, await pages.get("/regels")):
        main = page.markup.partition("<main")[2].replace("&lt;", "").partition("<textarea")[0]
        assert not re.search(r'<script(?! type="module")|href="javascript|<[^>]+ on\w+=|<img src=x', main)


async def test_a_preview_stores_nothing(pages: Pages) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    page = await save(pages, "## Nieuw", voorbeeld="1")
    assert page.status == 200
    assert "<h2>Nieuw</h2>" in page.markup
    assert "Nieuw" not in (await pages.get("/regels")).main


async def test_what_somebody_else_wrote_meanwhile_is_shown_beside_ones_own(pages: Pages) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    await save(pages, "Van de ander.")
    page = await save(pages, "Van mij.", based_on="0" * 16)
    assert page.status == 422
    assert "Van de ander." in page.main
    assert "Van mij." in page.main
    assert "Van de ander." in (await pages.get("/regels")).main
    based_on = re.search(r'name="based_on" value="(\w+)"', page.markup)
    assert based_on is not None
    assert (await pages.submit(RULES, RULES, source="Van mij.", based_on=based_on[1])).status == 303
    assert "Van mij." in (await pages.get("/regels")).main


async def test_the_text_of_before_is_put_back(pages: Pages) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    await save(pages, "Eerst.")
    await save(pages, "Daarna.")
    based_on = re.search(r'name="based_on" value="(\w+)"', (await pages.get(RULES)).markup)
    assert based_on is not None
    assert (await pages.submit(RULES, f"{RULES}/terug", based_on=based_on[1])).status == 303
    assert "Eerst." in (await pages.get("/regels")).main
    stale = await pages.submit(RULES, f"{RULES}/terug", based_on=based_on[1])
    assert stale.status == 422


async def test_the_standard_text_sent_back_stays_the_standard_text(pages: Pages) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    await save(pages, "Iets anders.")
    await save(pages, "")
    assert "Bel dan 112" in (await pages.get("/regels")).main


async def test_a_text_on_the_front_page_and_about_the_site(pages: Pages) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    await save(pages, "Welkom **allemaal**.", path="/beheer/teksten/welcome/nl")
    await save(pages, "Wij zijn er voor jou.", path="/beheer/teksten/about/nl")
    pages.cookies.clear()
    assert "Welkom <strong>allemaal</strong>." in (await pages.get("/")).markup
    assert "Wij zijn er voor jou." in (await pages.get("/over")).main


@pytest.mark.parametrize("source", ["x" * (LONGEST_TEXT + 1), "a\x00b"])
async def test_what_cannot_be_kept_is_told_at_the_field(pages: Pages, source: str) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    page = await save(pages, source)
    assert page.status == 422
    assert 'id="error-source"' in page.markup


@pytest.mark.parametrize("path", ["/beheer/teksten/geen/nl", "/beheer/teksten/rules/xx", "/beheer/teksten/%00/nl"])
async def test_there_is_no_other_text_and_no_other_language(pages: Pages, path: str) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    assert (await pages.get(path)).status == 404
