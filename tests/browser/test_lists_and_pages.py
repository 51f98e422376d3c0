"""The pages that everyone can open, each in both languages, light and dark, wide and narrow."""

import pytest

from tests.browser.conftest import Visiting
from tests.browser.instance import LocalInstance


@pytest.mark.parametrize("path", ["/", "/vraagstukken", "/kennis", "/netwerk", "/over", "/inloggen", "/nergens"])
async def test_a_page_for_everyone_is_accessible(tilburg: LocalInstance, visiting: Visiting, path: str) -> None:
    anyone = await visiting(tilburg)
    await anyone.open(path)
    await anyone.check_everywhere()
