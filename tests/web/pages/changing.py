"""Changing what stands there, as the tests of its three forms do it: load the form, type, send."""

import re
from typing import Any

from tests.web.pages.browser import Page, Pages

HOSTILE = [
    "<script>alert(1)</script>", "[x](javascript:alert(1))", "<img src=x onerror=alert(1)>", "\u202eomgekeerd",
    "'; DROP TABLE posts; --",
]  # fmt: skip
UNSTORABLE = "nul\0teken"


def based_on(page: Page) -> str:
    """Return on which version the form of a page is based."""
    found = re.search(r'name="based_on" value="(\w+)"', page.markup)
    assert found is not None, page.main
    return found[1]


async def change(pages: Pages, path: str, **fields: Any) -> Page:
    """Load the form to change something, and send it with other things in it."""
    fields.setdefault("based_on", based_on(await pages.get(path)))
    return await pages.submit(path, path, **fields)


def is_harmless(page: Page) -> bool:
    """Whether nothing of what was typed runs on a page."""
    main = re.sub(r'(?s)<textarea.*?</textarea>|value="[^"]*"', "", page.markup.partition("<main")[2])
    return not re.search(r'<script(?! type="module")|(?:href|src)="?javascript|<[^>]+ on\w+=|<img src=x', main)
