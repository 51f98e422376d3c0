"""Writing an outcome on its pages: drafts that colleagues share, picking, who hears, publishing, correcting, steps."""

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.kinds import PostKind, Role, Verdict
from actors.knowledge.drafts import draft_answers
from actors.knowledge.outcome_tables import OutcomeRecord, OutcomeStep, OutcomeVersion
from actors.knowledge.tables import Answer
from actors.notifications import Notification
from actors.posts.tables import Post
from tests.actors.cast import follows, issue_here, said
from tests.outbox.publish.stage import queued
from tests.support.queries import counted
from tests.web.pages.admin.cast import MEMBER, sign_in_as
from tests.web.pages.browser import Pages
from tests.web.pages.outcomes.desk import drafts, new_draft, pick, publish, set_up, write

STEP = {"step_number": "", "step_what": "Lampen ophangen", "step_who": "Beheer", "step_day": "2099-01-31"}


async def test_an_outcome_from_the_first_word_until_everyone_hears(pages: Pages, tilburg: Actor) -> None:
    desk = await set_up(pages, tilburg)
    assert desk.path in (await pages.get(f"/vraagstukken/{desk.issue.handle}")).markup
    assert "3 keer inbreng zonder antwoord" in (await pages.get(desk.path)).main
    path = await new_draft(pages, desk)
    answer = await write(pages, path, verder="kiezen", **STEP)
    assert answer.location.startswith(f"{path}/inbreng"), answer.main
    assert (await pick(pages, path, [desk.posts["hier"], desk.posts["mo"]], "adopted", "Dat doen we.")).status == 303
    assert (await pick(pages, path, [desk.posts["bram"]], "not", "Te duur.")).status == 303
    page = await pages.get(f"{path}/plaatsen")
    for words in (
        "3 mensen horen wat er met hun inbreng is gedaan", "op 2 andere servers", "@mo@mastodon.example",
        "@bram@utrecht.example", "Hier", "Alle inbreng heeft een antwoord.", "Lampen ophangen",
    ):  # fmt: skip
        assert words in page.main
    answer = await publish(pages, path)
    assert answer.status == 303
    assert await drafts(pages) == []
    page = await pages.get(answer.location)
    assert "zonder antwoord" not in page.main
    for words in ("De terugkoppeling staat erop.", "2 overgenomen", "Te duur.", "Lampen ophangen", "31 januari 2099"):
        assert words in page.main
    page = await pages.get(f"/vraagstukken/{desk.issue.handle}")
    for words in ("Dat doen we.", "Te duur.", "Wat gebeurt er nu?", "Lampen ophangen"):
        assert words in page.main
    assert "Dat doen we." in (await pages.get(f"/inbreng/{desk.posts['hier'].id}")).main
    async with pages.database.reading() as session:
        creates = await queued(session, "Create")
        told = list(await session.scalars(select(Notification.kind)))
        acts = list(await session.scalars(select(AuditEntry.act)))
    note = next(one for one in creates if one.object["type"] == "Note")
    assert note.object["to"] == [desk.posts["mo"].uri.replace(f"/notes/{desk.posts['mo'].id}", "/users/mo")]
    assert note.object["inReplyTo"] == desk.posts["mo"].uri
    assert told == ["outcome"]
    assert acts == ["outcome-published"]


@pytest.mark.parametrize("role", [None, MEMBER, Role.MODERATOR])
async def test_only_who_speaks_for_the_host_comes_here(pages: Pages, tilburg: Actor, role: str | None) -> None:
    desk = await set_up(pages, tilburg)
    path = await new_draft(pages, desk)
    if role is None:
        await pages.be(None)
    else:
        await sign_in_as(pages, role)
    for page in (desk.path, path, f"{path}/inbreng", f"{path}/plaatsen"):
        assert (await pages.get(page)).status == (303 if role is None else 403)
    assert "terugkoppelen" not in (await pages.get(f"/vraagstukken/{desk.issue.handle}")).markup


async def test_of_an_issue_that_another_hosts_there_is_nothing_to_write(pages: Pages, tilburg: Actor) -> None:
    await set_up(pages, tilburg)
    other = await pages.person("ander")
    async with pages.database.writing() as session:
        issue = await issue_here(session, other, "andermans")
    assert (await pages.get(f"/vraagstukken/{issue.handle}/terugkoppelen")).status == 404


async def test_colleagues_see_who_changed_a_draft_and_throw_it_away(pages: Pages, tilburg: Actor) -> None:
    desk = await set_up(pages, tilburg)
    path = await new_draft(pages, desk)
    await write(pages, path)
    await sign_in_as(pages, Role.EDITOR)
    page = await pages.get(desk.path)
    assert "Wat we deden" in page.main
    assert f"gewijzigd door {desk.editor.name}" in page.main
    assert (await pages.submit(path, f"{path}/weg")).status == 303
    assert await drafts(pages) == []
    assert (await pages.get(path)).status == 404


