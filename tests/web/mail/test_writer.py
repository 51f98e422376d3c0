"""The words of mail: in the reader's language, with the look of the organisation, and nothing that is not for all."""

import re
from collections.abc import Sequence
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from actors.actor import Actor
from actors.database import Database, now
from actors.ids import new_id
from actors.instances.choices import write_choice
from actors.instances.theme import STANDARD, Theme
from actors.kinds import Role
from actors.local import own_organisation
from actors.media.store import DocumentStore
from actors.media.tables import ActorPicture
from actors.moderation.kinds import Category
from actors.moderation.reports import file_report
from actors.notifications import Notification
from actors.people.tables import Account
from actors.posts.store import bury_posts
from actors.posts.tables import Post
from actors.wakeups import Wakeups
from federation.audience import Visibility
from outbox.mail.letter import Addressed, Written, compose
from outbox.mail.wishes import Rhythm, choose
from tests.actors.cast import MOMENT, SITE, belongs, elsewhere, here, said, the_instance
from tests.outbox.mail.stage import VAULT, person
from web.language import Languages
from web.mail.templates import MailTemplates
from web.mail.unsubscribe import read_token, unsubscribe_path
from web.mail.writer import MailWriter
from web.theme import SUBJECT

HOSTILE = "Bram\r\nBcc: ander@example.org\r\n<script>alert(1)</script>\u202e"


class Desk:
    """A reader with notifications, and the writer of their mail."""

    def __init__(self, database: Database, folder: Path, reader: Actor, bram: Actor) -> None:
        self.database = database
        self.reader = reader
        self.bram = bram
        self.writer = MailWriter(database, SITE, VAULT, DocumentStore(folder), Wakeups(database))

    async def notify(self, kind: str, post: Post | None = None, by: Actor | None = None) -> int:
        async with self.database.writing() as session:
            row = Notification(
                id=new_id(), recipient_id=self.reader.id, kind=kind, from_id=(by or self.bram).id, created_at=now(),
                post_id=post.id if post is not None else None,
            )  # fmt: skip
            session.add(row)
            return row.id

    async def said(self, visibility: Visibility = Visibility.PUBLIC, **more: Any) -> Post:
        async with self.database.writing() as session:
            return await said(session, self.bram, visibility, **more)

    async def write(self, ids: Sequence[int], language: str = "nl", subject: str = "mention") -> Written | None:
        facts = {"notifications": list(ids), "count": len(ids), "subject": subject}
        mail = Addressed(new_id(), "news", "karin@example.org", language, self.reader.id, facts)
        return await self.writer.write(mail)

    async def written(self, *ids: int, language: str = "nl", subject: str = "mention") -> Written:
        written = await self.write(ids, language, subject)
        assert written is not None
        return written


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> Desk:
    async with database.writing() as session:
        await the_instance(session)
        bram = await elsewhere(session, "bram")
    return Desk(database, tmp_path / "documents", await person(database, "karin"), bram)


async def test_one_notification_is_told_in_dutch_and_in_english(desk: Desk) -> None:
    post = await desk.said(content="<p>Wat vind jij?</p>")
    notification = await desk.notify("mention", post)
    dutch = await desk.written(notification)
    assert dutch.subject == "Bram noemt jou"
    for words in ("Bram noemt jou", "@bram@utrecht.example", "Wat vind jij?", "Lees het op de site", "Stop deze mail"):
        assert words in dutch.text, words
        assert words in dutch.html, words
    assert f"https://tilburg.example/inbreng/{post.id}" in dutch.text
    assert '<html lang="nl"' in dutch.html
    english = await desk.written(notification, language="en")
    assert (english.subject, "Read it on the site" in english.text) == ("Bram mentions you", True)


async def test_several_notifications_are_told_in_one_mail(desk: Desk) -> None:
    ids = [await desk.notify("follow"), await desk.notify("mention", await desk.said(content="<p>Kom je ook?</p>"))]
    digest = await desk.written(*ids, subject="daily")
    assert digest.subject == "Er zijn 2 nieuwe meldingen voor jou"
    assert "Bram volgt jou" in digest.text
    assert "Kom je ook?" in digest.text
    assert digest.unsubscribe == f"https://tilburg.example{unsubscribe_path(VAULT, desk.reader.id, 'daily')}"


