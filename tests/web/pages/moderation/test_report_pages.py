"""The queue of reports and one report: its context, the decision, and what is noted."""

import re

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.issues.tables import PhaseChange
from actors.kinds import ActorKind, Phase, Role
from actors.moderation.kinds import Act, Category, ReportState
from actors.moderation.reports import file_objection, file_report
from actors.moderation.tables import Decision, Report
from actors.posts.tables import Post
from federation.audience import Visibility
from tests.actors.cast import MOMENT, elsewhere, here, issue_here, said
from tests.support.queries import counted
from tests.web.pages.browser import Pages
from tests.web.pages.moderation.conftest import Be

QUEUE = "/beheer/meldingen"
HOSTILE = '<script>alert(1)</script>"><b onmouseover=x>\u202e'


async def report(
    pages: Pages, about: Actor, *posts: Post, comment: str = "Dit kan niet", category: Category = Category.HATE
) -> Report:
    async with pages.database.writing() as session:
        reporter = (await session.scalars(select(Actor).where(Actor.handle == "rian"))).one_or_none()
        reporter = reporter or await here(session, "rian")
        return await file_report(session, reporter, about, posts, category=category, comment=comment, now=MOMENT)


async def acts(pages: Pages) -> list[str]:
    async with pages.database.reading() as session:
        return [entry.act for entry in await session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


async def test_the_queue_has_what_is_open_what_is_mine_and_what_was_handled(pages: Pages, be: Be) -> None:
    mo = await be("mo", Role.MODERATOR)
    karin, wim = await pages.person("karin"), await pages.person("wim")
    assert "Hier zijn geen meldingen." in (await pages.get(QUEUE)).main
    one, two = await report(pages, karin), await report(pages, wim)
    page = await pages.get(QUEUE)
    assert "Open (2)" in page.main and "Van mij (0)" in page.main
    assert page.markup.index(f"{QUEUE}/{one.id}") < page.markup.index(f"{QUEUE}/{two.id}")
    answer = await pages.submit(f"{QUEUE}/{one.id}", f"{QUEUE}/{one.id}", stap="oppakken")
    assert answer.location == f"{QUEUE}/{one.id}?bericht=opgepakt"
    mine = await pages.get(f"{QUEUE}?welke=mine")
    assert f"{QUEUE}/{one.id}" in mine.markup and f"{QUEUE}/{two.id}" not in mine.markup
    await pages.submit(f"{QUEUE}/{two.id}", f"{QUEUE}/{two.id}", act="dismiss")
    handled = await pages.get(f"{QUEUE}?welke=handled")
    assert f"{QUEUE}/{two.id}" in handled.markup and "niets gedaan" in handled.main
    await pages.submit(f"{QUEUE}/{one.id}", f"{QUEUE}/{one.id}", stap="loslaten")
    async with pages.database.reading() as session:
        assert (await session.get_one(Report, one.id)).assigned_id is None
    noted = await acts(pages)
    assert {"report-taken", "report-released", "report-dismissed"} <= set(noted)
    async with pages.database.reading() as session:
        assert {entry.actor_id for entry in await session.scalars(select(AuditEntry))} == {mo.id}


async def test_reading_a_report_is_noted_and_reading_the_queue_is_not(pages: Pages, be: Be) -> None:
    await be("mo", Role.MODERATOR)
    one = await report(pages, await pages.person("karin"))
    await pages.get(QUEUE)
    assert await acts(pages) == []
    await pages.get(f"{QUEUE}/{one.id}")
    async with pages.database.reading() as session:
        (entry,) = await session.scalars(select(AuditEntry))
    assert (entry.act, entry.object_uri) == ("report-read", f"report {one.id}")
    assert "Dit kan niet" not in str(entry.details)


async def test_a_report_shows_what_was_said_also_among_few_and_what_went_before(pages: Pages, be: Be) -> None:
    await be("mo", Role.MODERATOR)
    karin = await pages.person("karin")
    async with pages.database.writing() as session:
        author = await session.get_one(Actor, karin.id)
        post = await said(session, author, Visibility.DIRECT, content="<p>Onder vier ogen</p>")
        session.add(
            Decision(id=1, about_id=karin.id, by_id=None, act=Act.WARN, reason="Eerder al", posts=0, created_at=MOMENT)
        )
    older = await report(pages, karin, category=Category.SPAM, comment="Reclame")
    one = await report(pages, karin, post)
    page = await pages.get(f"{QUEUE}/{one.id}")
    for words in ("Onder vier ogen", "Dit kan niet", "Rian", "@karin@tilburg.example", "Eerder al", "gewaarschuwd"):
        assert words in page.main
    assert f"{QUEUE}/{older.id}" in page.markup
    assert "Daarna is het account voorgoed weg." in page.main
    assert (await pages.get(f"/inbreng/{post.id}")).status == 404


async def test_a_decision_is_taken_and_its_page_says_so(pages: Pages, be: Be) -> None:
    await be("mo", Role.MODERATOR)
    karin = await pages.person("karin")
    async with pages.database.writing() as session:
        post = await said(session, await session.get_one(Actor, karin.id), content="<p>Weg ermee</p>")
    one = await report(pages, karin, post)
    path = f"{QUEUE}/{one.id}"
    answer = await pages.submit(path, path, act="withdraw", posts=post.id, reason="Dit kwetst mensen", note="Let op")
    assert answer.location == f"{path}?bericht=besloten"
    page = await pages.get(answer.location)
    assert "berichten weggehaald" in page.main and "Let op" in page.main and "Dit kwetst mensen" in page.main
    assert (await pages.get(f"/inbreng/{post.id}")).status == 410
    async with pages.database.reading() as session:
        handled = await session.get_one(Report, one.id)
    assert (handled.state, handled.act) == (ReportState.HANDLED, Act.WITHDRAW)
    again = await pages.submit(path, path, act="suspend", reason="Toch maar")
    assert again.status == 422
    assert "Iemand anders heeft hier intussen over besloten." in again.main


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "Kies wat je besluit."),
        ({"act": "verbannen"}, "Kies wat je besluit."),
        ({"act": HOSTILE}, "Kies wat je besluit."),
        ({"act": "warn", "reason": ""}, "Schrijf een reden van hoogstens"),
        ({"act": "warn", "reason": "x" * 2_001}, "Schrijf een reden van hoogstens"),
        ({"act": "warn", "reason": "a\0b"}, "Schrijf een reden van hoogstens"),
        ({"act": "warn", "reason": "x", "note": "a\0b"}, "Je notitie is te lang"),
        ({"act": "withdraw", "reason": "x"}, "Kies welke berichten weg moeten."),
        ({"act": "withdraw", "reason": "x", "posts": ["1", "x", "9" * 30]}, "Kies welke berichten weg moeten."),
    ],
)
async def test_what_is_wrong_is_told_and_what_was_typed_stays(
    pages: Pages, be: Be, fields: dict[str, str], told: str
) -> None:
    await be("mo", Role.MODERATOR)
    one = await report(pages, await pages.person("karin"))
    path = f"{QUEUE}/{one.id}"
    page = await pages.submit(path, path, **{"note": "Mijn notitie", **fields})
    assert page.status == 422
    assert told in page.main
    assert "<script>alert" not in page.markup
    if "note" not in fields:
        assert "Mijn notitie" in page.markup
    async with pages.database.reading() as session:
        assert (await session.get_one(Report, one.id)).state is ReportState.OPEN


