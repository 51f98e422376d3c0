"""Pages of people, organisations and networks; notifications; errors."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.database import Database, now
from actors.ids import new_id
from actors.issues.tables import Issue
from actors.kinds import ActorKind, Phase, PostKind
from actors.networks.tables import Network
from actors.notifications import Notification
from actors.posts.store import bury_posts
from actors.posts.tables import Post
from federation.audience import Visibility
from tests.actors.cast import belongs, elsewhere, follows, here, issue_here, said
from tests.support.queries import counted
from tests.web.pages.browser import Pages


async def test_a_persons_page(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        karin = await here(session, "karin", summary="Ik luister **graag**.")
        issue = await issue_here(session, tilburg)
        await said(session, karin, space_id=issue.id, content="<p>gezegd</p>")
        await said(session, karin, Visibility.FOLLOWERS, content="<p>kanarie</p>")
    page = await pages.get("/personen/karin")
    assert "Ik luister <strong>graag</strong>." in page.markup
    assert "in Jeugd in de wijk" in page.main
    assert "gezegd" in page.main
    assert "kanarie" not in page.text
    assert (await pages.get("/@karin")).location == "/personen/karin"
    assert (await pages.get("/organisaties/karin")).status == 404


async def test_an_organisations_page_shows_what_it_hosts(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        await issue_here(session, tilburg)
        await said(session, tilburg, kind=PostKind.OUTCOME, type="Article", name="Dit doen we", summary="Kort.",
                   content="<p>Heel lang verhaal.</p>")  # fmt: skip
    page = await pages.get("/organisaties/tilburg")
    assert "Jeugd in de wijk" in page.main
    assert "Dit doen we Kort." in page.main
    assert "Heel lang verhaal" not in page.main


async def test_a_closed_network_shows_members_what_is_said_and_others_nothing(
    pages: Pages, database: Database, tilburg: Actor
) -> None:
    async with database.writing() as session:
        circle = await here(session, "kring", ActorKind.NETWORK, summary="Wij praten hier.")
        session.add(Network(actor_id=circle.id, host_id=tilburg.id, is_closed=True))
        await said(session, circle, Visibility.MEMBERS, space_id=circle.id, content="<p>kanarie</p>")
    page = await pages.get("/netwerken/kring")
    assert "Dit is een besloten netwerk." in page.main
    assert "kanarie" not in page.text
    karin = await pages.sign_in()
    assert "kanarie" not in (await pages.get("/netwerken/kring")).text
    async with database.writing() as session:
        await belongs(session, karin, circle)
    assert "kanarie" in (await pages.get("/netwerken/kring")).main


async def test_someone_of_another_server_as_we_know_them(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        bram = await elsewhere(session, "bram", summary="<p>Hoi</p>")
        issue = await elsewhere(session, "wonen", kind=ActorKind.ISSUE)
        session.add(Issue(actor_id=issue.id, question="Waar?", phase=Phase.AGENDA, published_at=now()))
    page = await pages.get(f"/actoren/{bram.id}")
    assert "@bram@utrecht.example" in page.main
    assert "Bekijk de pagina op utrecht.example" in page.main
    assert "We kennen geen openbare inbreng van deze persoon." in page.main
    assert (await pages.get(f"/actoren/{issue.id}")).location == f"/vraagstukken/elders/{issue.id}"
    assert (await pages.get(f"/actoren/{tilburg.id}")).location == "/organisaties/tilburg"


async def test_an_address_that_is_no_page_is_not_linked(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        bram = await elsewhere(session, "bram", url="javascript:alert(1)")
    assert "javascript:" not in (await pages.get(f"/actoren/{bram.id}")).markup


async def test_who_is_gone_or_suspended_is_not_shown(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        gone, suspended = await elsewhere(session, "gone"), await here(session, "geschorst")
        gone.deleted_at = suspended.suspended_at = now()
    assert (await pages.get(f"/actoren/{gone.id}")).status == 410
    for path in ("/personen/geschorst", "/@geschorst", "/personen/niemand", "/@niemand", "/actoren/1"):
        assert (await pages.get(path)).status == 404


async def test_an_actors_posts_come_in_pages(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        karin = await here(session, "karin")
        for number in range(22):
            await said(session, karin, content=f"<p>nr {number}.</p>")
    page = await pages.get("/personen/karin")
    assert "nr 2." in page.main
    assert "nr 1." not in page.main
    older = page.markup.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    assert "nr 1." in (await pages.get(older)).main


async def notify(database: Database, recipient: Actor, by: Actor, kinds: Sequence[str], post: Post | None) -> None:
    async with database.writing() as session:
        session.add_all(
            Notification(
                id=new_id(), recipient_id=recipient.id, kind=kind, from_id=by.id, created_at=now(),
                post_id=post.id if post is not None and not kind.startswith("follow") else None,
            )
            for kind in kinds
        )  # fmt: skip


async def test_notifications_are_told_and_marked_read(pages: Pages, database: Database, tilburg: Actor) -> None:
    karin = await pages.sign_in()
    async with database.writing() as session:
        bram = await elsewhere(session, "bram")
        post = await said(session, bram, content="<p>Wat vind jij?</p>")
    kinds = ["mention", "reply", "follow", "follow_request", "like", "announce", "outcome"]
    await notify(database, karin, bram, kinds, post)
    page = await pages.get("/meldingen")
    for told in (
        "noemt jou", "reageert op jou", "volgt jou", "wil jou volgen", "waardeert je inbreng", "deelt je inbreng",
        "vertelt wat er met je inbreng is gedaan",
    ):  # fmt: skip
        assert f"Bram {told}" in page.main, told
    assert "Wat vind jij?" in page.main
    assert page.markup.count("is-new") == len(kinds)
    newest = page.markup.partition('name="newest" value="')[2].partition('"')[0]
    await pages.submit("/meldingen", "/meldingen/gelezen", newest=newest)
    assert "is-new" not in (await pages.get("/meldingen")).markup


async def test_notifications_of_others_and_of_what_is_gone_are_not_shown(
    pages: Pages, database: Database, tilburg: Actor
) -> None:
    karin = await pages.sign_in()
    other = await pages.person("ander")
    async with database.writing() as session:
        bram = await elsewhere(session, "bram")
        hidden = await said(session, bram, Visibility.DIRECT, content="<p>kanarie</p>")
        gone = await said(session, bram)
        seen = await said(session, bram, Visibility.DIRECT, names=[karin], content="<p>voor jou</p>")
        await bury_posts(session, [gone.id], now=now())
    for post in (hidden, gone):
        await notify(database, karin, bram, ["mention"], post)
    await notify(database, other, bram, ["mention"], hidden)
    assert "Er zijn nog geen meldingen." in (await pages.get("/meldingen")).main
    await notify(database, karin, bram, ["mention"], seen)
    assert "voor jou" in (await pages.get("/meldingen")).main
    async with database.reading() as session:
        unread = select(Notification.id).where(Notification.recipient_id == other.id, Notification.read_at.is_(None))
        assert len((await session.scalars(unread)).all()) == 1


async def test_notifications_ask_a_fixed_number_of_questions(pages: Pages, database: Database, tilburg: Actor) -> None:
    karin = await pages.sign_in()
    asked = {}
    for total in (1, 10, 40):
        for number in range(total):
            async with database.writing() as session:
                bram = await elsewhere(session, f"bram{total}-{number}")
            await notify(database, karin, bram, ["follow"], None)
        await pages.get("/meldingen")
        await pages.get("/over")  # so that what all pages share is known
        with counted(database) as statements:
            await pages.get("/meldingen")
        asked[total] = len(statements)
    assert len(set(asked.values())) == 1, asked


async def test_about_tells_who_runs_it(pages: Pages, database: Database, tilburg: Actor) -> None:
    page = await pages.get("/over")
    for told in ("Gemeente Tilburg", "@tilburg@tilburg.example", "EUPL-1.2", "Broncode"):
        assert told in page.main, told


@pytest.mark.parametrize("path", ["/bestaat-niet", "/inbreng/x", "/actoren/" + "9" * 30, "/static/x.css"])
async def test_what_is_not_there_has_a_page_that_helps(pages: Pages, path: str) -> None:
    page = await pages.get(path)
    assert page.status == 404
    assert "We vinden deze pagina niet" in page.main
    assert 'href="/inloggen?terug=' in page.markup


async def test_that_somebody_follows_is_shown_to_nobody_else(pages: Pages, database: Database, tilburg: Actor) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, tilburg)
        follower = await elsewhere(session, "stille_volger")
        await follows(session, follower, issue)
    await pages.sign_in()
    for path in ("/vraagstukken/jeugd", "/organisaties/tilburg", f"/actoren/{follower.id}"):
        page = await pages.get(path)
        assert "Stille_volger" not in page.text or path.startswith("/actoren"), path
        assert "Niet meer volgen" not in page.main
