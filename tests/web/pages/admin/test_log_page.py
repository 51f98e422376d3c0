"""The log on a page and as a file: filtered, a page at a time, and harmless in a spreadsheet."""

import csv
import doctest
import io
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from actors.audit import AuditEntry
from actors.database import now
from actors.ids import id_at
from actors.kinds import Role
from tests.support.queries import counted
from tests.web.pages.admin.cast import sign_in_as
from tests.web.pages.browser import Pages
from web.pages.admin import log

PATH = "/beheer/logboek"


async def note(pages: Pages, act: str, **more: object) -> None:
    """Add an entry of some moment."""
    moment = more.pop("at", now())
    assert isinstance(moment, datetime)
    async with pages.database.writing() as session:
        session.add(AuditEntry(id=id_at(moment), act=act, created_at=moment, **more))


async def test_entries_are_found_by_act_person_and_day(pages: Pages) -> None:
    bram = await pages.person("bram")
    day = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)  # the third of March in the Netherlands
    await note(pages, "role-granted", at=day, object_uri=bram.uri, object_name=bram.account, reason="Nodig.")
    await note(pages, "text-changed", at=day + timedelta(days=10), actor_id=bram.id, details={"text": "rules"})
    await sign_in_as(pages, Role.ADMINISTRATOR)
    for query, found in {
        "": {"gaf een rol", "veranderde een tekst"}, "wat=role-granted": {"gaf een rol"},
        "wie=bram": {"gaf een rol", "veranderde een tekst"}, "wie=@Bram&wat=text-changed": {"veranderde een tekst"},
        "van=2026-03-03&tot=2026-03-03": {"gaf een rol"}, "tot=2026-03-02": set(), "van=2026-03-14": set(),
        "wie=niemand": set(), "wie=%00": set(), "van=x&tot=9999-12-31": {"gaf een rol", "veranderde een tekst"},
        "before=1": set(), "wat=bestaat-niet": {"gaf een rol", "veranderde een tekst"},
    }.items():  # fmt: skip
        page = await pages.get(f"{PATH}?{query}")
        assert page.status == 200, query
        told = page.markup.partition("<tbody>")[2]
        assert {word for word in ("gaf een rol", "veranderde een tekst") if word in told} == found, query


async def test_the_file_holds_the_same_and_that_it_was_taken_is_noted(pages: Pages) -> None:
    await note(pages, "role-granted", reason='=HYPERLINK("https://evil.example")', object_name="@bram@tilburg.example")
    me = await sign_in_as(pages, Role.ADMINISTRATOR)
    page = await pages.submit(PATH, f"{PATH}/bestand", wat="role-granted", wie="", van="", tot="")
    assert page.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert page.headers["Content-Disposition"].startswith("attachment")
    head, row = csv.reader(io.StringIO(page.markup.removeprefix("\ufeff")))
    assert head[0] == "Wanneer"
    assert row[3] == "gaf een rol"
    assert row[4:6] == ["'@bram@tilburg.example", '\'=HYPERLINK("https://evil.example")']
    async with pages.database.reading() as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.act == "log-exported"))).one()
        assert (entry.actor_id, entry.details) == (me.id, {"entries": "1"})


async def test_a_page_of_the_log_asks_as_many_questions_however_long_it_is(pages: Pages) -> None:
    await sign_in_as(pages, Role.ADMINISTRATOR)
    counts = set()
    for total in (1, 10, 100):
        for number in range(total):
            await note(pages, "signed-in", at=now() - timedelta(seconds=total * 1_000 + number))
        await pages.get(PATH)
        with counted(pages.database) as statements:
            page = await pages.get(PATH)
        counts.add(len(statements))
    assert len(counts) == 1
    assert 'rel="next"' in page.markup


def test_the_examples_hold() -> None:
    assert doctest.testmod(log).failed == 0