async def issue_of(pages: Pages, by: Actor) -> Actor:
    async with pages.database.writing() as session:
        host = (await session.scalars(select(Actor).where(Actor.kind == ActorKind.ORGANISATION))).one()
        actor = await issue_here(session, host)
        session.add(PhaseChange(id=1, issue_id=actor.id, phase=Phase.AGENDA, by_id=by.id, at=MOMENT))
    return actor


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.ADMINISTRATOR])
@pytest.mark.parametrize("subject", ["person", "contribution", "issue"])
async def test_a_report_about_oneself_is_there_for_others_alone(pages: Pages, be: Be, role: Role, subject: str) -> None:
    mo = await be("mo", role)
    posts = []
    if subject == "contribution":
        async with pages.database.writing() as session:
            posts = [await said(session, await session.get_one(Actor, mo.id))]
    about = await issue_of(pages, mo) if subject == "issue" else mo
    one = await report(pages, about, *posts, comment="Mo gaat te ver")
    path = f"{QUEUE}/{one.id}"
    for welke in ("open", "mine", "handled"):
        page = await pages.get(f"{QUEUE}?welke={welke}")
        assert "Open (0)" in page.main and path not in page.markup and "Rian" not in page.main
    assert "1 open melding" not in (await pages.get("/beheer")).main
    assert (await pages.get(path)).status == 404
    for fields in ({"stap": "oppakken"}, {"stap": "loslaten"}, {"act": "dismiss"}, {"act": "verbannen"}):
        assert (await pages.submit(QUEUE, path, **fields)).status == 404
    async with pages.database.reading() as session:
        kept = await session.get_one(Report, one.id)
        assert (kept.state, kept.assigned_id) == (ReportState.OPEN, None)
    assert await acts(pages) == []
    await be("zus", Role.MODERATOR)
    assert "Open (1)" in (await pages.get(QUEUE)).main
    assert "1 open melding" in (await pages.get("/beheer")).main
    assert "Mo gaat te ver" in (await pages.get(path)).main


