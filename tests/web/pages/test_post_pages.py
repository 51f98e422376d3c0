"""The page of a post: its thread, what an outcome answers, and who may not see it."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import Database, now
from actors.kinds import ActorKind, KnowledgeKind, PostKind, Verdict
from actors.knowledge.tables import Answer, KnowledgeProduct
from actors.media.tables import Attachment
from actors.posts.store import bury_posts
from federation.audience import Visibility
from tests.actors.cast import belongs, elsewhere, here, issue_here, said
from tests.support.queries import counted
from tests.web.pages.browser import Pages


async def test_a_post_stands_in_its_thread(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        bram = await elsewhere(session, "bram")
        first = await said(session, bram, space_id=issue.id, content="<p>eerst</p>")
        answer = await said(session, tilburg, space_id=issue.id, thread_id=first.id, reply_to_id=first.id,
                            content="<p>daarna</p>")  # fmt: skip
    page = await pages.get(f"/inbreng/{answer.id}")
    assert page.status == 200
    assert "inbreng van Gemeente Tilburg" in page.main
    assert page.main.index("eerst") < page.main.index("daarna")
    assert f'class="voice is-here" id="inbreng-{answer.id}"' in page.markup
    assert 'href="/vraagstukken/jeugd"' in page.markup
    page = await pages.get(f"/inbreng/{first.id}")
    assert f'href="https://utrecht.example/notes/{first.id}"' in page.markup


async def test_a_post_asked_for_under_another_kind_leads_on(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        post = await said(session, tilburg)
    answer = await pages.get(f"/kennis/{post.id}")
    assert (answer.status, answer.location) == (303, f"/inbreng/{post.id}")


@pytest.mark.parametrize("visibility", [Visibility.MEMBERS, Visibility.DIRECT, Visibility.FOLLOWERS])
async def test_who_may_not_see_a_post_finds_nothing(
    pages: Pages, database: Database, tilburg: Actor, visibility: Visibility
) -> None:
    async with database.writing() as session:
        space = await here(session, "kring", ActorKind.NETWORK)
        post = await said(session, tilburg, visibility, space_id=space.id)
        gone = await said(session, tilburg, visibility, space_id=space.id)
        await bury_posts(session, [gone.id], now=now())
    for _ in range(2):
        hidden, missing = await pages.get(f"/inbreng/{post.id}"), await pages.get("/inbreng/12")
        assert hidden.status == missing.status == 404
        assert hidden.main == missing.main
        # That something was withdrawn among members is theirs to know.
        assert (await pages.get(f"/inbreng/{gone.id}")).status == 404
        await pages.sign_in("vreemde") if not pages.cookies else None
    member = await pages.person("lid")
    async with database.writing() as session:
        await belongs(session, member, space)
    await pages.be(member)
    assert (await pages.get(f"/inbreng/{post.id}")).status == (200 if visibility is Visibility.MEMBERS else 404)


async def test_what_was_withdrawn_in_the_open_says_so(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        post = await said(session, tilburg)
        await bury_posts(session, [post.id], now=now())
    page = await pages.get(f"/inbreng/{post.id}")
    assert page.status == 410
    assert "Dit is ingetrokken" in page.main


async def outcome(session: AsyncSession, tilburg: Actor, issue: Actor, uris: list[str]) -> int:
    post = await said(session, tilburg, kind=PostKind.OUTCOME, type="Article", name="Dit doen we", space_id=issue.id)
    session.add_all(
        Answer(outcome_id=post.id, contribution_uri=uri, verdict=verdict, reason=f"Reden {verdict}.")
        for uri, verdict in zip(uris, [Verdict.NOT, Verdict.ADOPTED, Verdict.PARTLY], strict=True)
    )
    return post.id


async def test_an_outcome_answers_each_contribution(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        bram = await elsewhere(session, "bram")
        open_one = await said(session, bram, space_id=issue.id, content="<p>mijn idee</p>")
        closed = await said(session, bram, Visibility.MEMBERS, space_id=issue.id, content="<p>kanarie</p>")
        other = await said(session, bram, content="<p>ergens anders gezegd</p>")
        found = await outcome(session, tilburg, issue, [open_one.uri, closed.uri, other.uri])
    page = await pages.get(f"/terugkoppelingen/{found}")
    assert "niet overgenomen Reden not. Bram: mijn idee" in page.main
    assert page.main.count("Deze inbreng kun je hier niet lezen.") == 2
    assert "kanarie" not in page.text
    assert "ergens anders gezegd" not in page.text
    # What was adopted stands first.
    assert page.main.index("Reden adopted.") < page.main.index("Reden partly.") < page.main.index("Reden not.")
    assert "1 overgenomen" in page.main


async def test_a_product_of_another_server_with_its_documents(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        bram = await elsewhere(session, "bram")
        post = await said(session, bram, kind=PostKind.KNOWLEDGE, type="Article", name="Gids", language="en",
                          summary="Short.")  # fmt: skip
        session.add(KnowledgeProduct(post_id=post.id, kind=KnowledgeKind.TOOL, licence="javascript:alert(1)"))
        for number, url in enumerate(["https://files.example/gids.pdf", "javascript:alert(1)"]):
            session.add(
                Attachment(id=post.id + number, post_id=post.id, position=number, url=url, name=f"Deel {number}",
                           media_type="application/pdf", size=1_234_567)
            )  # fmt: skip
    page = await pages.get(f"/kennis/{post.id}")
    assert "Deel 0 (PDF, 1,2 MB, files.example)" in page.main
    assert "javascript:" not in page.markup
    assert 'lang="en">Gids</h1>' in page.markup
    assert "Bekijk het origineel" in page.main


async def test_a_long_thread_comes_in_pages(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        first = await said(session, tilburg, content="<p>begin.</p>")
        answers = [
            await said(session, tilburg, thread_id=first.id, reply_to_id=first.id, content=f"<p>nr {number}.</p>")
            for number in range(104)
        ]
    page = await pages.get(f"/inbreng/{first.id}")
    assert "nr 99." in page.main
    assert "nr 100." not in page.main
    older = page.markup.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    second = await pages.get(older)
    assert [word in second.main for word in ("begin.", "nr 99.", "nr 100.", "nr 103.")] == [True, False, True, True]
    assert "Toon meer reacties" not in second.main
    # Whatever its place, the post that was asked for stands on its page.
    assert "nr 103." in (await pages.get(f"/inbreng/{answers[-1].id}")).main


async def test_posts_that_claim_to_answer_each_other_are_all_shown(
    pages: Pages, database: Database, tilburg: Actor
) -> None:
    async with database.writing() as session:
        first = await said(session, tilburg, content="<p>begin.</p>")
        one = await said(session, tilburg, thread_id=first.id, content="<p>kip.</p>")
        two = await said(session, tilburg, thread_id=first.id, content="<p>ei.</p>", reply_to_id=one.id)
        one.reply_to_id = two.id
    page = await pages.get(f"/inbreng/{first.id}")
    assert "kip." in page.main
    assert "ei." in page.main


async def test_the_number_of_questions_does_not_grow_with_the_thread(
    pages: Pages, database: Database, tilburg: Actor
) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        first = await said(session, tilburg, space_id=issue.id)
    asked = {}
    for total in (1, 10, 40):
        async with database.writing() as session:
            for _ in range(total):
                await said(session, tilburg, space_id=issue.id, thread_id=first.id, reply_to_id=first.id)
        await pages.get("/over")  # so that what all pages share is known
        with counted(database) as statements:
            await pages.get(f"/inbreng/{first.id}?n={total}")
        asked[total] = len(statements)
    assert len(set(asked.values())) == 1, asked