@pytest.mark.parametrize("visibility", [Visibility.DIRECT, Visibility.MEMBERS, Visibility.FOLLOWERS])
async def test_of_what_is_not_for_everyone_mail_only_says_that_it_is_there(desk: Desk, visibility: Visibility) -> None:
    async with desk.database.writing() as session:
        network = await here(session, "netwerk")
        await belongs(session, desk.reader, network)
        await belongs(session, desk.bram, network)
        post = await said(
            session, desk.bram, visibility, names=[desk.reader], space_id=network.id, content="<p>kanarie</p>",
            name="kanarie",
        )  # fmt: skip
    mail = await desk.written(await desk.notify("mention", post))
    everything = mail.subject + mail.text + mail.html
    assert "Er is iets nieuws voor jou." in mail.text
    for closed in ("kanarie", "Bram", "bram", "netwerk", str(post.id)):
        assert closed not in everything, closed


async def test_nothing_is_told_of_what_one_may_not_see_or_has_read(desk: Desk) -> None:
    closed = await desk.notify("mention", await desk.said(Visibility.DIRECT))
    gone_post = await desk.said()
    gone = await desk.notify("mention", gone_post)
    read = await desk.notify("follow")
    async with desk.database.writing() as session:
        await bury_posts(session, [gone_post.id], now=now())
        await session.execute(update(Notification).where(Notification.id == read).values(read_at=now()))
    assert await desk.write([closed, gone, read]) is None
    seen = await desk.notify("reply", await desk.said())
    assert (await desk.written(closed, gone, read, seen)).subject == "Bram reageert op jou"


async def test_who_stopped_mail_meanwhile_or_has_another_address_gets_none(desk: Desk) -> None:
    notification = await desk.notify("mention", await desk.said())
    async with desk.database.writing() as session:
        await choose(session, desk.reader.id, {"mention": Rhythm.NEVER})
    assert await desk.write([notification]) is None
    async with desk.database.writing() as session:
        await choose(session, desk.reader.id, {"mention": Rhythm.AT_ONCE})
    assert await desk.write([notification]) is not None
    async with desk.database.writing() as session:
        moved = update(Account).where(Account.actor_id == desk.reader.id)
        await session.execute(moved.values(email="nieuw@example.org"))
    assert await desk.write([notification]) is None


async def test_of_a_report_mail_says_that_it_is_there_and_nothing_of_what_was_reported(desk: Desk) -> None:
    async with desk.database.writing() as session:
        (await session.get_one(Account, desk.reader.id)).roles = frozenset({Role.MODERATOR})
        bram = await session.get_one(Actor, desk.bram.id)
        about = await elsewhere(session, "troll", name="Troll")
        report = await file_report(
            session, bram, about, [], category=Category.HATE, comment="Zeer geheime woorden", now=MOMENT
        )
        (told,) = await session.scalars(select(Notification))
    mail = await desk.written(told.id, subject="moderation")
    assert mail.subject == "Er ligt een nieuwe melding bij de moderatoren van Gemeente Tilburg"
    for part in (mail.text, mail.html):
        assert f"/beheer/meldingen/{report.id}" in part
        assert not [word for word in ("geheime", "Troll", "Bram", "utrecht.example") if word in part]


async def test_nobody_elses_notification_is_told(desk: Desk) -> None:
    other = await person(desk.database, "ander")
    async with desk.database.writing() as session:
        row = Notification(id=new_id(), recipient_id=other.id, kind="follow", from_id=desk.bram.id, created_at=now())
        session.add(row)
    assert await desk.write([row.id]) is None


