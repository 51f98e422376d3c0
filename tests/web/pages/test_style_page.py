"""The page that shows each part of the pages: there when it is asked for, and every part as it must be."""

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from actors.actor import Actor
from actors.database import Database
from tests.web.pages.browser import Pages
from web.keys import SHOW_STYLE


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One make of database: what is tested here is the same on each."""
    return sqlite_url


@pytest.fixture
async def shown(database: Database, tilburg: Actor, tmp_path: Path) -> AsyncIterator[Pages]:
    """The pages of an instance that shows its parts."""
    pages = Pages(database, tmp_path / "documents")
    pages.app[SHOW_STYLE] = True
    await pages.client.start_server()
    yield pages
    await pages.client.close()


class _Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def named(self, name: str) -> dict[str, str]:
        return next(attributes for tag, attributes in self.found if attributes.get("name") == name and tag != "meta")

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.found if "id" in attributes]


async def test_the_page_is_not_there_unless_it_is_asked_for(pages: Pages) -> None:
    assert (await pages.get("/stijl")).status == 404


async def test_every_field_has_a_label_and_says_what_is_wrong(shown: Pages) -> None:
    page = await shown.get("/stijl")
    assert page.status == 200
    elements = _Elements(page.markup)
    labels = {attributes["for"] for tag, attributes in elements.found if tag == "label"}
    fields = [
        attributes
        for tag, attributes in elements.found
        if tag in {"input", "select", "textarea"} and attributes.get("type") != "hidden"
    ]
    assert len(fields) > 20
    for attributes in fields:
        assert attributes.get("id") in labels or attributes.get("aria-label"), attributes
    for name in ("wrong_text", "wrong_area", "wrong_select", "wrong_checkbox", "wrong_file"):
        attributes = elements.named(name)
        assert attributes["aria-invalid"] == "true"
        assert f"error-{name}" in attributes["aria-describedby"].split()
    assert "aria-invalid" not in elements.named("good_text")
    assert elements.named("good_text")["aria-describedby"] == "hint-good_text"
    assert "required" in elements.named("good_text")
    assert "required" not in elements.named("optional_text")
    assert "Plaats (niet verplicht)" in page.main


async def test_what_is_referred_to_is_there_once(shown: Pages) -> None:
    elements = _Elements((await shown.get("/stijl")).markup)
    assert len(elements.ids) == len(set(elements.ids))
    for _, attributes in elements.found:
        for attribute in ("aria-describedby", "aria-labelledby", "for"):
            assert set(attributes.get(attribute, "").split()) <= set(elements.ids), attributes
        if attributes.get("href", "").startswith("#field-"):
            assert attributes["href"][1:] in elements.ids


async def test_the_summary_of_what_is_wrong_leads_to_each_field(shown: Pages) -> None:
    page = await shown.get("/stijl")
    summary = page.markup.partition('class="error-summary"')[2].partition("</div>")[0]
    assert len(re.findall(r'href="#field-wrong_\w+"', summary)) == 7
    assert "7 dingen kloppen nog niet" in page.main


async def test_groups_of_choices_are_field_sets_that_tell_their_error(shown: Pages) -> None:
    elements = _Elements((await shown.get("/stijl")).markup)
    groups = {attributes["id"]: attributes for tag, attributes in elements.found if tag == "fieldset"}
    assert groups["field-wrong_checks"]["aria-describedby"] == "error-wrong_checks"
    assert groups["field-good_checks"]["aria-describedby"] == "hint-good_checks"
    assert groups["field-good_radios"]["role"] == "radiogroup"
    assert groups["field-wrong_radios"]["tabindex"] == "-1"


async def test_cards_tell_phase_missing_voices_and_the_promise_in_words(shown: Pages) -> None:
    text = (await shown.get("/stijl")).main
    assert "gesignaleerd (stap 1 van 5)" in text
    assert "Wie missen we nog?" in text
    assert "en nog 2" in text
    assert "Terugkoppeling is over tijd: beloofd voor 14 april 2026" in text
    assert "Terugkoppeling beloofd voor 14 april 2026" in text
    assert "Er is teruggekoppeld" in text
