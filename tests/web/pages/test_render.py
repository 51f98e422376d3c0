"""What every page keeps to: strict security headers, nothing inline, files under the hash of their content."""

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from tests.web.pages.browser import Pages
from web.render import TEMPLATE_FOLDER, create_environment
from web.static_files import BUILT_FOLDER, STATIC_FOLDER

# Mail has a style sheet of its own, inside it: no programme loads one.
TEMPLATES = [path for path in sorted(TEMPLATE_FOLDER.rglob("*.html")) if path.parent.name != "mail"]
_INLINE = r"<script(?! type=\"module\" src=\"\{\{ static\('js/)|<style|\sstyle=|\son\w+=|javascript:"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One make of database: what is tested here is the same on each."""
    return sqlite_url


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(TEMPLATE_FOLDER)))
def test_templates_hold_nothing_inline(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(_INLINE, source)
    assert "|safe" not in source
    # Whatever a form posts carries the token.
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", source, re.DOTALL):
        assert "{{ csrf }}" in form or 'action="/inloggen"' in form


def test_the_style_sheet_loads_nothing_from_elsewhere() -> None:
    css = (BUILT_FOLDER / "style.css").read_text(encoding="utf-8")
    assert "@import" not in css
    for address in re.findall(r"url\(([^)]+)\)", css):
        assert re.fullmatch(r"noto-sans-latin(-ext)?\.[0-9a-f]{10}\.woff2|\"?data:image/svg\+xml.*", address), address


def test_drawings_hold_no_script_and_refer_to_nothing() -> None:
    for path in STATIC_FOLDER.glob("*.svg"):
        source = path.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"<script|<style|href|\son\w+=|http", source), path.name


def test_what_a_template_does_not_get_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        create_environment().from_string("{{ nothing }}").render()


async def test_every_file_that_a_page_names_is_served(pages: Pages) -> None:
    named = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', (await pages.get("/")).markup))
    assert len(named) >= 3
    for path in named:
        async with pages.client.get(path) as answer:
            assert answer.status == 200
            assert "immutable" in answer.headers["Cache-Control"]


async def test_pages_say_who_may_keep_them(pages: Pages) -> None:
    page = await pages.get("/kennis")
    assert page.headers["Cache-Control"] == "no-cache"
    assert "Cookie" in page.headers["Vary"]
    await pages.sign_in()
    assert (await pages.get("/kennis")).headers["Cache-Control"] == "private, no-store"


async def test_a_shared_page_is_not_that_of_a_person(pages: Pages) -> None:
    karin = await pages.sign_in()
    assert karin.name in (await pages.get("/over")).text
    await pages.be(None)
    assert karin.name not in (await pages.get("/over")).text
