"""Browser sessions: how long they last, who ends them, and that what was proved opens no old secret."""

from datetime import timedelta

import pytest

from actors.database import Database
from actors.kinds import Role
from actors.people.accounts import (
    administrators,
    is_last_administrator,
    issue_token,
    signed_in_by_token,
)
from actors.people.devices import device_of
from actors.people.kinds import AccountState, Assurance
from actors.people.sessions import (
    SESSION_IDLE,
    SESSION_LONGEST,
    end_access,
    end_session,
    has_tokens,
    is_due,
    list_sessions,
    note_seen,
    open_session,
    renew_session,
    signed_in_by_session,
)
from actors.people.standing import disable_account, enable_account, set_roles
from tests.actors.cast import MOMENT
from tests.actors.people.cast import person


async def test_a_session_in_use_stays_open_and_ends_in_the_end(database: Database) -> None:
    async with database.writing() as session:
        account, _ = await person(session)
        secret = await open_session(session, account, now=MOMENT)
        moment = MOMENT
        while (found := await signed_in_by_session(session, secret, now=moment)) is not None:
            assert found.session is not None
            await note_seen(session, found.session, now=moment)
            await session.refresh(found.session)
            moment += timedelta(days=20)
        assert moment - MOMENT >= SESSION_LONGEST
        assert await signed_in_by_session(session, secret, now=MOMENT + SESSION_LONGEST) is None


async def test_that_a_browser_was_seen_is_noted_once_an_hour(database: Database) -> None:
    async with database.writing() as session:
        account, _ = await person(session)
        secret = await open_session(session, account, now=MOMENT)
        found = await signed_in_by_session(session, secret, now=MOMENT)
        assert found is not None
        assert found.session is not None
        assert not is_due(found.session, MOMENT + timedelta(minutes=59))
        assert is_due(found.session, MOMENT + timedelta(minutes=60))
        assert found.session.expires_at == MOMENT + SESSION_IDLE


async def test_who_proves_more_gets_a_new_secret(database: Database) -> None:
    async with database.writing() as session:
        account, _ = await person(session)
        old = await open_session(session, account, now=MOMENT)
        held = (await list_sessions(session, account.actor_id, now=MOMENT))[0]
        later = MOMENT + timedelta(hours=1)
        new = await renew_session(session, held, now=later, assurance=Assurance.TWO)
        assert new is not None
        session.expunge_all()
        assert await signed_in_by_session(session, old, now=later) is None
        found = await signed_in_by_session(session, new, now=later)
        assert found is not None
        assert found.session is not None
        assert found.has_two_factors
        assert (found.session.reauthenticated_at, found.session.created_at) == (later, MOMENT)


async def test_a_session_that_ended_meanwhile_is_not_renewed(database: Database) -> None:
    async with database.writing() as session:
        account, _ = await person(session)
        await open_session(session, account, now=MOMENT)
        held = (await list_sessions(session, account.actor_id, now=MOMENT))[0]
        await end_access(session, account.actor_id, now=MOMENT)
        assert await renew_session(session, held, now=MOMENT) is None


async def test_a_person_ends_their_own_sessions_and_no_others(database: Database) -> None:
    async with database.writing() as session:
        fatima, _ = await person(session)
        bram, _ = await person(session, "bram")
        for account in (fatima, fatima, fatima, bram):
            await open_session(session, account, now=MOMENT, browser="Firefox", system="Linux")
        mine = await list_sessions(session, fatima.actor_id, now=MOMENT)
        theirs = await list_sessions(session, bram.actor_id, now=MOMENT)
        assert [(one.browser, one.system) for one in mine] == [("Firefox", "Linux")] * 3
        await end_session(session, fatima.actor_id, theirs[0].digest)
        await end_session(session, fatima.actor_id, mine[0].digest)
        assert len(await list_sessions(session, fatima.actor_id, now=MOMENT)) == 2
        await end_access(session, fatima.actor_id, now=MOMENT, but=mine[1].digest)
        left = await list_sessions(session, fatima.actor_id, now=MOMENT)
        assert [one.digest for one in left] == [mine[1].digest]
        assert len(await list_sessions(session, bram.actor_id, now=MOMENT)) == 1


async def test_ending_all_access_ends_tokens_too_and_those_of_others_stay(database: Database) -> None:
    async with database.writing() as session:
        fatima, _ = await person(session)
        bram, _ = await person(session, "bram")
        mine, theirs = [
            await issue_token(session, account, frozenset({"read"}), now=MOMENT) for account in (fatima, bram)
        ]
        await session.flush()
        assert await has_tokens(session, fatima.actor_id)
        await end_access(session, fatima.actor_id, now=MOMENT)
        assert not await has_tokens(session, fatima.actor_id)
        assert await signed_in_by_token(session, mine) is None
        assert await signed_in_by_token(session, theirs) is not None


@pytest.mark.parametrize("lost", ["suspended_at", "deleted_at"])
async def test_who_is_suspended_or_gone_administers_nothing(database: Database, lost: str) -> None:
    async with database.writing() as session:
        karin, _ = await person(session, "karin", roles=frozenset({Role.ADMINISTRATOR}))
        _, actor = await person(session, "ada", roles=frozenset({Role.ADMINISTRATOR}))
        assert len(await administrators(session)) == 2
        assert not await is_last_administrator(session, karin)
        setattr(actor, lost, MOMENT)
        assert [one.actor_id for one in await administrators(session)] == [karin.actor_id]
        assert await is_last_administrator(session, karin)
        bram, _ = await person(session, "bram")
        assert not await is_last_administrator(session, bram)


async def test_roles_count_from_the_next_request_on(database: Database) -> None:
    async with database.writing() as session:
        account, actor = await person(session)
        secret = await open_session(session, account, now=MOMENT)
        for roles in (frozenset({Role.ADMINISTRATOR}), frozenset({Role.EDITOR}), frozenset[Role]()):
            await set_roles(session, account, actor, roles, by=None, now=MOMENT)
            await session.flush()
            found = await signed_in_by_session(session, secret, now=MOMENT)
            assert found is not None
            assert found.roles == roles
            assert [one.actor_id for one in await administrators(session)] == (
                [actor.id] if Role.ADMINISTRATOR in roles else []
            )


async def test_a_disabled_account_is_signed_out_everywhere(database: Database) -> None:
    async with database.writing() as session:
        account, actor = await person(session)
        secret = await open_session(session, account, now=MOMENT)
        token = await issue_token(session, account, frozenset({"read"}), now=MOMENT)
        await session.flush()
        await disable_account(session, account, actor, by=None, reason="", now=MOMENT)
        await session.flush()
        assert await signed_in_by_session(session, secret, now=MOMENT) is None
        assert await signed_in_by_token(session, token) is None
        enable_account(session, account, actor, by=None, now=MOMENT)
        assert account.state is AccountState.ACTIVE
        assert await signed_in_by_session(session, secret, now=MOMENT) is None


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0", ("Firefox", "Linux")),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
            "Safari/537.36 Edg/140.0.0.0",
            ("Edge", "Windows"),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/18.0 Mobile/15E148 Safari/604.1",
            ("Safari", "iPhone"),
        ),
        ("<script>alert(1)</script>", ("", "")),
        ("", ("", "")),
        ("x" * 100_000, ("", "")),
    ],
)
def test_of_a_browser_only_words_of_a_closed_list_are_kept(user_agent: str, device: tuple[str, str]) -> None:
    assert device_of(user_agent) == device
