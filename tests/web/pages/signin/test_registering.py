"""Registering: open, by approval, closed; what is asked, and what nobody gets to know."""

from typing import Any

import pytest
from sqlalchemy import func, select

from actors.actor import Actor
from actors.database import now
from actors.instances.choices import write_choice
from actors.local import local_actor
from actors.people.accounts import account_with_email
from actors.people.kinds import AccountState
from actors.people.tables import Account
from tests.web.pages.browser import PASSWORD, Page, Pages
from tests.web.pages.signin.acting import STRANGE, acts, by_password, is_signed_in, letters
from web.pages.signin.same_browser import REGISTERED_COOKIE

FORM = "/registreren"
FATIMA = {"name": "Fatima", "handle": "fatima", "email": "fatima@example.org", "password": PASSWORD}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One make of database: what is stored is tested on each with the domain."""
    return sqlite_url


async def choose(pages: Pages, mode: str, **more: Any) -> None:
    async with pages.database.writing() as session:
        await write_choice(session, "registration", {"mode": mode, **more}, by=None, now=now())


async def registered(pages: Pages, **changed: str) -> Page:
    return await pages.submit(FORM, FORM, **(FATIMA | changed))


async def account(pages: Pages, email: str = "fatima@example.org") -> Account | None:
    async with pages.database.reading() as session:
        return await account_with_email(session, email)


async def people(pages: Pages) -> int:
    async with pages.database.reading() as session:
        return await session.scalar(select(func.count()).select_from(Account)) or 0


async def test_registration_is_closed_until_somebody_opens_it(pages: Pages) -> None:
    assert "Je hebt een uitnodiging nodig" in (await pages.get(FORM)).main
    assert FORM not in (await pages.get("/inloggen")).markup
    assert (await pages.post(FORM, FATIMA)).status == 403
    for odd in ("OPEN", "x", ""):
        await choose(pages, odd)
        assert (await pages.post(FORM, FATIMA)).status == 403
    assert await people(pages) == 0


async def test_with_mail_an_account_is_made_once_the_address_is_confirmed(strict: Pages) -> None:
    await choose(strict, "open")
    page = await registered(strict)
    assert "Kijk in je e-mail" in page.main
    assert await people(strict) == 0
    (letter,) = await letters(strict)
    assert (letter.kind, letter.to) == ("confirm_address", "fatima@example.org")
    page = (await strict.get(letter.path)).main
    for told in ("Is fatima@example.org jouw adres?", "NaamFatima", "Korte naam@fatima"):
        assert told in page
    assert 'name="password"' not in (await strict.get(letter.path)).markup
    assert await people(strict) == 0
    answer = await strict.submit(letter.path, letter.path)
    assert answer.location == "/?bericht=welkom"
    assert is_signed_in(strict)
    made = await account(strict)
    assert made is not None
    assert made.email_confirmed_at is not None
    assert not made.roles
    assert "registered" in await acts(strict)
    await strict.be(None)
    assert (await strict.post(letter.path, {})).status == 404
    assert (await by_password(strict, "fatima")).status == 303


async def test_in_another_browser_the_password_is_chosen_anew(strict: Pages) -> None:
    await choose(strict, "open")
    await registered(strict, name="Niet Fatima", handle="van-mij", password="wat-een-ander-weet")
    (letter,) = await letters(strict)
    for cookies in ({}, {REGISTERED_COOKIE: "x"}, {REGISTERED_COOKIE: "é" * 40}, {REGISTERED_COOKIE: "a" * 3_000}):
        strict.cookies = dict(cookies)
        page = await strict.get(letter.path)
        assert "Kies hier je wachtwoord" in page.main
        assert "Niet Fatima" in page.main
        assert "@van-mij" in page.main
        for password in ("", "kort", "van-mij-2026", "fatima@example.org"):
            page = await strict.submit(letter.path, letter.path, password=password)
            assert page.status == 422
            assert 'id="error-password"' in page.markup
    assert await people(strict) == 0
    assert (await strict.submit(letter.path, letter.path, password=PASSWORD)).location == "/?bericht=welkom"
    await strict.be(None)
    assert (await by_password(strict, "van-mij", "wat-een-ander-weet")).status == 422
    assert (await by_password(strict, "van-mij")).status == 303


async def test_the_browser_of_one_registration_is_not_that_of_another(strict: Pages) -> None:
    await choose(strict, "open")
    await registered(strict)
    theirs = dict(strict.cookies)
    strict.cookies = {}
    await registered(strict, handle="fatima-2")
    first, second = await letters(strict)
    assert 'name="password"' in (await strict.get(first.path)).markup
    assert 'name="password"' not in (await strict.get(second.path)).markup
    strict.cookies = theirs
    assert 'name="password"' not in (await strict.get(first.path)).markup
    assert 'name="password"' in (await strict.get(second.path)).markup


async def test_who_chose_no_password_is_asked_for_none(strict: Pages) -> None:
    await choose(strict, "open")
    await registered(strict, password="")
    (letter,) = await letters(strict)
    strict.cookies = {}
    assert 'name="password"' not in (await strict.get(letter.path)).markup
    await strict.submit(letter.path, letter.path, password="iets-dat-niemand-vroeg")
    made = await account(strict)
    assert made is not None
    assert made.password_hash is None


async def test_every_registration_leaves_a_cookie_whether_or_not_a_link_was_sent(strict: Pages) -> None:
    await choose(strict, "open")
    await strict.person("karin")
    for number, email in enumerate(["karin@example.org", *["fatima@example.org"] * 5]):
        strict.cookies = {}
        await registered(strict, email=email, handle=f"p{number}")
        assert len(strict.cookies[REGISTERED_COOKIE]) == 40


async def test_an_address_that_is_in_use_gets_the_same_answer(strict: Pages) -> None:
    await choose(strict, "open")
    await strict.person("karin")
    known = await registered(strict, email="KARIN@example.org", handle="karin-2")
    unknown = await registered(strict)
    assert (known.status, known.main) == (unknown.status, unknown.main)
    assert [(one.kind, one.to) for one in await letters(strict)] == [
        ("address_known", "karin@example.org"), ("confirm_address", "fatima@example.org"),
    ]  # fmt: skip
    assert await people(strict) == 1


async def test_a_short_name_that_was_taken_meanwhile_can_be_changed(strict: Pages) -> None:
    await choose(strict, "open")
    await registered(strict)
    (letter,) = await letters(strict)
    await strict.person("fatima")
    async with strict.database.writing() as session:
        (await session.scalars(select(Account))).one().email = "other@example.org"
    page = await strict.get(letter.path)
    assert "Iemand anders heeft deze korte naam." in page.main
    assert (await strict.submit(letter.path, letter.path, handle="fatima")).status == 422
    assert (await strict.submit(letter.path, letter.path, handle="<script>")).status == 422
    assert (await strict.submit(letter.path, letter.path, handle="fatima-2")).status == 303
    assert is_signed_in(strict)


async def test_by_approval_somebody_waits_and_nobody_sees_them(strict: Pages) -> None:
    await strict.person("karin", admin=True)
    await choose(strict, "approval")
    assert (await registered(strict)).status == 422, "why somebody wants to take part is asked"
    await registered(strict, reason="Ik wil helpen.")
    (confirm,) = await letters(strict)
    page = await strict.submit(confirm.path, confirm.path)
    assert "Je aanmelding wacht op een antwoord" in page.main
    assert not is_signed_in(strict)
    made = await account(strict)
    assert made is not None
    assert (made.state, made.reason) == (AccountState.WAITING, "Ik wil helpen.")
    assert [(one.kind, one.to) for one in await letters(strict)][1:] == [("registration_waiting", "karin@example.org")]
    page = await by_password(strict, "fatima")
    assert page.status == 403
    assert "Je aanmelding wacht op een antwoord" in page.main
    assert (await by_password(strict, "fatima", "verkeerd-wachtwoord")).status == 422
    for path in ("/personen/fatima", "/@fatima"):
        assert (await strict.get(path)).status == 404
    activity = {"Accept": "application/activity+json"}
    assert (await strict.get("/personen/fatima", **activity)).status == 404
    assert (await strict.get("/.well-known/webfinger?resource=acct:fatima@tilburg.example")).status == 404
    assert "fatima" not in (await strict.get("/netwerk")).markup


async def test_without_mail_an_administrator_looks_at_each_unless_they_chose_otherwise(pages: Pages) -> None:
    await choose(pages, "open")
    page = await registered(pages, reason="Ik wil helpen.")
    assert "Je aanmelding wacht op een antwoord" in page.main
    assert not is_signed_in(pages)
    await choose(pages, "open", unconfirmed=True)
    assert (await registered(pages, handle="bram", email="bram@example.org")).location == "/?bericht=welkom"
    assert is_signed_in(pages)
    made = await account(pages, "bram@example.org")
    assert made is not None
    assert made.email_confirmed_at is None


async def test_nobody_gives_themselves_a_role(strict: Pages, pages: Pages) -> None:
    extra = {
        "roles": "administrator", "role": "administrator", "is_admin": "1", "state": "active", "confirmed": "1",
        "email_confirmed_at": "2026-01-01", "actor_id": "1",
    }  # fmt: skip
    await choose(strict, "approval")
    await registered(strict, reason="x", **extra)
    path = (await letters(strict))[0].path
    await strict.submit(path, path, **extra)
    made = await account(strict)
    assert made is not None
    assert (made.roles, made.state) == (frozenset(), AccountState.WAITING)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", ""), ("name", "x" * 101), ("name", "a\u202eb"), ("name", "a\0b"), ("name", "\x1b[31m"),
        ("handle", ""), ("handle", "a b"), ("handle", "x" * 61), ("handle", "admin"), ("handle", "karin"),
        ("handle", "../etc"), ("handle", "<script>"), ("handle", "é"), ("handle", "a\0"),
        ("email", ""), ("email", "fatima"), ("email", "a@b.nl\r\nBcc: x@y.nl"), ("email", "x" * 300 + "@b.nl"),
        ("password", "kort"), ("password", "wachtwoord123"), ("password", "fatima-1990"), ("password", "x" * 1_001),
        ("reason", ""), ("reason", "x" * 2_001), ("reason", "a\u202eb"), ("reason", "a\0b"),
    ],
)  # fmt: skip
async def test_a_fault_is_told_at_its_field_and_nothing_is_lost(strict: Pages, field: str, text: str) -> None:
    await strict.person("karin")
    await choose(strict, "approval")
    page = await registered(strict, **({"reason": "Ik wil helpen."} | {field: text}))
    assert page.status == 422
    assert f'id="error-{field}"' in page.markup
    for name in {"name", "handle", "email"} - {field}:
        assert f'value="{FATIMA[name]}"' in page.markup
    assert PASSWORD not in page.markup
    assert "<script>" not in page.main.partition("Korte naam")[2]
    assert await letters(strict) == []
    assert await people(strict) == 1


@pytest.mark.parametrize("text", [STRANGE[0], "Zoë 🌷", "محمد", "O'Brien & Co"])
async def test_an_unusual_name_is_a_name(strict: Pages, text: str) -> None:
    await choose(strict, "open")
    await registered(strict, name=text)
    path = (await letters(strict))[0].path
    await strict.submit(path, path)
    async with strict.database.reading() as session:
        actor = await local_actor(session, "fatima")
    assert isinstance(actor, Actor)
    assert actor.name == text
    assert "<script>alert" not in (await strict.get("/personen/fatima")).markup


async def test_what_was_typed_is_not_put_in_mail_to_others(strict: Pages) -> None:
    await choose(strict, "open")
    await registered(strict, name="Win een prijs op evil.example")
    (letter,) = await letters(strict)
    assert "evil.example" not in str(letter.facts)


async def test_one_address_makes_no_accounts_without_end(strict: Pages) -> None:
    await choose(strict, "open")
    answers = [await registered(strict, email=f"p{number}@example.org", handle=f"p{number}") for number in range(21)]
    assert [answer.status for answer in answers] == [200] * 20 + [422]
