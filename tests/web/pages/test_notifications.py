"""The list of notifications: by day, all or unread; read when followed or when told so."""

from datetime import datetime, timedelta

from actors.actor import Actor
from actors.database import Database, now
from actors.ids import IdSource
from actors.notifications import Notification
from actors.posts.tables import Post
from tests.actors.cast import elsewhere, said
from tests.web.pages.browser import Pages

PAGE = "/meldingen"
UNREAD = "/meldingen?toon=ongelezen"


async def notify(
    database: Database, recipient: Actor, by: Actor, kind: str, post: Post | None = None, at: datetime | None = None
) -> int:
    moment = at or now()
    async with database.writing() as session:
        row = Notification(
            id=IdSource(moment.timestamp)(), recipient_id=recipient.id, kind=kind, from_id=by.id, created_at=moment,
            post_id=post.id if post is not None else None,
        )  # fmt: skip
        session.add(row)
    return row.id


async def test_notifications_stand_under_their_day(pages: Pages, database: Database) -> None:
    karin = await pages.sign_in()
    async with database.writing() as session:
        bram = await elsewhere(session, "bram")
    moment = now()
    await notify(database, karin, bram, "follow", at=moment - timedelta(days=40))
    await notify(database, karin, bram, "follow_request", at=moment - timedelta(days=1))
    await notify(database, karin, bram, "mention", at=moment)
    page = await pages.get(PAGE)
    order = [page.main.index(words) for words in ("Vandaag", "noemt jou", "Gisteren", "wil jou volgen", "volgt jou")]
    assert order == sorted(order)
    assert "Je hebt 3 meldingen nog niet gelezen." in page.main


async def test_following_a_notification_reads_it_and_looking_does_not(pages: Pages, database: Database) -> None:
    karin = await pages.sign_in()
    async with database.writing() as session:
        bram = await elsewhere(session, "bram")
        post = await said(session, bram)
    first = await notify(database, karin, bram, "mention", post)
    await notify(database, karin, bram, "follow", at=now() + timedelta(seconds=1))
    assert (await pages.get(PAGE)).markup.count("is-new") == 2
    assert (await pages.get(PAGE)).markup.count("is-new") == 2
    answer = await pages.get(f"{PAGE}/{first}")
    assert (answer.status, answer.location) == (303, f"/inbreng/{post.id}")
    page = await pages.get(PAGE)
    assert page.markup.count("is-new") == 1
    assert "Je hebt 1 melding nog niet gelezen." in page.main
    assert "noemt jou" not in (await pages.get(UNREAD)).main


async def test_the_button_reads_what_was_shown_and_not_what_came_meanwhile(pages: Pages, database: Database) -> None:
    karin = await pages.sign_in()
    async with database.writing() as session:
        bram = await elsewhere(session, "bram")
    shown = await notify(database, karin, bram, "follow")
    await notify(database, karin, bram, "mention", at=now() + timedelta(seconds=5))
    answer = await pages.submit(PAGE, "/meldingen/gelezen", newest=shown)
    assert answer.location == "/meldingen?bericht=gelezen"
    page = await pages.get(UNREAD)
    assert "noemt jou" in page.main
    assert "volgt jou" not in page.main
    assert (await pages.submit(PAGE, "/meldingen/gelezen", newest="alles")).status == 400


async def test_empty_lists_say_what_to_do(pages: Pages, database: Database) -> None:
    karin = await pages.sign_in()
    assert "Praat mee over een vraagstuk" in (await pages.get(PAGE)).main
    async with database.writing() as session:
        bram = await elsewhere(session, "bram")
    notification = await notify(database, karin, bram, "follow")
    await pages.get(f"{PAGE}/{notification}")
    page = await pages.get(UNREAD)
    assert "Je hebt alles gelezen." in page.main
    assert 'href="/meldingen"' in page.markup


async def test_a_notification_is_its_readers_alone(pages: Pages, database: Database) -> None:
    await pages.sign_in()
    other = await pages.person("ander")
    async with database.writing() as session:
        bram = await elsewhere(session, "bram")
    theirs = await notify(database, other, bram, "follow")
    assert (await pages.get(f"{PAGE}/{theirs}")).status == 404
    assert (await pages.get(f"{PAGE}/zomaar")).status == 404
    await pages.submit(PAGE, "/meldingen/gelezen", newest=theirs)
    async with database.reading() as session:
        assert (await session.get_one(Notification, theirs)).read_at is None
    await pages.be(None)
    assert (await pages.get(f"{PAGE}/{theirs}")).location == f"/inloggen?terug=/meldingen/{theirs}"
