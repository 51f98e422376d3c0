"""Phases and promises on the pages: moved by editors with a reason, shown with their history; voices heard."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.database import now
from actors.issues.tables import Issue, PhaseChange
from actors.kinds import Phase, Role
from actors.notifications import Notification
from actors.posts.tables import Post
from outbox.publish.issues import IssueDraft, publish_issue
from outbox.publish.life import move_issue, move_promise
from tests.actors.cast import SITE, elsewhere, follows, said
from tests.outbox.publish.stage import queued
from tests.support.keys import key_pair, key_ring
from tests.support.queries import counted
from tests.web.pages.admin.cast import MEMBER, sign_in_as
from tests.web.pages.browser import Page, Pages
from tests.web.pages.changing import HOSTILE, is_harmless

PATH = "/vraagstukken/samen-op-het-plein"
PHASE, PROMISE = f"{PATH}/fase", f"{PATH}/beloofd"


@pytest.fixture
async def issue(pages: Pages, tilburg: Actor) -> Actor:
    draft = IssueDraft(
        "Samen op het plein", "Van wie is het plein?", "Het is er onrustig.", ["young-people"],
        perspectives_needed=["young-people", "parents", "buurt"], feedback_by=now() + timedelta(days=20),
    )  # fmt: skip
    async with pages.database.writing() as session:
        await follows(session, await elsewhere(session, "bram"), tilburg)
        return await publish_issue(
            session, SITE, key_ring(), key_pair(), host=tilburg, by=tilburg, draft=draft, now=now()
        )  # fmt: skip


async def move(pages: Pages, phase: str, reason: str = "", van: str = "") -> Page:
    async with pages.database.reading() as session:
        current = (await session.scalars(select(Issue.phase))).one()
    return await pages.submit(PHASE, PHASE, phase=phase, reason=reason, was=van or current.value)


async def promise(pages: Pages, day: str, **fields: Any) -> Page:
    before = (await pages.get(PROMISE)).markup.partition('name="was" value="')[2].partition('"')[0]
    return await pages.submit(PROMISE, PROMISE, **{"feedback_by": day, "was": before, **fields})


async def test_an_editor_moves_an_issue_and_the_page_tells_how_it_came_there(
    pages: Pages, issue: Actor, tilburg: Actor
) -> None:
    fatima = await pages.person("fatima")
    async with pages.database.writing() as session:
        await follows(session, await session.get_one(Actor, fatima.id), await session.get_one(Actor, issue.id))
    karin = await sign_in_as(pages, Role.EDITOR)
    assert f'href="{PHASE}"' in (await pages.get(PATH)).markup
    answer = await move(pages, "conversation", "Er zijn genoeg mensen.")
    assert (answer.status, answer.location) == (303, f"{PATH}?bericht=verder")
    assert (await move(pages, "agenda", "Toch te vroeg.")).status == 303
    await pages.be(None)
    page = await pages.get(PATH)
    for told in ("Zo kwam dit vraagstuk hier", "Er zijn genoeg mensen.", "terug naar geagendeerd", "Toch te vroeg."):
        assert told in page.main, told
    assert karin.name not in page.main, "the organisation answers for it"
    async with pages.database.reading() as session:
        entries = list(await session.scalars(select(AuditEntry).where(AuditEntry.act == "issue-moved")))
        told = list(await session.scalars(select(Notification).where(Notification.kind == "issue-phase")))
        assert len(await queued(session, "Update")) == 2
    assert [(entry.actor_id, entry.for_id, entry.reason) for entry in entries] == [
        (karin.id, tilburg.id, "Er zijn genoeg mensen."), (karin.id, tilburg.id, "Toch te vroeg."),
    ]  # fmt: skip
    assert {row.recipient_id for row in told} == {fatima.id}
    await pages.be(fatima)
    assert "‘Samen op het plein’ is in een nieuwe fase" in (await pages.get("/meldingen")).main
    assert (await pages.get(f"/meldingen/{told[0].id}")).location == PATH


@pytest.mark.parametrize(
    ("phase", "reason", "van", "told"),
    [
        ("signalled", "", "", "Vertel waarom. Iedereen kan dat lezen."),
        ("closed", "", "", "Vertel waarom. Iedereen kan dat lezen."),
        ("closed", "x" * 1_001, "", "Dit zijn 1.001 tekens. Er passen er 1.000 in."),
        ("closed", "nul\0teken", "", "Zo kunnen we dit niet bewaren."),
        ("agenda", "", "", "Kies een andere fase."),
        ("onzin", "", "", "Kies een andere fase."),
        ("conversation", "", "signalled", "Iemand anders heeft de fase intussen veranderd."),
    ],
)
async def test_what_is_wrong_stands_at_its_field(
    pages: Pages, issue: Actor, phase: str, reason: str, van: str, told: str
) -> None:
    await sign_in_as(pages, Role.EDITOR)
    page = await move(pages, phase, reason, van)
    assert page.status == 422
    assert told in page.main
    async with pages.database.reading() as session:
        assert (await session.get_one(Issue, issue.id)).phase is Phase.AGENDA


@pytest.mark.parametrize("role", [MEMBER, Role.MODERATOR, None])
async def test_only_who_speaks_for_the_organisation_moves_anything(
    pages: Pages, issue: Actor, role: str | None
) -> None:
    if role is not None:
        await sign_in_as(pages, role)
    page = await pages.get(PATH)
    for path, fields in ((PHASE, {"phase": "conversation", "was": "agenda"}), (PROMISE, {"feedback_by": "2027-01-01"})):
        assert path not in page.markup
        assert (await pages.get(path)).status == (403 if role else 303)
        assert (await pages.submit("/over", path, **fields, reason="Zomaar.")).status == 403
    async with pages.database.reading() as session:
        assert len((await session.scalars(select(PhaseChange))).all()) == 1


async def test_a_promise_is_moved_with_a_reason_that_everyone_sees(pages: Pages, issue: Actor) -> None:
    await sign_in_as(pages, Role.EDITOR)
    first = (now() + timedelta(days=20)).date()
    later = (now() + timedelta(days=60)).date()
    refused = await promise(pages, later.isoformat())
    assert refused.status == 422
    assert "Vertel waarom." in refused.main
    moved = await promise(pages, later.isoformat(), reason="De raad vergadert later.")
    assert (moved.status, moved.location) == (303, f"{PATH}?bericht=beloofd")
    again = await promise(pages, later.isoformat(), reason="Nog eens.")
    assert "Die dag is al beloofd." in again.main
    stale = await promise(pages, (later + timedelta(days=1)).isoformat(), reason="Oud.", was=first.isoformat())
    assert "Iemand anders heeft de datum intussen veranderd." in stale.main
    assert (await promise(pages, "2020-01-01", reason="Terug.")).status == 422
    assert "De datum is al één keer verschoven." in (await pages.get(PROMISE)).main
    await pages.be(None)
    page = await pages.get(PATH)
    assert "De raad vergadert later." in page.main
    assert "Eerst beloofd voor" in page.main
    async with pages.database.reading() as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.act == "promise-moved"))).one()
        stored = await session.get_one(Issue, issue.id)
    assert entry.reason == "De raad vergadert later."
    assert stored.feedback_by is not None
    assert abs((stored.feedback_by.date() - later).days) <= 1


async def test_nothing_is_promised_when_feedback_was_given(pages: Pages, issue: Actor) -> None:
    await sign_in_as(pages, Role.EDITOR)
    assert (await move(pages, "feedback")).status == 303
    assert (await pages.get(PROMISE)).status == 404
    assert PROMISE not in (await pages.get(PATH)).markup


async def test_people_choose_from_which_perspective_they_speak(pages: Pages, issue: Actor) -> None:
    await pages.sign_in("latifa")
    form = (await pages.get(PATH)).markup
    assert '<option value="parents">ouders</option>' in form
    assert '<option value="buurt">buurt</option>' in form
    action = f"{PATH}/inbreng"
    for perspective in ("parents", "", "verzonnen"):
        sent = await pages.submit(PATH, action, text=f"Ik zeg {perspective}", language="nl", perspective=perspective)
        assert sent.status == 303
    wrong = await pages.submit(PATH, action, text="", language="nl", perspective="parents")
    assert '<option value="parents" selected>' in wrong.markup
    async with pages.database.reading() as session:
        posts = list(await session.scalars(select(Post).where(Post.source.startswith("Ik zeg")).order_by(Post.id)))
        documents = [one.object for one in await queued(session, "Create") if one.object.get("source")]
    assert [post.perspective for post in posts] == ["parents", None, None]
    assert [one.get("perspective") for one in documents][-3:] == ["parents", None, None]
    page = await pages.get(PATH)
    assert page.main.count("spreekt als: ouders") == 1
    assert "Al gehoord: ouders (1 persoon)" in page.main
    missing = page.main.partition("Wie missen we nog?")[2].partition("Al gehoord")[0]
    assert "jongeren" in missing
    assert "buurt" in missing
    assert "ouders" not in missing
    # Withdrawn with the words that it stood with.
    await pages.submit(PATH, f"/inbreng/{posts[0].id}/intrekken")
    assert "Al gehoord" not in (await pages.get(PATH)).main


async def test_what_others_call_a_perspective_is_not_summed_up_unless_it_is_asked_for(
    pages: Pages, issue: Actor
) -> None:
    async with pages.database.writing() as session:
        anna = await elsewhere(session, "anna")
        for perspective in ("buurt", "iets lelijks"):
            await said(session, anna, space_id=issue.id, perspective=perspective)
    page = await pages.get(PATH)
    assert "Al gehoord: buurt (1 persoon)" in page.main
    assert page.main.count("iets lelijks") == 1, "beside their own words alone"


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_nothing_hostile_gets_into_a_page(pages: Pages, issue: Actor, hostile: str) -> None:
    await sign_in_as(pages, Role.EDITOR)
    forms = [await move(pages, "agenda", hostile), await promise(pages, "gisteren", reason=hostile)]
    # What is markup and nothing else is no reason.
    assert (await move(pages, "closed", hostile)).status == (422 if hostile.startswith("<img") else 303)
    assert all(map(is_harmless, [*forms, await pages.get(PATH)]))


async def test_the_page_takes_as_many_queries_however_long_the_history(
    pages: Pages, issue: Actor, tilburg: Actor
) -> None:
    await sign_in_as(pages, Role.EDITOR)
    counts: dict[str, set[int]] = {PATH: set(), PHASE: set(), PROMISE: set()}
    for number in range(3):
        for path, found in counts.items():
            await pages.get(path)
            with counted(pages.database) as statements:
                assert (await pages.get(path)).status == 200
            found.add(len(statements))
        async with pages.database.writing() as session:
            actor, by = await session.get_one(Actor, issue.id), await session.get_one(Actor, tilburg.id)
            for phase in (Phase.CONVERSATION, Phase.AGENDA):
                await move_issue(session, SITE, actor, phase, by=by, reason="Heen en weer.", now=now())
            day = now() + timedelta(days=30 + number)
            await move_promise(session, SITE, actor, day, by=by, reason="Later.", now=now())
            await said(session, by, space_id=issue.id, perspective="parents")
    assert all(len(found) == 1 for found in counts.values()), counts
