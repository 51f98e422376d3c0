"""The pages of the administration, in both languages, light and dark, wide and narrow; and forms that are refused."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visiting
from tests.browser.instance import LocalInstance

PATHS = [
    "/beheer", "/beheer/begin", "/beheer/mensen", "/beheer/uitnodigingen", "/beheer/organisatie", "/beheer/teksten",
    "/beheer/teksten/rules/nl", "/beheer/bewaren", "/beheer/logboek", "/beheer/instellingen",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_of_the_administration_is_accessible(
    tilburg: LocalInstance, visiting: Visiting, path: str
) -> None:
    karin = await visiting(tilburg, "karin")
    await karin.open(path)
    await karin.check_everywhere()


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("scripts", [True, False])
async def test_on_a_phone_the_menu_of_the_administration_is_folded(
    tilburg: LocalInstance, visiting: Visiting, scripts: bool, width: int
) -> None:
    karin = await visiting(tilburg, "karin", java_script_enabled=scripts)
    await karin.page.set_viewport_size({"width": width, "height": 700})
    await karin.open("/beheer/meldingen")
    menu = karin.page.get_by_role("navigation", name="Beheer", exact=True)
    await expect(menu).to_have_count(0)
    top = await karin.page.get_by_role("heading", level=1).bounding_box()
    assert top is not None and top["y"] < 350
    await karin.page.locator(".menu-folded summary").click()
    await expect(menu).to_be_visible()
    await karin.check()
    await menu.get_by_role("link", name="Logboek").click()
    await karin.page.wait_for_load_state()
    assert karin.path == "/beheer/logboek"


@pytest.mark.parametrize("path", ["/regels", "/privacy", "/toegankelijkheid"])
async def test_a_text_about_the_site_is_accessible(tilburg: LocalInstance, visiting: Visiting, path: str) -> None:
    anyone = await visiting(tilburg)
    await anyone.open(path)
    await anyone.check_everywhere()


async def test_a_person_gets_a_role_and_a_form_without_a_reason_says_so(
    tilburg: LocalInstance, visiting: Visiting
) -> None:
    karin = await visiting(tilburg, "karin")
    await karin.open("/beheer/mensen")
    await karin.follow("Bram de Wit")
    await karin.check_everywhere()
    await karin.page.get_by_label("redacteur voor de organisatie").check()
    await karin.press("Verander de rollen")
    await karin.check_everywhere()
    assert await karin.sees("Schrijf op waarom.")
    await karin.page.get_by_label("redacteur voor de organisatie").check()
    await karin.fill(reason="Bram schrijft voor ons.")
    await karin.press("Verander de rollen")
    assert await karin.sees("De rollen zijn veranderd.")
    await karin.check()


async def test_an_invitation_and_a_text_are_made(tilburg: LocalInstance, visiting: Visiting) -> None:
    karin = await visiting(tilburg, "karin")
    await karin.open("/beheer/uitnodigingen")
    await karin.press("Maak de uitnodiging")
    await karin.check_everywhere()
    assert "/uitnodiging/" in await karin.page.get_by_label("Link van de uitnodiging").input_value()
    await karin.open("/beheer/teksten/rules/nl")
    await karin.fill(source="## Wees lief\n\nVoor elkaar.")
    await karin.press("Bekijk het eerst")
    await karin.check_everywhere()