async def test_of_two_who_change_a_text_at_once_the_second_sees_both(pages: Pages, tilburg: Actor) -> None:
    desk = await set_up(pages, tilburg)
    path = await new_draft(pages, desk)
    await write(pages, path, source="Van een collega.")
    page = await write(pages, path, source="Van mij.", based_on="0" * 16)
    assert page.status == 422
    assert "Van een collega." in page.main
    assert "Van mij." in page.main
    assert (await drafts(pages))[0].source == "Van een collega."


async def test_of_two_who_answer_the_same_at_once_the_second_sees_it(pages: Pages, tilburg: Actor) -> None:
    desk = await set_up(pages, tilburg)
    path = await new_draft(pages, desk)
    post = desk.posts["hier"]
    assert (await pick(pages, path, [post], "adopted", "Ja.")).status == 303
    page = await pick(pages, path, [post], "not", "Nee.", seen=[f"- {post.uri}"])
    assert page.status == 422
    assert "Een collega koos intussen iets anders" in page.main
    assert "Ja." in page.main
    async with pages.database.reading() as session:
        (given,) = (await draft_answers(session, (await drafts(pages))[0].id)).values()
    assert given.verdict is Verdict.ADOPTED


async def test_a_reason_can_be_used_again_and_an_answer_taken_back(pages: Pages, tilburg: Actor) -> None:
    desk = await set_up(pages, tilburg)
    path = await new_draft(pages, desk)
    await pick(pages, path, [desk.posts["hier"]], "partly", "Volgend jaar meer.")
    await pick(pages, path, [desk.posts["mo"]], "partly", "", same_as="0")
    async with pages.database.reading() as session:
        answers = await draft_answers(session, (await drafts(pages))[0].id)
    assert {given.reason for given in answers.values()} == {"Volgend jaar meer."}
    assert len(answers) == 2
    await pick(pages, path, [desk.posts["mo"]], "geen", "")
    page = await pages.get(f"{path}/inbreng?toon=gekozen")
    assert "zegt hier" in page.main
    assert "zegt mo" not in page.main
    assert "Nog 2 zonder antwoord" in page.main


async def test_contributions_are_found_by_words_and_by_name(pages: Pages, tilburg: Actor) -> None:
    desk = await set_up(pages, tilburg)
    path = await new_draft(pages, desk)
    assert "zegt mo" in (await pages.get(f"{path}/inbreng?zoek=zegt+MO")).main
    page = await pages.get(f"{path}/inbreng?zoek=Bram")
    assert "zegt bram" in page.main
    assert "zegt mo" not in page.main
    assert "Geen inbreng past bij wat je koos." in (await pages.get(f"{path}/inbreng?zoek=%25")).main


async def test_with_nothing_chosen_it_says_what_is_wrong_and_keeps_what_was_typed(pages: Pages, tilburg: Actor) -> None:
    desk = await set_up(pages, tilburg)
    path = await new_draft(pages, desk)
    page = await pick(pages, path, [], "", "Zomaar.")
    assert page.status == 422
    for words in ("Vink minstens één inbreng aan.", "Kies wat ermee gedaan wordt."):
        assert words in page.main
    assert "Zomaar." in page.markup
    assert (await pick(pages, path, [desk.posts["hier"]], "adopted", "nul\0teken")).status in {400, 422}


async def test_what_is_not_of_this_issue_cannot_be_picked(pages: Pages, tilburg: Actor) -> None:
    desk = await set_up(pages, tilburg)
    path = await new_draft(pages, desk)
    async with pages.database.writing() as session:
        other = await issue_here(session, tilburg, "wonen")
        strange = await said(session, await session.get_one(Actor, desk.editor.id), space_id=other.id)
    assert (await pick(pages, path, [strange], "adopted", "Ja.")).status == 422


async def test_without_a_title_or_text_it_cannot_be_published(pages: Pages, tilburg: Actor) -> None:
    desk = await set_up(pages, tilburg)
    path = await new_draft(pages, desk)
    page = await publish(pages, path)
    assert page.status == 422
    assert "De titel ontbreekt nog." in page.main
    assert len(await drafts(pages)) == 1


async def test_what_a_colleague_changed_after_the_last_look_is_not_published_unseen(
    pages: Pages, tilburg: Actor
) -> None:
    desk = await set_up(pages, tilburg)
    path = await new_draft(pages, desk)
    await write(pages, path)
    page = await publish(pages, path, based_on="0" * 16)
    assert page.status == 422
    assert "intussen gewijzigd" in page.main
    assert len(await drafts(pages)) == 1


