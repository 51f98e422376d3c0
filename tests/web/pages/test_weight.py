"""What a page weighs on a first visit: HTML, style sheets, scripts and fonts together at most 150 kB, as they are sent.

Pages that everyone shares are sent compressed; those of somebody who is signed in never are, as there are secrets
in them.
"""

import random
from typing import Final

import pytest

from actors.actor import Actor
from actors.database import Database
from tests.actors.cast import here, issue_here, said
from tests.support.weight import weight_of_files
from tests.web.pages.browser import Pages

MOST: Final = 150_000
_WORDS: Final = (
    "jongeren",
    "ouders",
    "wijk",
    "school",
    "samen",
    "gesprek",
    "online",
    "veilig",
    "straat",
    "buren",
    "taal",
)


@pytest.fixture
async def conversation(database: Database, tilburg: Actor) -> None:
    """An issue whose first page is full: ten threads, each of three contributions that nobody said before."""
    chance = random.Random(7)
    async with database.writing() as session:
        people = [await here(session, f"persoon{number}") for number in range(9)]
        issue = await issue_here(session, tilburg, why="Waarom nu? " * 40)
        first = None
        for number in range(30):
            answered = first if number % 3 else None
            more = {"thread_id": answered.id, "reply_to_id": answered.id} if answered is not None else {}
            content = f"<p>{' '.join(chance.choices(_WORDS, k=80))}</p>"
            post = await said(session, people[number % 9], space_id=issue.id, content=content, **more)
            first = answered or post


@pytest.mark.usefixtures("conversation")
async def test_the_heaviest_page_is_light_for_everyone(pages: Pages) -> None:
    async with pages.client.get("/vraagstukken/jeugd", headers={"Accept-Encoding": "br"}) as answer:
        assert answer.headers["Content-Encoding"] == "br"
        page = await answer.text()
        sent = int(answer.headers["Content-Length"])
    assert page.count("<article") >= 30
    assert sent < len(page) / 4
    assert sent + weight_of_files(page) < MOST * 0.7


@pytest.mark.usefixtures("conversation")
async def test_the_heaviest_page_is_light_for_who_is_signed_in_and_not_compressed(
    pages: Pages, database: Database
) -> None:
    await pages.sign_in("fatima")
    page = await pages.get("/vraagstukken/jeugd", Accept_Encoding="br, gzip")
    assert "Content-Encoding" not in page.headers
    assert len(page.markup.encode()) + weight_of_files(page.markup) < MOST


def test_a_font_counts_where_its_letters_are_used() -> None:
    assert 0 < weight_of_files("Samen") < weight_of_files("Şamen")
    assert weight_of_files("") == 0