async def test_a_moderator_who_objects_does_not_judge_their_own_objection(pages: Pages, be: Be) -> None:
    mo = await be("mo", Role.MODERATOR)
    async with pages.database.writing() as session:
        decision = Decision(id=1, about_id=mo.id, by_id=None, act=Act.WARN, reason="x", posts=0, created_at=MOMENT)
        session.add(decision)
        await session.flush()
        one = await file_objection(session, await session.get_one(Actor, mo.id), decision, "Oneens", now=MOMENT)
    path = f"{QUEUE}/{one.id}"
    assert (await pages.get(path)).status == 404
    assert (await pages.submit(QUEUE, path, act="dismiss")).status == 404


async def test_hostile_words_stay_words(pages: Pages, be: Be) -> None:
    await be("mo", Role.MODERATOR)
    async with pages.database.writing() as session:
        troll = await elsewhere(session, "troll", name=HOSTILE)
        post = await said(session, troll, content="<p>x</p>", name=HOSTILE)
    one = await report(pages, troll, post, comment=HOSTILE)
    for path in (QUEUE, f"{QUEUE}/{one.id}"):
        page = await pages.get(path)
        assert page.status == 200
        assert "<script>alert" not in page.markup and "<b onmouseover" not in page.markup


async def test_what_is_not_there_is_not_found(pages: Pages, be: Be) -> None:
    await be("mo", Role.MODERATOR)
    for path in (f"{QUEUE}/1", f"{QUEUE}/x", f"{QUEUE}/{'9' * 25}"):
        assert (await pages.get(path)).status == 404
    assert (await pages.submit(QUEUE, f"{QUEUE}/1", act="dismiss")).status == 404
    assert (await pages.submit(QUEUE, f"{QUEUE}/1", stap="oppakken")).status == 404


async def test_a_notification_leads_a_moderator_to_the_report(pages: Pages, be: Be) -> None:
    await be("mo", Role.MODERATOR)
    one = await report(pages, await pages.person("karin"), comment="Zeer geheim")
    page = await pages.get("/meldingen")
    assert "Er ligt een nieuwe melding bij de moderatoren van Gemeente Tilburg" in page.main
    assert "geheim" not in page.main and "Rian" not in page.main and "Karin" not in page.main
    (path,) = set(re.findall(r'href="(/meldingen/[0-9]+)"', page.markup))
    assert (await pages.get(path)).location == f"{QUEUE}/{one.id}"
    assert "Zeer geheim" in (await pages.get(f"{QUEUE}/{one.id}")).main


async def test_a_long_queue_is_paged_and_costs_no_more_queries(pages: Pages, be: Be) -> None:
    await be("mo", Role.MODERATOR)
    async with pages.database.writing() as session:
        people = [await elsewhere(session, f"p{number}") for number in range(35)]
    await report(pages, people[0])
    await pages.get(QUEUE)
    with counted(pages.database) as few:
        await pages.get(QUEUE)
    for person in people[1:]:
        await report(pages, person)
    await pages.get(QUEUE)
    with counted(pages.database) as many:
        first = await pages.get(QUEUE)
    assert len(many) == len(few)
    following = first.markup.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = await pages.get(following)
    seen = [page.main.count("@p") for page in (first, second)]
    assert seen == [30, 5]
    assert 'rel="next"' not in second.markup
