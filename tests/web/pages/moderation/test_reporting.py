"""Reporting a post or somebody, and reading what came of it."""

import re

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.database import now
from actors.ids import new_id
from actors.instances.tables import Instance
from actors.issues.tables import Issue
from actors.kinds import ActorKind, Phase
from actors.moderation import reports
from actors.moderation.kinds import Act, Category, ReportState, ServerPolicy
from actors.moderation.objections import objection_path
from actors.moderation.tables import Decision, Report, ReportedPost
from actors.vault import Vault
from federation.audience import Visibility
from outbox.servers import treat_server
from outbox.tables import Activity
from tests.actors.cast import MOMENT, elsewhere, follows, here, issue_here, said
from tests.support.keys import SECRET
from tests.web.pages.browser import Pages

HOSTILE = "<script>alert(1)</script>\u202ejavascript:alert(1)"


async def filed(pages: Pages) -> list[Report]:
    async with pages.database.reading() as session:
        return list(await session.scalars(select(Report).order_by(Report.id)))


async def test_each_post_and_person_of_others_has_the_link(pages: Pages) -> None:
    me = await pages.sign_in("fatima")
    async with pages.database.writing() as session:
        karin = await here(session, "karin")
        theirs = await said(session, karin)
        mine = await said(session, await session.get_one(Actor, me.id))
    assert f'href="/melden?post={theirs.id}"' in (await pages.get(f"/inbreng/{theirs.id}")).markup
    assert f"/melden?post={mine.id}" not in (await pages.get(f"/inbreng/{mine.id}")).markup
    assert f'href="/melden?actor={karin.id}"' in (await pages.get("/personen/karin")).markup
    assert f"/melden?actor={me.id}" not in (await pages.get("/personen/fatima")).markup


async def test_an_issue_is_reported_from_its_page_ours_or_anothers(pages: Pages, tilburg: Actor) -> None:
    await pages.sign_in("fatima")
    async with pages.database.writing() as session:
        ours = await issue_here(session, tilburg)
        theirs = await elsewhere(session, "wonen", kind=ActorKind.ISSUE, name="Wonen")
        session.add(Issue(actor_id=theirs.id, question="Hoe?", phase=Phase.AGENDA, published_at=MOMENT))
    for issue, page in ((ours, "/vraagstukken/jeugd"), (theirs, f"/vraagstukken/elders/{theirs.id}")):
        form = f"/melden?actor={issue.id}"
        assert f'href="{form}"' in (await pages.get(page)).markup
        assert f"Je meldt het vraagstuk ‘{issue.name}’." in (await pages.get(form)).main
        more = {} if issue.is_local else {"forward": "1"}
        assert (await pages.submit(form, "/melden", actor=issue.id, category="illegal", **more)).status == 303
    assert [report.about_id for report in await filed(pages)] == [ours.id, theirs.id]
    async with pages.database.reading() as session:
        (flag,) = [row for row in await session.scalars(select(Activity)) if row.type == "Flag"]
    assert theirs.uri in str(flag.document)


async def test_a_report_is_filed_and_shows_with_what_was_reported(pages: Pages) -> None:
    me = await pages.sign_in("fatima")
    async with pages.database.writing() as session:
        karin = await here(session, "karin")
        post = await said(session, karin, content="<p>Lelijke woorden</p>")
    page = await pages.get(f"/melden?post={post.id}")
    assert "Lelijke woorden" in page.main
    assert "Karin" in page.main
    answer = await pages.submit(
        f"/melden?post={post.id}", "/melden", post=post.id, posts=post.id, category="hate", comment="Dit is haat"
    )
    assert (answer.status, answer.location) == (303, "/melden/overzicht?bericht=gemeld")
    (report,) = await filed(pages)
    assert (report.reporter_id, report.about_id, report.category) == (me.id, karin.id, Category.HATE)
    async with pages.database.reading() as session:
        assert list(await session.scalars(select(ReportedPost.post_id))) == [post.id]
    overview = (await pages.get(answer.location)).main
    assert "Dank je wel." in overview
    assert "Dit is haat" in overview


async def test_somebody_is_reported_with_posts_that_one_chooses(pages: Pages) -> None:
    await pages.sign_in("fatima")
    async with pages.database.writing() as session:
        karin, other = await here(session, "karin"), await here(session, "wim")
        posts = [await said(session, karin) for _ in range(3)]
        foreign = await said(session, other)
        hidden = await said(session, karin, Visibility.DIRECT)
    answer = await pages.submit(
        f"/melden?actor={karin.id}", "/melden", actor=karin.id, category="spam",
        posts=[posts[0].id, posts[2].id, foreign.id, hidden.id, "x"],
    )  # fmt: skip
    assert answer.status == 303
    async with pages.database.reading() as session:
        assert set(await session.scalars(select(ReportedPost.post_id))) == {posts[0].id, posts[2].id}


