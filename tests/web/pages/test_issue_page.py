"""The page of an issue: what it asks, what is promised, what people say, and what was done with it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import Database, now
from actors.issues.store import enter_phase, set_themes
from actors.issues.tables import Issue
from actors.kinds import ActorKind, Phase, PostKind, Verdict
from actors.knowledge.tables import Answer
from actors.posts.store import bury_posts
from actors.posts.tables import Meeting, PollOption, Post
from federation.audience import Visibility
from tests.actors.cast import belongs, elsewhere, follows, here, issue_here, runs, said
from tests.support.queries import counted
from tests.web.pages.browser import Pages

PAGE = "/vraagstukken/jeugd"


async def outcome_of(
    session: AsyncSession, author: Actor, issue: Actor, answers: dict[str, Verdict], **more: Any
) -> Post:
    """Add an outcome of an issue that answers posts, each for the same reason."""
    post = await said(
        session, author, kind=PostKind.OUTCOME, type="Article", name="Dit doen we", space_id=issue.id,
        content="<p>Dank je wel.</p><table><tr><td>Cel</td></tr></table>", **more,
    )  # fmt: skip
    session.add_all(
        Answer(outcome_id=post.id, contribution_uri=uri, verdict=verdict, reason="Omdat het kan.")
        for uri, verdict in answers.items()
    )
    await session.flush()
    return post


async def test_it_tells_the_question_and_what_is_promised(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        issue = await issue_here(
            session, tilburg, question="Wat heb je nodig?", why="Het speelt nu.\n\nOveral.", phase=Phase.CONVERSATION,
            feedback_by=now() + timedelta(days=9), place="https://identifier.overheid.nl/tooi/id/gemeente/gm0855",
            perspectives_needed=["young-people", "buren"],
        )  # fmt: skip
        await set_themes(session, issue.id, ["young-people"])
        row = await session.get_one(Issue, issue.id)
        await enter_phase(session, row, Phase.CONVERSATION, by=None, at=now())
    page = await pages.get(PAGE)
    assert page.status == 200
    for told in ("Wat heb je nodig?", "Het speelt nu.", "in gesprek", "Beloofd voor", "Tilburg", "jongeren", "buren",
                 "jeugd", "Kijk jij er zo naar? Dan hebben we je nodig.", "Log in om mee te praten",
                 "@jeugd@tilburg.example"):  # fmt: skip
        assert told in page.text, told
    assert 'aria-current="step"' in page.markup
    assert "over tijd" not in page.text
    assert f'type="application/activity+json" href="{issue.uri}"' in page.markup


async def test_feedback_that_is_owed_shows(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        await issue_here(session, tilburg, feedback_by=now() - timedelta(days=3))
    assert "De terugkoppeling is over tijd. Gemeente Tilburg beloofde die voor" in (await pages.get(PAGE)).main
    for path in ("/vraagstukken", "/"):
        assert "Terugkoppeling is over tijd: beloofd voor" in (await pages.get(path)).main


async def test_a_contribution_shows_what_was_done_with_it(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg, phase=Phase.FEEDBACK, perspectives_needed=["parents"])
        bram = await elsewhere(session, "bram")
        post = await said(session, bram, space_id=issue.id)
        outcome = await outcome_of(session, tilburg, issue, {post.uri: Verdict.PARTLY})
    page = await pages.get(PAGE)
    assert "deels overgenomen Omdat het kan." in page.main
    assert f'href="/terugkoppelingen/{outcome.id}"' in page.markup
    assert "1 deels overgenomen" in page.main
    assert "Dank je wel." in page.main
    assert "Cel" not in page.main
    assert "Dan hebben we je nodig" not in page.main


async def test_only_who_answers_for_the_issue_gives_feedback(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        bram = await elsewhere(session, "bram")
        post = await said(session, bram, space_id=issue.id)
        await outcome_of(session, bram, issue, {post.uri: Verdict.NOT})
    page = await pages.get(PAGE)
    assert "Dit doen we" not in page.text
    assert "niet overgenomen" not in page.text
    assert "Dit doen we" not in (await pages.get("/")).text


async def test_feedback_among_members_does_not_leak(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        post = await said(session, tilburg, space_id=issue.id)
        await outcome_of(session, tilburg, issue, {post.uri: Verdict.NOT}, visibility=Visibility.MEMBERS)
    page = await pages.get(PAGE)
    assert "Omdat het kan" not in page.text
    assert "Dit doen we" not in page.text


async def test_who_speaks_from_another_server_is_named_in_full(
    pages: Pages, database: Database, tilburg: Actor
) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        utrecht = await elsewhere(session, "utrecht", kind=ActorKind.ORGANISATION, name="Gemeente Utrecht")
        await runs(session, "utrecht.example", "samenspraak", actor_id=utrecht.id, linked_at=now())
        bram = await elsewhere(session, "bram")
        await said(session, bram, space_id=issue.id, language="en", content="<p>Hello</p>")
        karin = await here(session, "karin")
        await said(session, karin, space_id=issue.id, language="nl", content="<p>Hallo daar</p>")
    page = await pages.get(PAGE)
    assert "Bram @bram@utrecht.example Gemeente Utrecht" in page.main
    assert '<div class="prose" lang="en"><p>Hello</p>' in page.markup
    assert '<div class="prose"><p>Hallo daar</p>' in page.markup
    assert "@karin@tilburg.example" not in page.main


async def test_answers_stand_below_what_they_answer(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        karin, bram = await here(session, "karin"), await elsewhere(session, "bram")
        where = {"space_id": issue.id}
        first = await said(session, karin, content="<p>een</p>", **where)
        second = await said(session, karin, content="<p>vier</p>", **where)
        in_first = where | {"thread_id": first.id}
        answer = await said(session, bram, content="<p>twee</p>", reply_to_id=first.id, **in_first)
        await said(session, karin, content="<p>zes</p>", reply_to_id=first.id, **in_first)
        await said(session, karin, content="<p>drie</p>", reply_to_id=answer.id, **in_first)
    page = await pages.get(PAGE)
    order = [page.markup.index(f"<p>{word}</p>") for word in ("vier", "een", "twee", "drie", "zes")]
    assert order == sorted(order)
    assert f'id="inbreng-{second.id}"' in page.markup
    assert 'class="depth-2"' in page.markup
    assert "in reactie op Karin" in page.main


async def test_what_is_withdrawn_shows_only_where_an_answer_stands(
    pages: Pages, database: Database, tilburg: Actor
) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        karin, bram = await here(session, "karin"), await elsewhere(session, "bram")
        gone = await said(session, bram, space_id=issue.id, content="<p>weg</p>")
        await said(session, karin, space_id=issue.id, thread_id=gone.id, reply_to_id=gone.id, content="<p>blijft</p>")
        bare = await said(session, bram, space_id=issue.id)
        await bury_posts(session, [gone.id, bare.id], now=now())
    page = await pages.get(PAGE)
    assert page.main.count("ingetrokken") == 1
    assert "blijft" in page.main
    assert "Bram" not in page.main
    assert f"inbreng-{bare.id}" not in page.markup


async def test_the_hosts_opening_is_not_said_twice(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg, question="Wat is er nodig?")
        await said(session, tilburg, space_id=issue.id, content="<p>Wat is er nodig? Kom op.</p>")
    page = await pages.get(PAGE)
    assert "De opening van dit gesprek." in page.main
    assert "Kom op" not in page.main


async def test_polls_meetings_and_warnings_in_a_conversation(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        bram = await elsewhere(session, "bram")
        poll = await said(session, bram, space_id=issue.id, kind=PostKind.POLL, type="Question")
        session.add_all(PollOption(post_id=poll.id, position=n, name=f"keuze {n}", votes=n) for n in (1, 2))
        meeting = await said(session, bram, space_id=issue.id, kind=PostKind.MEETING, type="Event")
        session.add(Meeting(post_id=meeting.id, starts_at=now(), location="Wijkhuis"))
        await said(session, bram, space_id=issue.id, summary="over geweld", content="<p>heftig</p>")
    page = await pages.get(PAGE)
    assert '<meter min="0" max="3" value="2">' in page.markup
    assert "3 stemmen tot nu toe" in page.main
    assert "<dt>Waar</dt><dd>Wijkhuis</dd>" in page.markup
    assert '<details class="warned"><summary>over geweld</summary>' in page.markup


async def test_a_link_shows_where_it_leads(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        bram = await elsewhere(session, "bram")
        await said(session, bram, space_id=issue.id, content='<p><a href="https://evil.example/x">tilburg.nl</a></p>')
    assert "tilburg.nl (evil.example)" in (await pages.get(PAGE)).main


async def test_a_long_conversation_comes_in_pages(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        for number in range(13):
            await said(session, tilburg, space_id=issue.id, content=f"<p>nummer {number}.</p>", language="nl",
                       published_at=now())  # fmt: skip
    page = await pages.get(PAGE)
    assert "nummer 12." in page.main
    assert "nummer 2." not in page.main
    older = page.markup.partition('rel="next"')[0].rpartition('href="')[2].partition("#")[0]
    second = await pages.get(older.replace("&amp;", "&"))
    assert [f"nummer {number}." in second.main for number in (3, 2, 0)] == [False, True, True]
    assert "Terug naar de nieuwste" in second.main
    assert "Toon oudere" not in second.main


async def test_a_very_long_thread_is_cut(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        root = await said(session, tilburg, space_id=issue.id, published_at=now())
        for number in range(55):
            await said(session, tilburg, space_id=issue.id, thread_id=root.id, reply_to_id=root.id,
                       content=f"<p>antwoord {number}.</p>")  # fmt: skip
    page = await pages.get(PAGE)
    assert "antwoord 49." in page.main
    assert "antwoord 50." not in page.main
    assert "Lees het hele gesprek hierover" in page.main
    assert "antwoord 54." in (await pages.get(f"/inbreng/{root.id}")).main


@pytest.mark.parametrize("signed_in", [False, True])
async def test_the_number_of_questions_to_the_database_stays_the_same(
    pages: Pages, database: Database, tilburg: Actor, signed_in: bool
) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        bram = await elsewhere(session, "bram")
    if signed_in:
        await pages.sign_in()
    asked = {}
    for total in (1, 10, 40):
        async with database.writing() as session:
            threads = total // 2 if asked else 1
            for number in range(threads):
                root = await said(session, tilburg, space_id=issue.id, published_at=now())
                answer = await said(session, bram, space_id=issue.id, thread_id=root.id, reply_to_id=root.id)
                if number == threads - 1:  # which stands on the first page, however many there are
                    await outcome_of(session, tilburg, issue, {answer.uri: Verdict.ADOPTED})
        await pages.get("/over")
        await pages.get("/over")  # so that what all pages share is known
        with counted(database) as statements:
            # The address is new each time, so that no kept answer is given.
            assert (await pages.get(f"{PAGE}?n={total}")).status == 200
        asked[total] = len(statements)
    assert len(set(asked.values())) == 1, asked
    assert asked[40] <= 24, statements


async def test_another_instances_issue_as_we_know_it(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        utrecht = await elsewhere(session, "utrecht", kind=ActorKind.ORGANISATION)
        issue = await elsewhere(session, "wonen", kind=ActorKind.ISSUE, name="Wonen")
        session.add(Issue(actor_id=issue.id, host_id=utrecht.id, question="Waar?", phase=Phase.AGENDA,
                          published_at=now()))  # fmt: skip
    page = await pages.get(f"/vraagstukken/elders/{issue.id}")
    assert "Dit vraagstuk staat op utrecht.example." in page.main
    assert 'href="https://utrecht.example/@wonen"' in page.markup
    await pages.sign_in()
    page = await pages.get(f"/vraagstukken/elders/{issue.id}")
    assert "Een kopie gaat naar 1 andere server. De server utrecht.example geeft het door" in page.main


async def test_the_form_says_who_reads_it_and_who_gets_a_copy(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        utrecht = await elsewhere(session, "utrecht", kind=ActorKind.ORGANISATION, name="Gemeente Utrecht")
        await runs(session, "utrecht.example", "samenspraak", actor_id=utrecht.id, linked_at=now())
        await follows(session, await elsewhere(session, "a"), issue)
        await follows(session, await elsewhere(session, "b", "ergens.example"), issue)
        await follows(session, await elsewhere(session, "c", "thuis.example"), issue)
    await pages.sign_in()
    page = await pages.get(PAGE)
    assert "Iedereen kan dit lezen, ook zonder account." in page.main
    assert "Een kopie gaat naar Gemeente Utrecht en 2 andere servers." in page.main
    # That one person's own server follows is not for others to know.
    assert "thuis.example" not in page.text


@pytest.mark.parametrize("path", ["/vraagstukken/geen", "/vraagstukken/elders/1", "/vraagstukken/elders/" + "9" * 30])
async def test_what_is_not_there_is_not_found(pages: Pages, path: str) -> None:
    assert (await pages.get(path)).status == 404


async def test_an_issue_that_was_withdrawn_says_so(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        issue.deleted_at = now()
    assert (await pages.get(PAGE)).status == 410


async def test_members_read_what_is_said_among_them_and_nobody_else_does(
    pages: Pages, database: Database, tilburg: Actor
) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        bram = await elsewhere(session, "bram")
        await said(session, bram, Visibility.MEMBERS, space_id=issue.id, content="<p>kanarie</p>")
    karin = await pages.sign_in()
    assert "kanarie" not in (await pages.get(PAGE)).text
    async with database.writing() as session:
        await belongs(session, karin, issue)
    assert "kanarie" in (await pages.get(PAGE)).text
    await pages.be(None)
    assert "kanarie" not in (await pages.get(PAGE)).text
