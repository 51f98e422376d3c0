"""Making people, and the yes or no to those who wait."""

import pytest
from sqlalchemy import func, select

from actors.actor import Actor, ActorKey
from actors.database import Database
from actors.kinds import Role
from actors.local import HandleError
from actors.people.accounts import EmailError, find_account, hash_password, matches
from actors.people.kinds import AccountState
from actors.people.passwords import password_fault
from actors.people.register import approve_account, create_person, decline_account
from actors.people.tables import Account
from tests.actors.cast import MOMENT, SITE
from tests.support.keys import key_pair, key_ring


async def made(session, handle: str = "fatima", **more) -> tuple[Account, Actor]:
    values = {"name": "Fatima", "email": f"{handle}@example.org", "now": MOMENT} | more
    return await create_person(session, SITE, key_ring(), key_pair(), handle=handle, **values)


async def test_a_person_is_made_with_an_account(database: Database) -> None:
    async with database.writing() as session:
        account, actor = await made(
            session, bio="Ik **werk** in de wijk.", roles=frozenset({Role.EDITOR}), confirmed=True,
            password_hash=hash_password("een lang wachtwoord"),
        )  # fmt: skip
        assert (actor.handle, actor.summary) == ("fatima", "<p>Ik <strong>werk</strong> in de wijk.</p>")
        assert account.bio == "Ik **werk** in de wijk."
        assert account.email_confirmed_at == MOMENT
        assert actor.suspended_at is None


async def test_an_account_without_a_password_matches_none(database: Database) -> None:
    async with database.writing() as session:
        account, _ = await made(session)
        assert account.password_hash is None
        assert not matches("", account.password_hash)


async def test_a_name_or_address_of_somebody_else_is_refused(database: Database) -> None:
    async with database.writing() as session:
        await made(session)
    for handle, email, error in (
        ("FATIMA", "bram@example.org", HandleError), ("bram", "Fatima@EXAMPLE.org", EmailError),
        ("admin", "bram@example.org", HandleError), ("../x", "bram@example.org", HandleError),
    ):  # fmt: skip
        with pytest.raises(error):
            async with database.writing() as session:
                await made(session, handle, email=email)
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Actor)) == 1


async def test_who_waits_is_seen_by_nobody_until_let_in(database: Database) -> None:
    async with database.writing() as session:
        account, actor = await made(session, state=AccountState.WAITING, reason="Ik wil helpen.")
        assert actor.suspended_at is not None
        assert await find_account(session, "fatima") is not None
        approve_account(session, account, actor, by=None, now=MOMENT)
        assert (account.state, actor.suspended_at) == (AccountState.ACTIVE, None)
        with pytest.raises(ValueError, match="wait"):
            approve_account(session, account, actor, by=None, now=MOMENT)
        with pytest.raises(ValueError, match="wait"):
            await decline_account(session, account, actor, by=None, reason="", now=MOMENT)


async def test_of_who_is_turned_down_nothing_is_kept(database: Database) -> None:
    async with database.writing() as session:
        account, actor = await made(session, state=AccountState.WAITING)
        await decline_account(session, account, actor, by=None, reason="onbekend", now=MOMENT)
    async with database.writing() as session:
        for table in (Account, Actor, ActorKey):
            assert await session.scalar(select(func.count()).select_from(table)) == 0
        await made(session)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("", "short"), ("negen 123", "short"), ("x" * 1_001, "long"), ("x" * 1_000, "common"), ("1234567890", "common"),
        ("Wachtwoord1!", "common"), ("WachtwoordWachtwoord", "common"), ("qwertyuiop", "common"),
        ("welkom2026!", "common"), ("9876543210", "common"), ("fatima@example.org", "own"), ("Fatima-1990", "own"),
        ("fatima el-amrani", "own"), ("vier losse woorden", None), ("een-lang-wachtwoord", None),
        ("\ud800 en nog wat meer", None), ("a\0b en nog wat meer", None),
    ],
)  # fmt: skip
def test_what_is_easily_guessed_is_no_password(password: str, fault: str | None) -> None:
    assert password_fault(password, ["Fatima El-Amrani", "fatima", "fatima@example.org"]) == fault
