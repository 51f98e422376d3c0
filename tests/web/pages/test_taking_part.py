"""Taking part: contributing, answering, withdrawing, following; and what refuses."""

import pytest
from sqlalchemy import func, select

from actors.actor import Actor
from actors.database import Database, now
from actors.issues.tables import Issue
from actors.kinds import ActorKind, FollowState, Phase
from actors.posts.store import bury_posts
from actors.posts.tables import Post
from actors.relations import Follow
from federation.audience import Visibility
from outbox.tables import Activity, Delivery
from tests.actors.cast import belongs, blocks, elsewhere, follows, here, issue_here, said
from tests.web.pages.browser import Pages

PAGE = "/vraagstukken/jeugd"


async def posts(database: Database) -> list[Post]:
    async with database.reading() as session:
        return list(await session.scalars(select(Post).order_by(Post.id)))


async def count(database: Database, table: type[Activity | Delivery | Follow]) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_a_contribution_is_published(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        await follows(session, await elsewhere(session, "bram"), issue)
    karin = await pages.sign_in()
    answer = await pages.submit(PAGE, f"{PAGE}/inbreng", text="Ik **denk** mee.\r\n\r\nEcht.", language="nl")
    (post,) = await posts(database)
    assert (answer.status, answer.location) == (303, f"{PAGE}?bericht=geplaatst#inbreng-{post.id}")
    assert (post.author_id, post.space_id, post.visibility) == (karin.id, issue.id, Visibility.PUBLIC)
    assert post.source == "Ik **denk** mee.\n\nEcht."
    page = await pages.get(answer.location)
    assert "Je inbreng staat in het gesprek." in page.main
    assert "<strong>denk</strong>" in page.markup
    assert await count(database, Delivery) >= 1


async def test_an_answer_stands_in_the_thread(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        first = await said(session, await elsewhere(session, "bram"), space_id=issue.id)
    await pages.sign_in()
    page = await pages.get(f"/inbreng/{first.id}")
    assert "Je reageert op Bram:" in page.main
    answer = await pages.submit(
        f"/inbreng/{first.id}", f"{PAGE}/inbreng", text="Ja", language="nl", antwoord_op=first.id
    )
    assert answer.status == 303
    post = (await posts(database))[1]
    assert (post.reply_to_id, post.thread_id, post.space_id) == (first.id, first.id, issue.id)


async def test_a_contribution_to_another_instances_issue_goes_there(
    pages: Pages, database: Database, tilburg: Actor
) -> None:
    async with database.writing() as session:
        issue = await elsewhere(session, "wonen", kind=ActorKind.ISSUE)
        session.add(Issue(actor_id=issue.id, question="Waar?", phase=Phase.CONVERSATION, published_at=now()))
    await pages.sign_in()
    path = f"/vraagstukken/elders/{issue.id}"
    answer = await pages.submit(path, f"{path}/inbreng", text="Hallo", language="en")
    assert answer.location.startswith(f"{path}?bericht=geplaatst")
    (post,) = await posts(database)
    assert (post.space_id, post.language) == (issue.id, "en")
    async with database.reading() as session:
        assert list(await session.scalars(select(Delivery.inbox))) == ["https://utrecht.example/inbox"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Schrijf eerst iets."),
        ("   \n ", "Schrijf eerst iets."),
        ("woord " * 900, "Je tekst heeft 5.399 tekens. Er passen er 5.000 in."),
        ("nul\0teken", "We kunnen deze tekst niet bewaren."),
    ],
)
async def test_what_cannot_be_posted_is_kept_in_the_form(
    pages: Pages, database: Database, tilburg: Actor, text: str, told: str
) -> None:
    async with database.writing() as session:
        await issue_here(session, tilburg)
    await pages.sign_in()
    page = await pages.submit(PAGE, f"{PAGE}/inbreng", text=text, language="en")
    assert page.status == 422
    assert told in page.main
    assert 'aria-invalid="true"' in page.markup
    if text.startswith("woord"):
        assert text.strip() in page.markup
        assert '<option value="en" selected>' in page.markup
    assert not await posts(database)


async def test_what_was_answered_can_be_withdrawn_meanwhile(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        first = await said(session, tilburg, space_id=issue.id)
        await bury_posts(session, [first.id], now=now())
    await pages.sign_in()
    page = await pages.submit(PAGE, f"{PAGE}/inbreng", text="Ja", language="nl", antwoord_op=first.id)
    assert page.status == 422
    assert "Waar je op reageert, is ingetrokken." in page.main
    assert "Ja</textarea>" in page.markup


async def test_nobody_answers_what_they_cannot_read(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        closed = await said(session, tilburg, Visibility.MEMBERS, space_id=issue.id)
        other = await said(session, tilburg)
    await pages.sign_in()
    for wrong in (closed.id, other.id, "1", "x"):
        page = await pages.submit(PAGE, f"{PAGE}/inbreng", text="Ja", language="nl", antwoord_op=wrong)
        assert page.status == (303 if wrong == "x" else 422)
    assert (await pages.submit(PAGE, f"/inbreng/{closed.id}/antwoord", text="Ja")).status == 404


async def test_an_answer_among_members_stays_among_them(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        circle = await here(session, "kring", ActorKind.NETWORK)
        closed = await said(session, tilburg, Visibility.MEMBERS, space_id=circle.id)
    karin = await pages.sign_in()
    async with database.writing() as session:
        await belongs(session, karin, circle)
    page = await pages.get(f"/inbreng/{closed.id}")
    assert "Alleen leden kunnen dit lezen." in page.main
    assert "Er gaat geen kopie naar andere servers." in page.main
    answer = await pages.submit(f"/inbreng/{closed.id}", f"/inbreng/{closed.id}/antwoord", text="Ja", language="nl")
    assert answer.status == 303
    assert (await posts(database))[1].visibility is Visibility.MEMBERS


async def test_an_empty_answer_to_a_post_comes_back(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        post = await said(session, tilburg)
    await pages.sign_in()
    page = await pages.submit(f"/inbreng/{post.id}", f"/inbreng/{post.id}/antwoord", text=" ", language="nl")
    assert page.status == 422
    assert "Schrijf eerst iets." in page.main


async def test_accounts_that_a_text_names_are_looked_up_first(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        await issue_here(session, tilburg)
    await pages.sign_in()
    text = "Vraag @noor@elders.example of @karin@tilburg.example."
    assert (await pages.submit(PAGE, f"{PAGE}/inbreng", text=text, language="nl")).status == 303
    assert pages.resolver.asked == ["noor@elders.example"]


@pytest.mark.parametrize(
    ("path", "back"),
    [
        (f"{PAGE}/inbreng", PAGE),
        ("/inbreng/7/intrekken", "/inbreng/7"),
        ("/vraagstukken/nieuw", "/vraagstukken/nieuw"),
        ("/kennis/nieuw", "/kennis/nieuw"),
    ],
)
async def test_who_is_not_signed_in_is_sent_to_sign_in(
    pages: Pages, database: Database, tilburg: Actor, path: str, back: str
) -> None:
    async with database.writing() as session:
        await issue_here(session, tilburg)
    answer = await pages.post(path, {"text": "Hallo"})
    assert answer.status == 403
    assert "Je bent niet meer ingelogd" in answer.main
    assert f'href="/inloggen?terug={back}"' in answer.markup
    assert not await posts(database)


async def test_a_form_without_its_token_is_refused(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        await issue_here(session, tilburg)
    await pages.sign_in()
    page = await pages.post(f"{PAGE}/inbreng", {"text": "Hallo"})
    assert page.status == 403
    assert "Verstuur dit nog een keer" in page.main
    assert not await posts(database)


async def test_a_person_withdraws_what_they_said(pages: Pages, database: Database, tilburg: Actor) -> None:
    karin = await pages.sign_in()
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        mine = await said(session, karin, space_id=issue.id, content="<p>spijt</p>")
        other = await said(session, tilburg, space_id=issue.id, published_at=now())
    page = await pages.get(PAGE)
    assert f'action="/inbreng/{mine.id}/intrekken"' in page.markup
    assert f'action="/inbreng/{other.id}/intrekken"' not in page.markup
    answer = await pages.submit(PAGE, f"/inbreng/{mine.id}/intrekken")
    assert answer.location == f"{PAGE}?bericht=ingetrokken"
    page = await pages.get(answer.location)
    assert "We kunnen niet beloven dat ze dat allemaal doen." in page.main
    assert "spijt" not in page.text
    assert (await pages.get(f"/inbreng/{mine.id}")).status == 410
    for not_mine in (other.id, mine.id, 12):
        assert (await pages.submit(PAGE, f"/inbreng/{not_mine}/intrekken")).status == 404


async def test_following_and_no_longer(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
    await pages.sign_in()
    answer = await pages.submit(PAGE, "/volgen", actor=issue.id)
    assert answer.location == f"{PAGE}?bericht=gevolgd"
    page = await pages.get(answer.location)
    assert "Niet meer volgen" in page.main
    assert "1 volger" in page.main
    answer = await pages.submit(PAGE, "/volgen", actor=issue.id, stop="1")
    assert answer.location == f"{PAGE}?bericht=ontvolgd"
    assert await count(database, Follow) == 0


async def test_following_who_lives_elsewhere_waits_for_an_answer(
    pages: Pages, database: Database, tilburg: Actor
) -> None:
    async with database.writing() as session:
        bram = await elsewhere(session, "bram")
    await pages.sign_in()
    answer = await pages.submit(f"/actoren/{bram.id}", "/volgen", actor=bram.id)
    assert answer.location == f"/actoren/{bram.id}?bericht=gevraagd"
    page = await pages.get(answer.location)
    assert "We wachten op antwoord van de andere server." in page.main
    async with database.reading() as session:
        assert await session.scalar(select(Follow.state)) is FollowState.PENDING


async def test_following_that_cannot_be(pages: Pages, database: Database, tilburg: Actor) -> None:
    karin = await pages.sign_in()
    async with database.writing() as session:
        bram = await elsewhere(session, "bram")
        await blocks(session, bram, karin)
    for actor, status in ((karin.id, 403), (bram.id, 403), (12, 404), ("x", 404)):
        assert (await pages.submit("/over", "/volgen", actor=actor)).status == status
    await pages.be(None)
    answer = await pages.post("/volgen", {"actor": str(bram.id)})
    assert f'href="/inloggen?terug=/actoren/{bram.id}"' in answer.markup