async def test_what_one_may_not_see_cannot_be_reported(pages: Pages) -> None:
    me = await pages.sign_in("fatima")
    async with pages.database.writing() as session:
        karin, gone = await here(session, "karin"), await here(session, "weg", name="Weg")
        hidden = await said(session, karin, Visibility.DIRECT)
        gone.suspended_at = now()
    for query in (f"post={hidden.id}", f"actor={gone.id}", f"actor={me.id}", "post=1", "actor=x", "", "post=9" * 30):
        assert (await pages.get(f"/melden?{query}")).status == 404
    answer = await pages.submit("/kennis", "/melden", post=hidden.id, category="spam")
    assert answer.status == 404
    assert await filed(pages) == []


@pytest.mark.parametrize(
    ("category", "comment", "told"),
    [
        ("", "Zo erg", "Kies wat er mis is."),
        ("elsewhere", "Zo erg", "Kies wat er mis is."),
        ("objection", "Zo erg", "Kies wat er mis is."),
        (HOSTILE, "Zo erg", "Kies wat er mis is."),
        ("other", "", "Vertel wat er mis is."),
        ("spam", "x" * 3_001, "Je tekst is te lang"),
        ("spam", "a\0b", "tekens in die we niet kunnen bewaren"),
    ],
)
async def test_what_is_wrong_is_told_at_the_field_and_what_was_typed_stays(
    pages: Pages, category: str, comment: str, told: str
) -> None:
    await pages.sign_in("fatima")
    async with pages.database.writing() as session:
        karin = await here(session, "karin")
    form = f"/melden?actor={karin.id}"
    page = await pages.submit(form, "/melden", actor=karin.id, category=category, comment=comment)
    assert page.status == 422
    assert told in page.main
    assert comment[:50].replace("\0", "") in page.markup.replace("\0", "")
    assert "<script>alert" not in page.markup
    assert await filed(pages) == []


async def test_hostile_words_are_shown_as_words(pages: Pages) -> None:
    await pages.sign_in("fatima")
    async with pages.database.writing() as session:
        karin = await here(session, "karin", name=HOSTILE[:60])
    await pages.submit(f"/melden?actor={karin.id}", "/melden", actor=karin.id, category="other", comment=HOSTILE)
    page = await pages.get("/melden/overzicht")
    assert "<script>alert" not in page.markup
    assert "alert(1)" in page.main


async def test_a_report_goes_on_to_the_other_server_when_one_wants_that(pages: Pages) -> None:
    me = await pages.sign_in("fatima")
    async with pages.database.writing() as session:
        troll = await elsewhere(session, "troll")
        local = await here(session, "karin")
    page = await pages.get(f"/melden?actor={troll.id}")
    assert "Meld het ook bij utrecht.example" in page.main
    assert "Meld het ook bij" not in (await pages.get(f"/melden?actor={local.id}")).main
    for forward in ("", "1"):
        await pages.submit(
            f"/melden?actor={troll.id}", "/melden", actor=troll.id, category="spam", comment=f"a{forward}",
            forward=forward,
        )  # fmt: skip
        async with pages.database.reading() as session:
            flags = list(await session.scalars(select(Activity).where(Activity.type == "Flag")))
        assert len(flags) == (1 if forward else 0)
    assert me.uri not in flags[0].document
    await pages.submit(
        f"/melden?actor={local.id}", "/melden", actor=local.id, category="spam", comment="a", forward="1"
    )
    async with pages.database.reading() as session:
        assert len(list(await session.scalars(select(Activity).where(Activity.type == "Flag")))) == 1


