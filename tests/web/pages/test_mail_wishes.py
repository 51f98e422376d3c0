"""Choosing which mail one gets, and ending it with one click, signed in or not."""

import pytest
from aiohttp import FormData

from actors.actor import Actor
from actors.database import Database
from actors.kinds import Role
from actors.moderation.reports import REPORTED
from actors.people.tables import Account
from actors.vault import Vault
from outbox.mail.wishes import DEFAULTS, Rhythm, Wishes, wishes_of
from tests.support.keys import SECRET
from tests.web.pages.browser import Pages
from web.keys import CAN_MAIL
from web.mail.unsubscribe import unsubscribe_path

PAGE = "/mijn/meldingen"
VAULT = Vault(SECRET)
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


async def wishes(database: Database, actor: Actor) -> Wishes:
    async with database.reading() as session:
        return (await wishes_of(session, [actor.id]))[actor.id]


async def test_the_page_shows_the_defaults_and_keeps_what_is_chosen(pages: Pages, database: Database) -> None:
    karin = await pages.sign_in()
    page = await pages.get(PAGE)
    assert "Mail gaat naar karin@example.org." in page.main
    assert "om 7.00 uur" in page.main
    assert page.markup.count("<select") == len(DEFAULTS) - 1
    answer = await pages.submit(PAGE, PAGE, **{"rhythm-mention": "weekly", "rhythm-like": "daily", "rhythm-x": "never"})
    assert (answer.status, answer.location) == (303, f"{PAGE}?bericht=bewaard")
    kept = await wishes(database, karin)
    assert [kept.rhythm(kind) for kind in ("mention", "like", "outcome")] == [
        Rhythm.WEEKLY, Rhythm.DAILY, Rhythm.AT_ONCE,
    ]  # fmt: skip
    page = await pages.get(answer.location)
    assert "Je keuze is bewaard." in page.text
    assert page.markup.count('value="weekly" selected') == 3


async def test_who_moderates_chooses_about_reports_as_well(pages: Pages, database: Database) -> None:
    told = "Er ligt een melding of een bezwaar bij de moderatoren"
    await pages.sign_in()
    assert told not in (await pages.get(PAGE)).main
    mo = await pages.sign_in("mo")
    async with database.writing() as session:
        (await session.get_one(Account, mo.id)).roles = frozenset({Role.MODERATOR})
    assert told in (await pages.get(PAGE)).main
    await pages.submit(PAGE, PAGE, **{"rhythm-moderation": "daily"})
    assert (await wishes(database, mo)).rhythm(REPORTED) is Rhythm.DAILY


async def test_all_mail_is_stopped_and_wanted_again(pages: Pages, database: Database) -> None:
    karin = await pages.sign_in()
    await pages.submit(PAGE, PAGE, none="1")
    assert (await wishes(database, karin)).wants_none
    assert "checked" in (await pages.get(PAGE)).markup
    await pages.submit(PAGE, PAGE)
    assert (await wishes(database, karin)).rhythm("mention") is Rhythm.AT_ONCE


@pytest.mark.parametrize("given", ["<script>", "AT_ONCE", "", "hourly", "\ud800", "a" * 10_000])
async def test_a_rhythm_that_is_none_changes_nothing(pages: Pages, database: Database, given: str) -> None:
    karin = await pages.sign_in()
    answer = await pages.submit(PAGE, PAGE, **{"rhythm-mention": given.encode("utf-8", "replace").decode()})
    assert answer.status == 303
    assert (await wishes(database, karin)).rhythm("mention") is Rhythm.AT_ONCE


async def test_a_site_without_mail_says_so(pages: Pages) -> None:
    await pages.sign_in()
    assert not pages.app[CAN_MAIL]
    assert "Deze site verstuurt nog geen mail." in (await pages.get(PAGE)).main


async def test_one_click_of_a_mail_program_ends_mail_of_that_kind(pages: Pages, database: Database) -> None:
    karin = await pages.person("karin")
    path = unsubscribe_path(VAULT, karin.id, "mention")
    answer = await pages.post(path, ONE_CLICK)
    assert answer.status == 200
    assert "Deze mail is gestopt" in answer.main
    kept = await wishes(database, karin)
    assert (kept.rhythm("mention"), kept.rhythm("reply")) == (Rhythm.NEVER, Rhythm.AT_ONCE)
    assert (await pages.post(path, ONE_CLICK)).status == 200, "a second click does no harm"


async def test_a_mail_program_may_send_the_form_in_parts(pages: Pages, database: Database) -> None:
    karin = await pages.person("karin")
    answer = await pages.post(
        unsubscribe_path(VAULT, karin.id, "mention"), FormData(ONE_CLICK, default_to_multipart=True)
    )
    assert answer.status == 200
    assert (await wishes(database, karin)).rhythm("mention") is Rhythm.NEVER


async def test_looking_at_the_page_ends_nothing_and_its_buttons_do(pages: Pages, database: Database) -> None:
    karin = await pages.person("karin")
    path = unsubscribe_path(VAULT, karin.id, "weekly")
    page = await pages.get(path)
    assert "Wil je deze mail stoppen?" in page.main
    assert "de mail van elke maandag" in page.main
    assert page.headers["Cache-Control"] == "no-store"
    assert (await wishes(database, karin)).rhythm("follow") is Rhythm.WEEKLY
    await pages.submit(path, path)
    kept = await wishes(database, karin)
    assert (kept.rhythm("follow"), kept.rhythm("mention")) == (Rhythm.NEVER, Rhythm.AT_ONCE)
    await pages.submit(path, path, all="1")
    assert (await wishes(database, karin)).wants_none


async def test_who_is_signed_in_ends_mail_from_the_page(pages: Pages, database: Database) -> None:
    karin = await pages.sign_in()
    path = unsubscribe_path(VAULT, karin.id, "mention")
    assert (await pages.submit(path, path)).status == 200
    assert (await wishes(database, karin)).rhythm("mention") is Rhythm.NEVER


async def test_a_token_that_is_not_ours_ends_nothing(pages: Pages, database: Database) -> None:
    karin = await pages.person("karin")
    other = await pages.person("ander")
    path = unsubscribe_path(VAULT, karin.id, "mention")
    forged = [
        path[:-1],
        path.replace(str(karin.id), str(other.id)),
        path.replace("mention", "reply"),
        "/uitschrijven/x",
    ]
    for wrong in forged:
        assert (await pages.get(wrong)).status == 404
        assert (await pages.post(wrong, ONE_CLICK)).status == 404
    assert (await wishes(database, other)).rhythm("mention") is Rhythm.AT_ONCE


async def test_an_account_that_is_gone_is_answered_alike(pages: Pages) -> None:
    assert (await pages.post(unsubscribe_path(VAULT, 42, "mention"), ONE_CLICK)).status == 200


async def test_another_site_cannot_have_a_signed_in_browser_change_mail(pages: Pages, database: Database) -> None:
    karin = await pages.sign_in()
    answer = await pages.post(PAGE, {"none": "1"}, Origin="https://evil.example")
    assert answer.status == 403
    assert not (await wishes(database, karin)).wants_none
