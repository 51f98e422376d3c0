"""The mail of signing in: each says what it is for, and its link stands in both its forms."""

from pathlib import Path
from typing import Any

import pytest

from actors.database import Database
from actors.ids import new_id
from actors.media.store import DocumentStore
from actors.wakeups import Wakeups
from outbox.mail.letter import Addressed, Written
from tests.actors.cast import SITE, the_instance
from tests.outbox.mail.stage import VAULT
from web.mail.writer import MailWriter
from web.pages.signin.letters import CHANGES

URL = "https://tilburg.example/inloggen/link/geheim"
HOSTILE = "Bram\r\nBcc: ander@example.org <script>alert(1)</script>"
KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "sign_in_link": ({"minutes": 15}, "Je link om in te loggen"),
    "confirm_address": ({"is_new": True}, "Bevestig je e-mailadres"),
    "reset_password": ({}, "Nieuw wachtwoord kiezen"),
    "invitation": ({"inviter": "Karin", "message": HOSTILE, "days": 14}, "Karin nodigt je uit bij Gemeente Tilburg"),
    "new_device": (
        {"browser": "Firefox", "system": "Linux", "when": "14 april 2026, 14.00 uur"},
        "Een nieuw apparaat is ingelogd op je account",
    ),
    "account_changed": (
        {"what": "password", "told": CHANGES["password"], "when": "14 april 2026, 14.00 uur"},
        "Er is iets veranderd in je account",
    ),
    "address_known": ({}, "Je hebt al een account"),
    "registration_waiting": ({"name": "Fatima"}, "Fatima wil meedoen"),
    "registration_accepted": ({}, "Je kunt nu meedoen"),
    "registration_declined": ({"reason": HOSTILE}, "Je aanmelding is niet goedgekeurd"),
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One make of database: what is tested here is words."""
    return sqlite_url


@pytest.fixture
async def writer(database: Database, tmp_path: Path) -> MailWriter:
    """The writer of mail of the municipality of Tilburg."""
    async with database.writing() as session:
        await the_instance(session)
    return MailWriter(database, SITE, VAULT, DocumentStore(tmp_path), Wakeups(database))


async def written(writer: MailWriter, kind: str, language: str = "nl", **changed: Any) -> Written:
    facts = KINDS[kind][0] | {"url": URL} | changed
    letter = await writer.write(Addressed(new_id(), kind, "karin@example.org", language, None, facts))
    assert letter is not None
    return letter


@pytest.mark.parametrize("kind", KINDS)
async def test_a_letter_says_what_it_is_for_in_text_and_in_html(writer: MailWriter, kind: str) -> None:
    letter = await written(writer, kind)
    assert letter.subject == KINDS[kind][1]
    if kind != "registration_declined":
        assert URL in letter.text
        assert f'href="{URL}"' in letter.html
    assert "<script>" not in letter.html
    assert "&lt;" not in letter.text
    assert "\n\n\n\n" not in letter.text


@pytest.mark.parametrize("kind", KINDS)
async def test_a_letter_is_in_the_language_of_its_reader(writer: MailWriter, kind: str) -> None:
    dutch, english = await written(writer, kind), await written(writer, kind, "en")
    assert dutch.subject != english.subject
    assert 'lang="en"' in english.html


async def test_a_letter_says_for_whom_it_may_not_be(writer: MailWriter) -> None:
    for kind in ("sign_in_link", "reset_password", "confirm_address", "address_known", "new_device"):
        text = (await written(writer, kind)).text
        assert "niets te doen" in text, kind


async def test_an_unknown_browser_is_not_named(writer: MailWriter) -> None:
    assert "Het was op 14 april 2026" in (await written(writer, "new_device", browser="", system="")).text