async def test_one_person_cannot_bury_the_moderators(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MOST_OPEN_OF_PERSON", 1)
    await pages.sign_in("fatima")
    async with pages.database.writing() as session:
        people = [await elsewhere(session, f"p{number}") for number in range(2)]
    statuses = [
        (await pages.submit(f"/melden?actor={one.id}", "/melden", actor=one.id, category="spam")).status
        for one in (*people, people[0])
    ]
    assert statuses == [303, 422, 303]
    assert len(await filed(pages)) == 1


async def decided(pages: Pages, about: Actor, act: Act = Act.LIMIT) -> int:
    async with pages.database.writing() as session:
        decision = Decision(
            id=new_id(), about_id=about.id, by_id=None, act=act, reason=HOSTILE, posts=0, created_at=MOMENT
        )
        session.add(decision)
        return decision.id


async def test_what_was_decided_stands_there_with_its_reason_and_can_be_objected_to_once(pages: Pages) -> None:
    me = await pages.sign_in("fatima")
    decision = await decided(pages, me)
    page = await pages.get("/melden/overzicht")
    assert "Wat over jou is besloten" in page.main
    assert "alert(1)" in page.main
    assert "<script>alert" not in page.markup
    assert f'href="/bezwaar/{decision}"' in page.markup
    form = await pages.get(f"/bezwaar/{decision}")
    assert "Waarom ben je het er niet mee eens?" in form.main
    for text in ("", "  ", "x" * 3_001):
        assert (await pages.submit(f"/bezwaar/{decision}", f"/bezwaar/{decision}", text=text)).status == 422
    answer = await pages.submit(f"/bezwaar/{decision}", f"/bezwaar/{decision}", text="Ik bedoelde het anders")
    assert (answer.status, answer.location) == (303, "/melden/overzicht?bericht=bezwaar")
    assert "Je hebt bezwaar gemaakt." in (await pages.get("/melden/overzicht")).main
    again = await pages.get(f"/bezwaar/{decision}")
    assert "Je bezwaar ligt bij de moderatoren." in again.main
    (report,) = await filed(pages)
    assert (report.category, report.decision_id, report.state) == (Category.OBJECTION, decision, ReportState.OPEN)


async def test_only_whom_it_is_about_may_object(pages: Pages) -> None:
    karin = await pages.person("karin")
    decision = await decided(pages, karin)
    await pages.sign_in("fatima")
    assert (await pages.get(f"/bezwaar/{decision}")).status == 404
    assert (await pages.submit("/kennis", f"/bezwaar/{decision}", text="Mag niet")).status == 404
    assert (await pages.get("/bezwaar/1")).status == 404
    assert await filed(pages) == []


async def test_who_is_suspended_objects_by_the_link_that_was_sent(pages: Pages) -> None:
    karin = await pages.person("karin")
    decision = await decided(pages, karin, Act.SUSPEND)
    async with pages.database.writing() as session:
        (await session.get_one(Actor, karin.id)).suspended_at = now()
    path = objection_path(Vault(SECRET), decision)
    assert (await pages.get(path)).status == 200
    key = path.partition("=")[2]
    answer = await pages.submit(path, f"/bezwaar/{decision}", text="Dit klopt niet", sleutel=key)
    assert answer.status == 200
    assert "Je bezwaar ligt bij de moderatoren." in answer.main
    assert len(await filed(pages)) == 1
    for wrong in ("", "x", key[:-1], objection_path(Vault(SECRET), decision + 1).partition("=")[2]):
        assert (await pages.get(f"/bezwaar/{decision}?sleutel={wrong}")).status == 303


async def test_what_the_link_to_object_opens_is_kept_by_no_cache(pages: Pages) -> None:
    karin = await pages.person("karin")
    path = objection_path(Vault(SECRET), await decided(pages, karin, Act.SUSPEND))
    before = await pages.get(path)
    said = await pages.submit(path, path.partition("?")[0], text="Dit klopt niet", sleutel=path.partition("=")[2])
    pages.cookies.clear()
    after = await pages.get(path)
    assert "Je bezwaar ligt bij de moderatoren." in after.main
    for page in (before, said, after):
        assert page.headers["Cache-Control"] == "private, no-store"


async def test_lifting_is_nothing_to_object_to(pages: Pages) -> None:
    me = await pages.sign_in("fatima")
    decision = await decided(pages, me, Act.UNLIMIT)
    assert "Ik ben het er niet mee eens" not in (await pages.get("/melden/overzicht")).main
    assert (await pages.get(f"/bezwaar/{decision}")).status == 404


async def test_follows_that_a_block_ended_are_listed_and_told(pages: Pages) -> None:
    me = await pages.sign_in("fatima")
    async with pages.database.writing() as session:
        fatima = await session.get_one(Actor, me.id)
        spammer = await elsewhere(session, "spammer", "bad.example")
        await follows(session, fatima, spammer)
        await follows(session, spammer, fatima)
        session.add(Instance(domain="other.example", created_at=MOMENT))
    await treat_server(pages.database, "bad.example", ServerPolicy.SUSPENDED, "spam", by=None, now=now())
    page = (await pages.get("/melden/overzicht")).main
    assert "Je volgde @spammer@bad.example tot" in page
    assert "@spammer@bad.example volgde jou tot" in page
    notifications = await pages.get("/meldingen")
    assert "heeft een server geblokkeerd" in notifications.main
    (opened,) = re.findall(r'href="(/meldingen/\d+)"', notifications.markup)
    assert (await pages.get(opened)).location == "/melden/overzicht"
