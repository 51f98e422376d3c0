"""Which language a page is in, and how it writes dates, times and numbers."""

from datetime import UTC, date, datetime

import pytest

from actors.actor import Actor
from actors.database import Database
from tests.actors.cast import issue_here
from tests.web.pages.browser import Pages
from web.language import Languages

LANGUAGES = Languages.load()
NL, EN = LANGUAGES["nl"], LANGUAGES["en"]
MOMENT = datetime(2026, 4, 14, 12, 5, tzinfo=UTC)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One make of database: what is tested here is the same on each."""
    return sqlite_url


@pytest.mark.parametrize(
    ("setting", "cookie", "accept", "chosen"),
    [
        (None, None, None, "nl"),
        ("en", "nl", "nl", "en"),
        (None, "en", "nl", "en"),
        (None, None, "en-GB,en;q=0.9,nl;q=0.8", "en"),
        (None, None, "de,nl;q=0.5,en;q=0.7", "en"),
        (None, None, "fr, de", "nl"),
        ("klingon", "xx", "nl;q=0, en", "en"),
        (None, None, "en;q=abc, nl", "nl"),
        (None, None, "," * 10_000 + "en", "nl"),
        (None, None, "*", "nl"),
    ],
)
def test_the_language_is_the_persons_own_wish_first(
    setting: str | None, cookie: str | None, accept: str | None, chosen: str
) -> None:
    assert LANGUAGES.choose(setting, cookie, accept) == chosen


def test_an_unknown_language_gives_the_first() -> None:
    assert LANGUAGES["xx"] is NL


def test_dates_and_times_are_those_of_the_netherlands() -> None:
    assert NL.moment_of(MOMENT) == "14 april 2026, 14.05 uur"
    assert EN.moment_of(MOMENT) == "14 April 2026, 14:05"
    assert NL.date_of(datetime(2026, 3, 31, 22, 30, tzinfo=UTC)) == "1 april 2026"
    assert NL.day(date(2026, 12, 1)) == "1 december 2026"


def test_a_promised_day_is_past_the_day_after() -> None:
    promised = NL.end_of_day(date(2026, 4, 14))
    assert not NL.is_past(promised, datetime(2026, 4, 14, 21, 30, tzinfo=UTC))
    assert NL.is_past(promised, datetime(2026, 4, 14, 22, 30, tzinfo=UTC))


def test_numbers_and_plurals() -> None:
    assert (NL.number(12_345), EN.number(12_345)) == ("12.345", "12,345")
    say = NL.callables()["ngettext"]
    assert [say("1 document", "%(count)s documents", n, count=n) for n in (1, 2)] == ["1 document", "2 documenten"]


def test_what_is_filled_in_is_escaped() -> None:
    say = NL.callables()["gettext"]
    assert say("of %(name)s", name="<b>Karin</b>") == "van &lt;b&gt;Karin&lt;/b&gt;"


def test_a_percentage_sign_stays_one() -> None:
    assert EN.callables()["gettext"]("100%%") == "100%"


async def test_a_visitor_chooses_a_language_and_stays_where_they_were(pages: Pages) -> None:
    assert '<html lang="nl"' in (await pages.get("/kennis")).markup
    answer = await pages.post("/taal", {"language": "en", "terug": "/kennis?theme=jeugd"})
    assert (answer.status, answer.location) == (303, "/kennis?theme=jeugd")
    page = await pages.get("/kennis")
    assert '<html lang="en"' in page.markup
    assert page.headers["Content-Language"] == "en"


async def test_a_persons_language_is_kept_with_the_account(pages: Pages) -> None:
    await pages.sign_in()
    assert (await pages.submit("/over", "/taal", language="en", terug="/over")).status == 303
    pages.cookies.pop("samenspraak_language")
    assert '<html lang="en"' in (await pages.get("/over")).markup


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"])
async def test_choosing_a_language_leads_to_no_other_site(pages: Pages, elsewhere: str) -> None:
    assert (await pages.post("/taal", {"language": "en", "terug": elsewhere})).location == "/"


async def test_an_unknown_language_is_not_kept(pages: Pages) -> None:
    await pages.post("/taal", {"language": "klingon", "terug": "/"})
    assert "samenspraak_language" not in pages.cookies


async def test_each_text_says_in_which_language_it_is_where_that_is_another(
    pages: Pages, database: Database, tilburg: Actor
) -> None:
    async with database.writing() as session:
        await issue_here(session, tilburg, language="en", question="What do we need?")
        await issue_here(session, tilburg, "wijk", question="Wat heeft de wijk nodig?")
    for path in ("/vraagstukken", "/"):
        page = await pages.get(path)
        assert 'lang="en">What do we need?' in page.markup, path
        assert 'lang="nl">Wat heeft de wijk nodig?' not in page.markup, path
    pages.language = "en"
    page = await pages.get("/vraagstukken")
    assert 'lang="nl">Wat heeft de wijk nodig?' in page.markup
    assert 'lang="en">What do we need?' not in page.markup


async def test_caches_are_told_that_the_language_makes_another_page(pages: Pages) -> None:
    for language in ("nl", "en"):
        pages.language = language
        page = await pages.get("/over")
        assert {"Accept-Language", "Cookie"} <= {name.strip() for name in page.headers["Vary"].split(",")}
        assert page.headers["Content-Language"] == language
        assert f'<html lang="{language}"' in page.markup
