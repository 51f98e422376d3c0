"""Changing an issue: editors alone, its opening changes along, a promised date stays, nobody overwrites another."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.database import now
from actors.issues.queries import issue_detail
from actors.issues.tables import Issue, IssueTheme
from actors.kinds import Phase, Role
from actors.posts.tables import Post
from actors.visibility import ANYONE
from outbox.publish.issues import IssueChange, IssueDraft, edit_issue, publish_issue, version_of_issue
from tests.actors.cast import SITE, elsewhere, follows, issue_here, said
from tests.outbox.publish.stage import queued, shared
from tests.support.keys import key_pair, key_ring
from tests.support.queries import counted
from tests.web.pages.admin.cast import MEMBER, sign_in_as
from tests.web.pages.browser import Pages
from tests.web.pages.changing import HOSTILE, UNSTORABLE, based_on, change, is_harmless

TITLE, QUESTION = "Samen op het plein", "Van wie is het plein?"
PATH = "/vraagstukken/samen-op-het-plein"
FORM = f"{PATH}/wijzigen"


def typed(**more: Any) -> dict[str, Any]:
    return {
        "question": "Voor wie is het plein?", "why": "Het is er druk.", "themes": ["social-tension"],
        "perspectives_needed": ["parents", "buurt"], "place": "",
    } | more  # fmt: skip


@pytest.fixture
async def issue(pages: Pages, tilburg: Actor) -> Actor:
    """An issue with what a form can say, and a perspective that it does not offer."""
    draft = IssueDraft(
        TITLE, QUESTION, "Het is er onrustig.", ["young-people"],
        "https://identifier.overheid.nl/tooi/id/gemeente/gm0855", ["young-people", "buurt"],
    )  # fmt: skip
    async with pages.database.writing() as session:
        await follows(session, await elsewhere(session, "bram"), tilburg)
        return await publish_issue(
            session, SITE, key_ring(), key_pair(), host=tilburg, by=tilburg, draft=draft, now=now()
        )  # fmt: skip


async def test_an_editor_changes_what_an_issue_says_and_those_who_have_it_are_told(
    pages: Pages, issue: Actor, tilburg: Actor
) -> None:
    editor = await sign_in_as(pages, Role.EDITOR)
    assert f'href="{FORM}"' in (await pages.get(PATH)).markup
    assert QUESTION in (await pages.get(FORM)).markup
    promised = (now() + timedelta(days=30)).date().isoformat()
    answer = await change(pages, FORM, **typed(feedback_by=promised))
    assert (answer.status, answer.location) == (303, f"{PATH}?bericht=gewijzigd")
    page = await pages.get(answer.location)
    for told in ("Voor wie is het plein?", "Het is er druk.", "gewijzigd op", "ouders", "buurt", "overal"):
        assert told in page.main, told
    assert "Het is er onrustig." not in page.main
    async with pages.database.reading() as session:
        group, opening = await queued(session, "Update")
        stored = await session.get_one(Issue, issue.id)
        assert list(await session.scalars(select(IssueTheme.theme))) == ["social-tension"]
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.act == "issue-changed"))).one()
    assert (stored.place, stored.perspectives_needed) == (None, ["parents", "buurt"])
    assert stored.feedback_by is not None
    assert stored.feedback_by.date().isoformat() == promised
    assert (group.read.actor, group.object["question"]) == (issue.uri, "Voor wie is het plein?")
    assert (opening.read.actor, opening.inboxes) == (tilburg.uri, shared("utrecht.example"))
    assert group.inboxes == shared("utrecht.example")
    assert "Het is er druk." in opening.object["content"]
    assert (entry.actor_id, entry.for_id, entry.object_uri) == (editor.id, tilburg.id, issue.uri)


async def test_a_date_that_was_promised_stays(pages: Pages, issue: Actor) -> None:
    promised = now() + timedelta(days=10)
    async with pages.database.writing() as session:
        (await session.get_one(Issue, issue.id)).feedback_by = promised
    await sign_in_as(pages, Role.EDITOR)
    page = await pages.get(FORM)
    assert "Die datum kun je hier niet wijzigen." in page.main
    assert 'name="feedback_by"' not in page.markup
    later = (now() + timedelta(days=99)).date().isoformat()
    assert (await change(pages, FORM, **typed(feedback_by=later))).status == 303
    async with pages.database.reading() as session:
        assert (await session.get_one(Issue, issue.id)).feedback_by == promised


@pytest.mark.parametrize("role", [MEMBER, Role.MODERATOR, None])
async def test_only_editors_change_issues(pages: Pages, issue: Actor, role: str | None) -> None:
    if role is not None:
        await sign_in_as(pages, role)
    assert FORM not in (await pages.get(PATH)).markup
    assert (await pages.get(FORM)).status == (403 if role else 303)
    assert (await pages.submit("/over", FORM, **typed(based_on="x"))).status == 403
    async with pages.database.reading() as session:
        assert (await session.get_one(Issue, issue.id)).question == QUESTION


async def test_there_is_no_form_for_what_is_no_issue_of_ours(pages: Pages, tilburg: Actor) -> None:
    async with pages.database.writing() as session:
        (await issue_here(session, tilburg, "weg")).deleted_at = now()
    await sign_in_as(pages, Role.EDITOR)
    for handle, status in (("tilburg", 404), ("geen", 404), ("%00", 404), ("weg", 410)):
        assert (await pages.get(f"/vraagstukken/{handle}/wijzigen")).status == status
        assert (await pages.submit("/over", f"/vraagstukken/{handle}/wijzigen", **typed())).status == status


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("question", "", "Schrijf de vraag op."),
        ("question", "x" * 501, "Dit zijn 501 tekens. Er passen er 500 in."),
        ("question", UNSTORABLE, "Zo kunnen we dit niet bewaren."),
        ("why", "", "Vertel waarom dit nu belangrijk is."),
        ("why", "x" * 3_001, "Dit zijn 3.001 tekens."),
        ("themes", ["onzin"], "Kies minstens één thema."),
        ("perspectives_needed", ["onzin"], "Kies minstens één perspectief: wie moet er meepraten?"),
        ("place", "https://evil.example/", "Kies een plaats uit de lijst."),
        ("feedback_by", "gisteren", "Kies een datum vanaf morgen, hoogstens vijf jaar vooruit."),
        ("feedback_by", "2020-01-01", "Kies een datum vanaf morgen, hoogstens vijf jaar vooruit."),
    ],
)
async def test_what_is_wrong_stands_at_its_field_and_the_rest_is_kept(
    pages: Pages, issue: Actor, name: str, value: Any, told: str
) -> None:
    await sign_in_as(pages, Role.EDITOR)
    page = await change(pages, FORM, **typed(**{name: value}))
    assert page.status == 422
    assert told in page.main
    assert f'id="error-{name}"' in page.markup
    assert ("Het is er druk." in page.markup) is (name != "why")
    assert ("Voor wie is het plein?" in page.markup) is (name != "question")
    async with pages.database.reading() as session:
        assert (await session.get_one(Issue, issue.id)).question == QUESTION
        assert await queued(session, "Update") == []


async def test_what_was_changed_meanwhile_is_shown_beside_what_was_typed(pages: Pages, issue: Actor) -> None:
    await sign_in_as(pages, Role.EDITOR)
    old = based_on(await pages.get(FORM))
    promised = now() + timedelta(days=5)
    async with pages.database.writing() as session:
        actor = await session.get_one(Actor, issue.id)
        detail = await issue_detail(session, ANYONE, actor)
        assert detail is not None
        theirs = IssueChange("Wiens plein?", "Het is er druk.", ["integration"], None, ["police"], promised)
        assert await edit_issue(
            session, SITE, actor, theirs, based_on=version_of_issue(detail.issue, detail.themes), now=now()
        )
    page = await change(
        pages, FORM, **typed(based_on=old, feedback_by=(now() + timedelta(days=50)).date().isoformat())
    )  # fmt: skip
    assert page.status == 422
    versions = page.markup.partition('class="both-versions"')[2].partition("</section>")[0]
    for told in ("Wiens plein?", "Voor wie is het plein?", "politie", "ouders", "integratie"):
        assert told in versions, told
    assert "Het is er druk." not in versions, "what is the same in both is left out"
    assert "Voor wie is het plein?</textarea>" in page.markup
    assert (await change(pages, FORM, **typed(based_on=based_on(page)))).status == 303
    async with pages.database.reading() as session:
        stored = await session.get_one(Issue, issue.id)
        assert (stored.question, stored.feedback_by) == ("Voor wie is het plein?", promised)


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_nothing_hostile_gets_into_a_page(pages: Pages, issue: Actor, hostile: str) -> None:
    await sign_in_as(pages, Role.EDITOR)
    form = typed(question=f"Plein {hostile}", why=hostile)
    preview = await change(pages, FORM, **form, voorbeeld="tekst")
    stale = await change(pages, FORM, **form, based_on="<b onclick=x>")
    assert (preview.status, stale.status) == (200, 422)
    assert "data-preview-made" in preview.markup
    async with pages.database.reading() as session:
        assert (await session.get_one(Issue, issue.id)).question == QUESTION
    done = await change(pages, FORM, **form)
    assert done.status == 303
    assert all(map(is_harmless, [preview, stale, await pages.get(PATH), await pages.get(FORM)]))


async def test_the_opening_of_an_issue_is_changed_with_the_issue_alone(pages: Pages, issue: Actor) -> None:
    await sign_in_as(pages, Role.EDITOR)
    async with pages.database.reading() as session:
        opening = (await session.scalars(select(Post))).one()
    path = f"/inbreng/{opening.id}/wijzigen"
    assert (await pages.get(path)).location == FORM
    assert (await pages.submit("/over", path, text="Anders", language="nl")).status == 404


async def test_without_its_opening_an_issue_is_changed_all_the_same(pages: Pages, issue: Actor) -> None:
    await sign_in_as(pages, Role.EDITOR)
    async with pages.database.writing() as session:
        (await session.scalars(select(Post))).one().deleted_at = now()
    assert (await change(pages, FORM, **typed())).status == 303
    async with pages.database.reading() as session:
        assert [update.object["id"] for update in await queued(session, "Update")] == [issue.uri]


async def test_sent_back_as_it_was_nothing_changes(pages: Pages, issue: Actor) -> None:
    await sign_in_as(pages, Role.EDITOR)
    same = {
        "question": QUESTION, "why": "Het is er onrustig.", "themes": ["young-people"],
        "perspectives_needed": ["young-people", "buurt"],
        "place": "https://identifier.overheid.nl/tooi/id/gemeente/gm0855",
    }  # fmt: skip
    assert (await change(pages, FORM, **same)).status == 303
    async with pages.database.reading() as session:
        stored = await session.get_one(Issue, issue.id)
        assert (stored.edited_at, stored.phase) == (None, Phase.AGENDA)
        assert await queued(session, "Update") == []


async def test_a_form_costs_as_many_queries_however_much_was_said(pages: Pages, issue: Actor) -> None:
    karin = await sign_in_as(pages, Role.EDITOR)
    counts: list[int] = []
    await pages.get(FORM)
    for _ in range(3):
        with counted(pages.database) as statements:
            assert (await pages.get(FORM)).status == 200
        counts.append(len(statements))
        async with pages.database.writing() as session:
            await said(session, karin, space_id=issue.id)
    assert counts[0] == counts[1] == counts[2] <= 20