async def test_a_correction_keeps_what_was_said_and_tells_why(pages: Pages, tilburg: Actor) -> None:
    desk = await set_up(pages, tilburg)
    path = await new_draft(pages, desk)
    await write(pages, path, **STEP)
    await pick(pages, path, [desk.posts["hier"]], "not", "Te duur.")
    outcome = (await publish(pages, path)).location.partition("?")[0]
    assert f"{outcome}/wijzigen" in (await pages.get(outcome)).markup
    draft = (await pages.submit(f"{outcome}/wijzigen", f"{outcome}/wijzigen")).location
    assert (await pages.submit(f"{outcome}/wijzigen", f"{outcome}/wijzigen")).location == draft
    await pick(pages, draft, [desk.posts["hier"]], "partly", "Toch iets.")
    assert (await publish(pages, draft)).status == 422
    await write(pages, draft, source="Anders.", reason="We vergisten ons.", **{**STEP, "step_number": "1"})
    answer = await publish(pages, draft)
    assert answer.status == 303, answer.main
    page = await pages.get(answer.location)
    for words in ("Gecorrigeerd op", "omdat: We vergisten ons.", "Toch iets.", "Anders.", "Lampen ophangen"):
        assert words in page.main
    assert "Te duur." not in page.main
    page = await pages.get(f"{outcome}/versies")
    for words in ("Versie 1", "Dank jullie.", "1 niet overgenomen", "Versie 2 geldt nu"):
        assert words in page.main
    async with pages.database.reading() as session:
        assert await session.scalar(select(OutcomeRecord.version)) == 2
        assert len(list(await session.scalars(select(OutcomeVersion)))) == 1
        assert len(list(await session.scalars(select(OutcomeStep)))) == 1
        kinds = list(await session.scalars(select(Notification.kind).order_by(Notification.id)))
        update = next(one for one in await queued(session, "Update") if one.object["type"] == "Article")
    assert kinds == ["outcome", "outcome-changed"]
    assert update.object["version"] == 2
    assert update.object["corrections"][0]["reason"] == "We vergisten ons."


async def test_a_step_is_ticked_off_with_a_note_and_followers_hear(pages: Pages, tilburg: Actor) -> None:
    desk = await set_up(pages, tilburg)
    volger = await pages.person("volger")
    async with pages.database.writing() as session:
        await follows(session, volger, await session.get_one(Actor, desk.issue.id))
    path = await new_draft(pages, desk)
    await write(pages, path, **STEP)
    outcome = (await publish(pages, path)).location.partition("?")[0]
    async with pages.database.reading() as session:
        step = (await session.scalars(select(OutcomeStep))).one()
    for _ in range(2):
        answer = await pages.submit(outcome, f"/terugkoppelingen/stappen/{step.id}", done="1", note="Ze hangen er.")
        assert answer.location == f"{outcome}?bericht=stap#stap-1"
    page = await pages.get(outcome)
    assert "Ze hangen er." in page.main
    assert "klaar op" in page.main
    async with pages.database.reading() as session:
        rows = select(Notification.recipient_id, Notification.thing_id).where(Notification.kind == "outcome-step")
        told = (await session.execute(rows)).all()
        updates = [one for one in await queued(session, "Update") if one.object["type"] == "Article"]
    assert [tuple(row) for row in told] == [(volger.id, step.id)]
    assert [one.object["followUp"][0]["status"] for one in updates] == ["done"]
    await pages.be(volger)
    assert "is klaar met een stap na Jeugd in de wijk" in (await pages.get("/meldingen")).main
    assert (await pages.get(f"/terugkoppelingen/stappen/{step.id}")).location == f"{outcome}#stap-1"
    assert (await pages.post(f"/terugkoppelingen/stappen/{step.id}", await pages.hidden(outcome))).status == 403


async def test_what_one_contributor_was_told_is_read_where_the_outcome_is(pages: Pages, tilburg: Actor) -> None:
    desk = await set_up(pages, tilburg)
    path = await new_draft(pages, desk)
    await write(pages, path)
    await pick(pages, path, [desk.posts["mo"]], "adopted", "Ja.")
    outcome = (await publish(pages, path)).location.partition("?")[0]
    async with pages.database.reading() as session:
        note = (await session.scalars(select(Post).where(Post.kind == PostKind.ANSWER))).one()
    assert (await pages.get(f"/antwoorden/{note.id}")).location == outcome
    assert "2 keer inbreng zonder antwoord" in (await pages.get(outcome)).main
    for page in (outcome, f"/vraagstukken/{desk.issue.handle}", f"/organisaties/{tilburg.handle}"):
        assert f"/antwoorden/{note.id}" not in (await pages.get(page)).markup


async def test_many_contributions_take_no_more_questions_than_few(pages: Pages, tilburg: Actor) -> None:
    desk = await set_up(pages, tilburg)
    path = await new_draft(pages, desk)
    asked = []
    for _ in range(2):
        for page in (desk.path, path, f"{path}/inbreng", f"{path}/plaatsen", f"/vraagstukken/{desk.issue.handle}"):
            with counted(pages.database) as statements:
                assert (await pages.get(page)).status == 200
            asked.append(len(statements))
        async with pages.database.writing() as session:
            hier = await session.get_one(Actor, desk.posts["hier"].author_id)
            for _ in range(30):
                await said(session, hier, space_id=desk.issue.id)
    assert asked[:5] == asked[5:]
    page = await pages.get(f"{path}/inbreng")
    assert "Toon de volgende" in page.main
    async with pages.database.reading() as session:
        assert list(await session.scalars(select(Answer))) == []
