"""Feedback that is owed, as a page, as JSON and as a feed."""

import json
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from actors.actor import Actor
from actors.database import now
from actors.issues.tables import IssueTheme
from tests.actors.cast import elsewhere, issue_here, said
from tests.support.queries import counted
from tests.web.pages.browser import Pages

PATH = "/terugkoppeling-beloofd"
FEED = f"{PATH}.atom"
API = "/api/samenspraak/v1/feedback-owed"
ATOM = "{http://www.w3.org/2005/Atom}"


async def owed(pages: Pages, tilburg: Actor, handle: str, days: int, **more: object) -> Actor:
    async with pages.database.writing() as session:
        return await issue_here(session, tilburg, handle, feedback_by=now() - timedelta(days=days), **more)


async def test_the_page_tells_who_owes_what_since_when_and_how_many_wait(pages: Pages, tilburg: Actor) -> None:
    issue = await owed(pages, tilburg, "licht", 10)
    async with pages.database.writing() as session:
        session.add(IssueTheme(issue_id=issue.id, theme="resilience"))
        for name in ("bram", "anna"):
            await said(session, await elsewhere(session, name), space_id=issue.id)
    page = await pages.get(PATH)
    for words in (
        "Gemeente Tilburg", "1 vraagstuk wacht op terugkoppeling", "10 dagen te laat", "2 mensen wachten op antwoord",
    ):  # fmt: skip
        assert words in page.main
    assert f'href="/vraagstukken/{issue.handle}"' in page.markup
    assert f'href="{FEED}"' in page.markup
    assert "10 dagen te laat" in (await pages.get(f"{PATH}?host={tilburg.id}")).main
    assert "10 dagen te laat" in (await pages.get(f"{PATH}?theme=resilience")).main
    assert "Hier staat niets open." in (await pages.get(f"{PATH}?theme=polarisation")).main
    assert "Hier staat niets open." in (await pages.get(f"{PATH}?host=1")).main


async def test_the_page_of_an_organisation_tells_on_how_many_issues_it_owes(pages: Pages, tilburg: Actor) -> None:
    page = f"/organisaties/{tilburg.handle}"
    await owed(pages, tilburg, "straks", -3)
    assert "te laat" not in (await pages.get(page)).main
    for handle in ("licht", "plein"):
        await owed(pages, tilburg, handle, 3)
    answer = await pages.get(f"{page}?x=1")
    assert "Op 2 vraagstukken is de terugkoppeling te laat" in answer.main
    assert f"{PATH}?host={tilburg.id}" in answer.markup


async def test_where_nothing_is_owed_it_says_so(pages: Pages) -> None:
    assert "Er staat niets open." in (await pages.get(PATH)).main
    assert json.loads((await pages.get(API)).markup)["items"] == []
    feed = ElementTree.fromstring((await pages.get(FEED)).markup)
    assert feed.findall(f"{ATOM}entry") == []


async def test_lists_are_paged_without_gaps(pages: Pages, tilburg: Actor) -> None:
    handles = {f"v{number}" for number in range(45)}
    for number in range(45):
        await owed(pages, tilburg, f"v{number}", 2 + number // 2)
    found: list[str] = []
    address: str | None = API
    while address is not None:
        answer = json.loads((await pages.get(address.removeprefix("https://tilburg.example"))).markup)
        found += [item["issue"].rsplit("/", 1)[1] for item in answer["items"]]
        address = answer["next"]
        assert answer["total"] == 45
    assert len(found) == 45
    assert set(found) == handles
    page = await pages.get(PATH)
    assert page.main.count("dagen te laat") == 20
    assert "Toon de volgende" in page.main


async def test_the_json_has_its_documented_fields_and_an_etag(pages: Pages, tilburg: Actor) -> None:
    issue = await owed(pages, tilburg, "licht", 3)
    answer = await pages.get(API)
    body = json.loads(answer.markup)
    assert set(body) == {"total", "organisations", "items", "next"}
    (item,) = body["items"]
    assert set(item) == {
        "issue", "url", "name", "question", "host", "host_name", "feedback_by", "days_over", "people_waiting", "themes",
    }  # fmt: skip
    assert (item["issue"], item["host"], item["days_over"]) == (issue.uri, tilburg.uri, 3)
    assert body["organisations"][0]["issues"] == 1
    assert answer.headers["Content-Type"].startswith("application/json")
    assert (await pages.get(API, **{"If-None-Match": answer.headers["ETag"]})).status == 304


@pytest.mark.parametrize("name", ["Licht & <b>donker</b>", "\u202eomgekeerd", "bel\u0007 en \uffff"])
async def test_the_feed_is_valid_atom_whatever_an_issue_is_called(pages: Pages, tilburg: Actor, name: str) -> None:
    issue = await owed(pages, tilburg, "licht", 3)
    async with pages.database.writing() as session:
        (await session.get_one(Actor, issue.id)).name = name
    answer = await pages.get(FEED)
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(answer.markup)
    assert feed.tag == f"{ATOM}feed"
    # RFC 4287, 4.1.1 and 4.1.2: what a feed and each entry must have, once.
    for element in (feed, *feed.findall(f"{ATOM}entry")):
        for required in ("id", "title", "updated"):
            (one,) = element.findall(f"{ATOM}{required}")
            assert one.text
        moment = datetime.fromisoformat(str(element.findtext(f"{ATOM}updated")))
        assert moment.tzinfo is not None
        assert moment <= datetime.now(UTC)
        assert [link for link in element.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Gemeente Tilburg"
    assert str(entry.findtext(f"{ATOM}id")).startswith(f"{issue.uri}#beloofd-")
    assert "wachten op antwoord" in str(entry.findtext(f"{ATOM}summary"))
    (own,) = [link.get("href") for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert own == f"https://tilburg.example{FEED}"


@pytest.mark.parametrize(
    "query",
    ["na=x", "na=1-", "na=99999999999999999999-1", "host=-1", "instance=%00", "theme=%FF", "after=0-0", "domain=%00"],
)
async def test_odd_addresses_are_answered(pages: Pages, tilburg: Actor, query: str) -> None:
    await owed(pages, tilburg, "licht", 3)
    for path in (PATH, API, FEED):
        assert (await pages.get(f"{path}?{query}")).status == 200


async def test_much_that_is_owed_takes_no_more_questions(pages: Pages, tilburg: Actor) -> None:
    asked = []
    await pages.get(PATH)
    for start in (0, 10):
        for number in range(start, start + 2 + start):
            await owed(pages, tilburg, f"v{number}", 3)
        for path in (PATH, API, FEED):
            with counted(pages.database) as statements:
                await pages.get(f"{path}?x={start}")
            asked.append(len(statements))
    assert asked[:3] == asked[3:]
