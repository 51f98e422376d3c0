"""A form has one effect however often it is sent, needs the token of its sender, and comes back with what was typed."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from sqlalchemy import func, select, update

from actors.actor import Actor
from actors.database import Database, now
from actors.forms import KeptForm, SentForm
from actors.people.tables import Session
from actors.posts.tables import Post
from tests.actors.cast import SITE, issue_here
from tests.support.queries import counted
from tests.web.pages.browser import PASSWORD, Page, Pages
from web import once
from web.forms import FORM_COOKIE
from web.limits import Allowance
from web.visitor import SESSION_COOKIE

PAGE = "/vraagstukken/jeugd"
SAY = f"{PAGE}/inbreng"
TEXT = "Ik denk hier graag over mee, want het gaat mij aan."
CROSS_SITE = {"Origin": "https://evil.example"}


@pytest.fixture
async def issue(database: Database, tilburg: Actor) -> Actor:
    """An issue that people take part in."""
    async with database.writing() as session:
        return await issue_here(session, tilburg)


async def count_posts(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(Post)) or 0


async def typed(pages: Pages, **more: str) -> dict[str, str]:
    return await pages.hidden(PAGE) | {"text": TEXT, "language": "nl"} | more


async def test_a_button_that_is_pressed_twice_counts_once(pages: Pages, database: Database, issue: Actor) -> None:
    await pages.sign_in()
    form = await typed(pages)
    first, second = [await pages.post(SAY, form) for _ in range(2)]
    assert first.status == second.status == 303
    assert first.location == second.location
    assert await count_posts(database) == 1


async def test_copies_that_come_at_the_same_time_to_two_processes_count_once(
    pages: Pages, database: Database, issue: Actor, tmp_path: Path
) -> None:
    await pages.sign_in()
    form = await typed(pages)
    other_database = Database(database.url)
    other = Pages(other_database, tmp_path / "documents")
    other.cookies = pages.cookies
    await other.client.start_server()
    answers = await asyncio.gather(*(each.post(SAY, form) for each in (pages, other) * 4))
    await other.client.close()
    await other_database.close()
    assert {(answer.status, answer.location) for answer in answers} == {(303, answers[0].location)}
    assert await count_posts(database) == 1


async def test_another_text_is_another_form(pages: Pages, database: Database, issue: Actor) -> None:
    await pages.sign_in()
    form = await typed(pages)
    assert (await pages.post(SAY, form)).location != (await pages.post(SAY, form | {"text": "Nog iets."})).location
    assert await count_posts(database) == 2


async def test_another_person_cannot_have_the_answer(pages: Pages, database: Database, issue: Actor) -> None:
    await pages.sign_in()
    form = await typed(pages)
    await pages.post(SAY, form)
    await pages.sign_in("bram")
    assert (await pages.post(SAY, form | {"csrf": (await pages.hidden(PAGE))["csrf"]})).status == 303
    assert await count_posts(database) == 2


async def test_a_refused_form_can_be_sent_again_as_it_is(pages: Pages, database: Database, issue: Actor) -> None:
    await pages.sign_in()
    form = await typed(pages, text="")
    assert [(await pages.post(SAY, form)).status for _ in range(2)] == [422, 422]
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(SentForm)) == 0


async def test_a_form_that_failed_can_be_sent_again(
    pages: Pages, database: Database, issue: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pages.sign_in()
    form = await typed(pages)

    async def fail(_request: web.Request) -> web.Response:
        raise web.HTTPServiceUnavailable

    resource = next(
        each for each in pages.app.router.resources() if each.canonical == f"{PAGE[:-6]}/{{handle}}/inbreng"
    )
    (route,) = [route for route in resource if route.method == "POST"]
    working = route.handler
    monkeypatch.setattr(route, "_handler", fail)
    assert (await pages.post(SAY, form)).status == 503
    monkeypatch.setattr(route, "_handler", working)
    assert (await pages.post(SAY, form)).status == 303
    assert await count_posts(database) == 1


async def test_who_signs_in_twice_at_once_is_signed_in(pages: Pages, database: Database) -> None:
    await pages.person("karin")
    form = await pages.hidden("/inloggen") | {"name": "karin", "password": PASSWORD, "terug": "/kennis"}
    first, second = await asyncio.gather(*(pages.post("/inloggen", form) for _ in range(2)))
    assert first.status == second.status == 303
    secrets = {re.search(rf"{SESSION_COOKIE}=([^;]+)", str(answer.headers))[1] for answer in (first, second)}
    assert len(secrets) == 1
    assert "Uitloggen" in (await pages.get("/")).text
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Session)) == 1
        (answer,) = await session.scalars(select(SentForm.answer))
    assert secrets.pop().encode() not in answer


async def count_sent(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(SentForm)) or 0


async def test_nothing_is_kept_of_a_form_that_has_no_effect(pages: Pages, database: Database, issue: Actor) -> None:
    await pages.sign_in()
    with counted(database) as asked:
        assert (await pages.post(SAY, await typed(pages, voorbeeld="inbreng"))).status == 200
        assert (await pages.post("/vraagstukken/jeugd", await typed(pages))).status == 405
        assert (await pages.post("/nergens", await typed(pages))).status == 404
    assert not [one for one in asked if "sent_forms" in one]
    assert await count_posts(database) == 0


async def test_of_one_address_so_many_answers_are_kept_and_more_are_handled_all_the_same(
    pages: Pages, database: Database, issue: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(once, "SENT_FORMS", Allowance(2, 60.0))
    for number in range(4):
        await pages.be(await pages.person(f"lezer{number}"))
        assert (await pages.post(SAY, await typed(pages, text=f"{TEXT} {number}"))).status == 303
    assert await count_posts(database) == 4
    assert await count_sent(database) == 2


async def test_an_answer_that_is_larger_than_any_page_is_not_kept(
    pages: Pages, database: Database, issue: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pages.sign_in()
    monkeypatch.setattr(once, "LARGEST_ANSWER", 10)
    assert (await pages.post(SAY, await typed(pages))).status == 303
    assert await count_sent(database) == 0


# ------------------------------------------------------------------ tokens
async def test_who_is_not_signed_in_needs_the_token_of_their_browser(pages: Pages) -> None:
    await pages.person("karin")
    form = {"name": "karin", "password": PASSWORD}
    token = (await pages.hidden("/inloggen"))["csrf"]
    for wrong in ({"csrf": ""}, {"csrf": "a" + "0" * 40}, {"csrf": token[1:]}):
        page = await pages.post("/inloggen", form | wrong)
        assert page.status == 403
        assert SESSION_COOKIE not in pages.cookies
    kept = pages.cookies.pop(FORM_COOKIE)
    assert (await pages.post("/inloggen", form | {"csrf": token})).status == 403
    pages.cookies[FORM_COOKIE] = kept
    assert (await pages.post("/inloggen", form | {"csrf": token}, **CROSS_SITE)).status == 403
    assert (await pages.post("/inloggen", form | {"csrf": token})).status == 303


async def test_a_session_that_is_over_leaves_no_browser_without_a_token(pages: Pages) -> None:
    await pages.person("karin")
    pages.cookies[SESSION_COOKIE] = "over"
    for _ in range(2):
        form = await pages.hidden("/inloggen") | {"name": "karin", "password": "mis-mis-mis"}
        assert (await pages.post("/inloggen", form)).status == 422


# ------------------------------------------------------- what comes back
def send_again(page: Page) -> dict[str, str]:
    """Return the fields of the form on a page that gives one back."""
    form = re.search(rf'<form method="post" action="{SAY}".*?</form>', page.markup, re.DOTALL)
    assert form is not None, page.main
    return dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form[0]))


async def test_a_form_that_is_too_old_is_shown_again(pages: Pages, database: Database, issue: Actor) -> None:
    await pages.sign_in()
    page = await pages.post(SAY, await typed(pages, csrf="0" * 40, password="geheim-geheim", code="123456"))
    assert page.status == 403
    assert TEXT in page.main
    assert "geheim-geheim" not in page.markup
    assert "123456" not in page.markup
    assert (await pages.post(SAY, send_again(page))).status == 303
    assert await count_posts(database) == 1


async def test_what_another_site_sends_is_not_shown_again(pages: Pages, issue: Actor) -> None:
    await pages.sign_in()
    for where in (CROSS_SITE, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        page = await pages.post(SAY, await typed(pages, csrf="0" * 40), **where)
        assert page.status == 403
        assert TEXT not in page.markup


async def test_who_is_signed_out_while_they_type_loses_nothing(pages: Pages, database: Database, issue: Actor) -> None:
    karin = await pages.sign_in()
    form = await typed(pages)
    async with database.writing() as session:
        await session.execute(update(Session).values(expires_at=now() - timedelta(days=1)))
    page = await pages.post(SAY, form)
    assert page.status == 403
    assert "Je bent niet meer ingelogd" in page.main
    assert TEXT in page.main
    assert 'href="/inloggen?terug=/opnieuw"' in page.markup
    assert (await pages.get("/opnieuw")).location == "/inloggen?terug=/opnieuw"
    async with database.reading() as session:
        (content,) = await session.scalars(select(KeptForm.content))
    assert TEXT.encode() not in content
    await pages.be(karin)
    page = await pages.get("/opnieuw")
    assert "Je bent weer ingelogd. Er is nog niets verstuurd." in page.main
    assert (await pages.post(SAY, send_again(page))).status == 303
    assert await count_posts(database) == 1


async def test_what_was_typed_is_not_shown_to_who_signs_in_next_at_the_same_computer(
    pages: Pages, database: Database, issue: Actor
) -> None:
    karin, bram = await pages.sign_in(), await pages.person("bram")
    form = await typed(pages)
    async with database.writing() as session:
        await session.execute(update(Session).values(expires_at=now() - timedelta(days=1)))
    await pages.post(SAY, form)
    await pages.be(bram)
    page = await pages.get("/opnieuw")
    assert (page.status, page.location) == (303, "/")
    await pages.be(karin)
    assert TEXT in (await pages.get("/opnieuw")).main


async def test_who_never_signed_in_is_not_asked_to_send_it_once_more(pages: Pages, issue: Actor) -> None:
    """A token of anyone fits, and still nobody is there to do it."""
    page = await pages.post(SAY, {"text": TEXT})
    assert page.status == 403
    assert "Je bent niet meer ingelogd" in page.main
    assert 'href="/inloggen?terug=/opnieuw"' in page.markup


async def test_a_form_without_words_leads_back_to_its_page(pages: Pages) -> None:
    page = await pages.post("/volgen", {"csrf": "0" * 40, "actor": "1"}, Referer=f"{SITE.base_url}{PAGE}")
    assert page.status == 403
    assert f'href="/inloggen?terug={PAGE}"' in page.markup
    page = await pages.post("/volgen", {"csrf": "0" * 40, "actor": "1"}, Referer="https://evil.example/")
    assert 'href="/inloggen?terug=/"' in page.markup


async def test_what_is_kept_is_bounded(pages: Pages, database: Database, issue: Actor) -> None:
    for number in range(25):
        page = await pages.post(SAY, {"csrf": "0" * 40, "text": f"{TEXT} {number}"})
        assert ("/opnieuw" in page.markup) is (number < 20)
    assert "Kopieer wat je typte" in page.main
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(KeptForm)) == 20


async def test_every_form_prints_its_hidden_fields() -> None:
    assert not [
        f"{path.name}: {form[:60]}"
        for path in (Path(__file__).parents[3] / "web/templates").rglob("*.html")
        for form in re.findall(r'<form[^>]*method="post".*?</form>', path.read_text(encoding="utf-8"), re.DOTALL)
        if "csrf" not in form
    ]