async def test_a_hostile_name_changes_neither_headers_nor_page(desk: Desk) -> None:
    async with desk.database.writing() as session:
        mallory = await elsewhere(session, "mallory", name=HOSTILE)
        post = await said(session, mallory, content="<p>&lt;img src=x onerror=alert(1)&gt;</p>")
    mail = await desk.written(await desk.notify("mention", post, by=mallory))
    assert mail.subject == "Bram Bcc: ander@example.org alert(1) noemt jou"
    assert "<script" not in mail.html
    assert "<img" not in mail.html
    assert "&lt;img src=x onerror=alert(1)&gt;" in mail.html
    assert "<img src=x onerror=alert(1)>" in mail.text
    letter = Addressed(1, "news", "karin@example.org", "nl", None, {})
    message = compose(letter, mail, sender="samenspraak@tilburg.example", domain=SITE.domain, now=now())
    head = message.partition(b"\r\n\r\n")[0]
    assert b"\r\nBcc:" not in head
    assert f"List-Unsubscribe: <{mail.unsubscribe}>".encode() in head.split(b"\r\n"), "on one line, as it is"
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in head


async def test_mail_wears_the_colours_of_the_organisation(desk: Desk) -> None:
    theme = Theme(STANDARD)
    chosen = theme.write() | {"primary": "#7a1030"}
    mail = await desk.written(await desk.notify("follow"))
    assert str(STANDARD.primary) in mail.html
    async with desk.database.writing() as session:
        await write_choice(session, SUBJECT, chosen, by=None, now=now())
    mail = await desk.written(await desk.notify("follow"))
    assert "background-color:#7a1030" in mail.html
    assert (mail.sender_name, mail.logo) == ("Gemeente Tilburg", None)


async def test_the_logo_stands_in_the_mail_itself(desk: Desk, tmp_path: Path) -> None:
    content = b"\x89PNG\r\n\x1a\n and so on"
    digest = await DocumentStore(tmp_path / "documents").put_made(content, {})
    async with desk.database.writing() as session:
        organisation = await own_organisation(session)
        organisation.icon_url = SITE.document_url(digest, "logo.png")
        session.add(
            ActorPicture(
                actor_id=organisation.id, digest=digest, file_name="logo.png", media_type="image/png", width=300,
                height=100,
            )
        )  # fmt: skip
    mail = await desk.written(await desk.notify("follow"))
    assert '<img src="cid:logo" alt="" width="120" height="40"' in mail.html
    letter = Addressed(1, "news", "karin@example.org", "nl", None, {})
    message = message_from_bytes(
        compose(letter, mail, sender="samenspraak@tilburg.example", domain=SITE.domain, now=now()), policy=default
    )
    (picture,) = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert (picture["Content-ID"], picture.get_content()) == ("<logo>", content)
    assert "https://" not in "".join(re.findall(r'src="([^"]*)"', mail.html)), "nothing is loaded from elsewhere"


def test_every_kind_of_mail_has_both_parts() -> None:
    assert {"notification", "digest", "test", "invitation"} <= MailTemplates().kinds


async def test_a_kind_without_templates_is_an_error(desk: Desk) -> None:
    with pytest.raises(LookupError):
        await desk.writer.write(Addressed(1, "nergens", "karin@example.org", "nl", None, {}))


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_the_test_mail_is_for_anyone(desk: Desk, language: str) -> None:
    mail = await desk.writer.write(Addressed(1, "test", "karin@example.org", language, None, {}))
    assert mail is not None
    assert "Gemeente Tilburg" in mail.subject
    assert mail.unsubscribe is None
    assert Languages.load()[language].gettext("Mail works") in mail.text


def test_a_token_to_unsubscribe_is_read_as_it_was_made_and_nothing_else() -> None:
    token = unsubscribe_path(VAULT, 42, "follow_request").rpartition("/")[2]
    assert read_token(VAULT, token) == (42, "follow_request")
    changed = [
        token.replace("42", "43", 1),
        token.replace("request", "", 1),
        token[:-1],
        f"{token}0",
        "",
        "42.all.",
        "é",
    ]
    assert [read_token(VAULT, wrong) for wrong in changed] == [None] * len(changed)
