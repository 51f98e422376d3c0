"""Accounts: who signs in how, and for how long."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from actors.actor import Actor
from actors.database import Database
from actors.kinds import Role
from actors.people.accounts import (
    EmailError,
    SignedIn,
    add_account,
    check_email,
    digest,
    find_account,
    hash_password,
    issue_token,
    matches,
    set_language,
    signed_in_by_token,
)
from actors.people.sessions import SESSION_IDLE, close_session, open_session, signed_in_by_session
from actors.people.tables import Account, Session, Token
from tests.actors.cast import MOMENT, here

HASH = hash_password("een lang wachtwoord")


async def person(session, handle: str = "fatima", email: str = "Fatima@Tilburg.example") -> tuple[Account, Actor]:
    actor = await here(session, handle)
    return await add_account(session, actor, email=email, password_hash=HASH, now=MOMENT), actor


def test_a_password_matches_itself_and_nothing_else() -> None:
    assert matches("een lang wachtwoord", HASH)
    assert not matches("een ander wachtwoord", HASH)
    assert not matches("", HASH)
    assert "wachtwoord" not in HASH
    assert HASH.startswith("$argon2id$")
    assert hash_password("een lang wachtwoord") != HASH


def test_nobody_matches_no_account() -> None:
    assert not matches("een lang wachtwoord", None)


def test_a_short_password_is_refused() -> None:
    with pytest.raises(ValueError, match="10"):
        hash_password("kort")


@pytest.mark.parametrize("password", ["\ud800" * 12, "a\0b" * 4, "x" * 100_000])
def test_an_odd_password_never_breaks_signing_in(password: str) -> None:
    assert not matches(password, HASH)
    assert not matches(password, None)


def test_a_broken_hash_matches_nothing() -> None:
    assert not matches("een lang wachtwoord", "geen hash")


@pytest.mark.parametrize("email", ["a@b.nl", "fatima.el-amrani+1@sub.tilburg.nl", "o'neill@x.example", "a@localhost"])
def test_an_ordinary_address_is_taken(email: str) -> None:
    assert check_email(email) == email


def test_the_domain_of_an_address_is_stored_in_lower_case() -> None:
    assert check_email("Fatima@TILBURG.example") == "Fatima@tilburg.example"


@pytest.mark.parametrize(
    "email",
    [
        "", "a", "@", "a@", "@b.nl", "a b@c.nl", "a@b c.nl", "a@b@c.nl", "a@-b.nl", "a@b.nl-", "a@.nl", "a@b.nl.",
        "a@b.nl\n", "a@b.nl\r\nBcc: x@y.nl", "\na@b.nl", "a\r@b.nl", "a@b.nl\0", '"a b"@c.nl', "a@[127.0.0.1]",
        "Naam <a@b.nl>", "a,b@c.nl", "a;b@c.nl", "a@b.nl,c@d.nl", "é@b.nl", "a@bé.nl", "a" * 65 + "@b.nl",
        "a@" + "b" * 260 + ".nl", " a@b.nl", "a@b.nl ", "a:b@c.nl", "a\\@b.nl", "a(x)@b.nl",
    ],
)  # fmt: skip
def test_what_is_outside_the_grammar_is_refused(email: str) -> None:
    with pytest.raises(EmailError):
        check_email(email)


@given(st.text(max_size=40).map(lambda text: f"a{text}@b.nl") | st.text(max_size=40))
def test_no_address_that_is_taken_can_end_a_line_or_begin_another(email: str) -> None:
    try:
        taken = check_email(email)
    except EmailError:
        return
    assert taken.isprintable()
    assert taken.isascii()
    assert not set(taken) & set(' ,;:<>()[]\\"')


@pytest.mark.parametrize(
    "name",
    ["fatima", "@fatima", " FATIMA ", "Fatima@Tilburg.example", "fatima@tilburg.EXAMPLE", " fatima@tilburg.example"],
)
async def test_a_person_signs_in_by_handle_or_address(database: Database, name: str) -> None:
    async with database.writing() as session:
        _, actor = await person(session)
        found = await find_account(session, name)
    assert found is not None
    assert found[1].id == actor.id


@pytest.mark.parametrize("name", ["", "@", "niemand", "bram@tilburg.example", "%", "a\0b", "\ud800", "x" * 100_000])
async def test_who_is_not_here_is_not_found(database: Database, name: str) -> None:
    async with database.writing() as session:
        await person(session)
        assert await find_account(session, name) is None


async def test_an_address_is_of_one_account_however_it_is_written(database: Database) -> None:
    async with database.writing() as session:
        await person(session)
        other = await here(session, "bram")
        for email in ("Fatima@tilburg.example", "FATIMA@tilburg.example", "fatima@TILBURG.example"):
            with pytest.raises(EmailError, match="in use"):
                await add_account(
                    session, other, email=email, password_hash=HASH, roles=frozenset({Role.ADMINISTRATOR}), now=MOMENT
                )


@pytest.mark.parametrize("column", ["suspended_at", "deleted_at"])
async def test_who_is_suspended_or_gone_is_not_signed_in_any_more(database: Database, column: str) -> None:
    async with database.writing() as session:
        account, actor = await person(session)
        secret = await open_session(session, account, now=MOMENT)
        token = await issue_token(session, account, frozenset({"read"}), now=MOMENT)
        setattr(actor, column, MOMENT)
        await session.flush()
        assert await find_account(session, "fatima") is None
        assert await signed_in_by_session(session, secret, now=MOMENT) is None
        assert await signed_in_by_token(session, token) is None


async def test_a_session_is_its_persons_until_it_ends(database: Database) -> None:
    async with database.writing() as session:
        account, actor = await person(session)
        secret = await open_session(session, account, now=MOMENT)
    async with database.writing() as session:
        signed_in = await signed_in_by_session(session, secret, now=MOMENT + timedelta(days=29))
        assert signed_in is not None
        assert signed_in.actor.id == actor.id
        assert signed_in.may("write")
        assert await signed_in_by_session(session, secret, now=MOMENT + SESSION_IDLE) is None
        await close_session(session, secret)
        assert await signed_in_by_session(session, secret, now=MOMENT) is None


async def test_signing_out_ends_one_session_and_no_other(database: Database) -> None:
    async with database.writing() as session:
        account, _ = await person(session)
        phone, laptop = [await open_session(session, account, now=MOMENT) for _ in range(2)]
        assert phone != laptop
        await close_session(session, phone)
        await close_session(session, "nobody's")
        assert await signed_in_by_session(session, phone, now=MOMENT) is None
        assert await signed_in_by_session(session, laptop, now=MOMENT) is not None


async def test_sessions_that_are_over_are_cleared_away(database: Database) -> None:
    async with database.writing() as session:
        account, _ = await person(session)
        for days in (0, 31, 62):
            await open_session(session, account, now=MOMENT + timedelta(days=days))
            await session.flush()
        assert await session.scalar(select(func.count()).select_from(Session)) == 1


@pytest.mark.parametrize("secret", ["", "x", "\0", "\udcff", "é", "x" * 10_000])
async def test_a_made_up_secret_opens_nothing(database: Database, secret: str) -> None:
    async with database.writing() as session:
        account, _ = await person(session)
        await open_session(session, account, now=MOMENT)
        assert await signed_in_by_session(session, secret, now=MOMENT) is None
        assert await signed_in_by_token(session, secret) is None
        await close_session(session, secret)


async def test_no_secret_stands_in_the_database(database: Database) -> None:
    async with database.writing() as session:
        account, _ = await person(session)
        secret = await open_session(session, account, now=MOMENT)
        token = await issue_token(session, account, frozenset({"read"}), now=MOMENT)
        assert (await session.scalars(select(Session.digest))).one() == digest(secret)
        assert (await session.scalars(select(Token.digest))).one() == digest(token)
        assert secret.encode() not in digest(secret)


async def test_a_token_is_its_persons_until_it_is_revoked(database: Database) -> None:
    async with database.writing() as session:
        account, actor = await person(session)
        token = await issue_token(session, account, frozenset({"read", "write:statuses"}), now=MOMENT)
        signed_in = await signed_in_by_token(session, token)
        assert signed_in is not None
        assert signed_in.actor.id == actor.id
        assert signed_in.scopes == {"read", "write:statuses"}
        (await session.scalars(select(Token))).one().revoked_at = MOMENT
        await session.flush()
        assert await signed_in_by_token(session, token) is None


async def test_a_token_is_no_session_and_a_session_no_token(database: Database) -> None:
    async with database.writing() as session:
        account, _ = await person(session)
        secret = await open_session(session, account, now=MOMENT)
        token = await issue_token(session, account, frozenset({"read"}), now=MOMENT)
        assert await signed_in_by_token(session, secret) is None
        assert await signed_in_by_session(session, token, now=MOMENT) is None


async def test_an_unknown_scope_is_refused(database: Database) -> None:
    async with database.writing() as session:
        account, _ = await person(session)
        for scopes in ({"admin"}, {"read", "admin:write"}, {"READ"}, {""}):
            with pytest.raises(ValueError, match="scope"):
                await issue_token(session, account, frozenset(scopes), now=MOMENT)


@pytest.mark.parametrize(
    ("scopes", "wanted", "may"),
    [
        ({"read"}, "read", True), ({"read"}, "read:statuses", True), ({"read:statuses"}, "read", False),
        ({"read:statuses"}, "read:accounts", False), ({"read"}, "write", False), (set(), "read", False),
        ({"write:statuses"}, "write:statuses", True),
    ],
)  # fmt: skip
def test_a_scope_covers_what_it_names(scopes: set[str], wanted: str, may: bool) -> None:
    assert SignedIn(Actor(), False, None, frozenset(scopes)).may(wanted) is may
    assert SignedIn(Actor(), False, None).may(wanted)


async def test_a_person_keeps_their_language(database: Database) -> None:
    async with database.writing() as session:
        account, actor = await person(session)
        secret = await open_session(session, account, now=MOMENT)
        await set_language(session, actor.id, "en")
        signed_in = await signed_in_by_session(session, secret, now=MOMENT)
        assert signed_in is not None
        assert signed_in.language == "en"
