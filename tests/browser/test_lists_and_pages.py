"""The pages that everyone can open, each in both languages, light and dark, wide and narrow."""

import pytest

from tests.browser.conftest import Visiting
from tests.browser.instance import LocalInstance


@pytest.mark.parametrize("path", ["/", "/vraagstukken", "/kennis", "/netwerk", "/over", "/inloggen", "/nergens"])
async def test_a_page_for_everyone_is_accessible(tilburg: LocalInstance, visiting: Visiting, path: str) -> None:
    anyone = await visiting(tilburg)
    await anyone.open(path)
    await anyone.check_everywhere()


@pytest.mark.parametrize(
    "path", ["/", "/vraagstukken", "/vraagstukken?phase=closed&theme=polarisation", "/kennis?kind=report", "/netwerk",
             "/personen/bram", "/organisaties/tilburg", "/stijl"],
)  # fmt: skip
async def test_a_page_is_accessible_to_who_is_signed_in(tilburg: LocalInstance, visiting: Visiting, path: str) -> None:
    karin = await visiting(tilburg, "karin")
    await karin.open(path)
    await karin.check_everywhere()


async def test_a_page_for_others_says_so(tilburg: LocalInstance, visiting: Visiting) -> None:
    bram = await visiting(tilburg, "bram")
    await bram.open("/beheer/mensen")
    await bram.check_everywhere()
