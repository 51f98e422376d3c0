"""Links by e-mail and steps of a browser: each works once, for one thing, for a short time."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from actors.database import Database
from actors.people.accounts import digest
from actors.people.kinds import LinkPurpose, StepPurpose
from actors.people.links import LIFETIMES, create_link, drop_links, find_link, use_link
from actors.people.steps import MOST_TRIES, STEP_LIFETIME, count_try, find_step, open_step, set_challenge, take_step
from actors.people.tables import MailLink
from tests.actors.cast import MOMENT
from tests.actors.people.cast import person


async def made(session, purpose: LinkPurpose = LinkPurpose.SIGN_IN, email: str = "fatima@example.org", **more) -> str:
    secret = await create_link(session, purpose, email=email, actor_id=None, now=MOMENT, **more)
    assert secret is not None
    return secret


@pytest.mark.parametrize("purpose", list(LinkPurpose))
async def test_a_link_works_once_until_its_time_is_over(database: Database, purpose: LinkPurpose) -> None:
    over = MOMENT + LIFETIMES[purpose]
    async with database.writing() as session:
        secret = await made(session, purpose, facts={"back": "/kennis"})
        for _ in range(3):
            assert await find_link(session, purpose, secret, now=over - timedelta(seconds=1)) is not None
        assert await use_link(session, purpose, secret, now=over) is None
        used = await use_link(session, purpose, secret, now=MOMENT)
        assert used is not None
        assert used.facts == {"back": "/kennis"}
        assert await use_link(session, purpose, secret, now=MOMENT) is None


async def test_a_link_does_what_it_is_for_and_nothing_else(database: Database) -> None:
    async with database.writing() as session:
        secret = await made(session)
        for purpose in set(LinkPurpose) - {LinkPurpose.SIGN_IN}:
            assert await use_link(session, purpose, secret, now=MOMENT) is None
        for odd in ("", "\0", "\ud800", "x" * 10_000, secret[:-1]):
            assert await use_link(session, LinkPurpose.SIGN_IN, odd, now=MOMENT) is None
        assert (await session.scalars(select(MailLink.digest))).one() == digest(secret)


async def test_three_links_for_one_address_are_enough_for_a_while(database: Database) -> None:
    async with database.writing() as session:
        for email in ("fatima@example.org", "Fatima@example.org", "FATIMA@example.org"):
            await made(session, email=email)
        more = {"email": "fatima@example.org", "actor_id": None}
        assert await create_link(session, LinkPurpose.SIGN_IN, now=MOMENT, **more) is None
        await made(session, email="bram@example.org")
        await made(session, LinkPurpose.RESET)
        later = MOMENT + timedelta(minutes=16)
        assert await create_link(session, LinkPurpose.SIGN_IN, now=later, **more) is not None
        assert await session.scalar(select(func.count()).select_from(MailLink)) == 2, "what is over is cleared away"


async def test_links_of_a_person_end_when_what_they_open_changes(database: Database) -> None:
    async with database.writing() as session:
        account, _ = await person(session)
        secret = await create_link(
            session, LinkPurpose.RESET, email=account.email, actor_id=account.actor_id, now=MOMENT
        )
        assert secret is not None
        await drop_links(session, account.actor_id)
        assert await find_link(session, LinkPurpose.RESET, secret, now=MOMENT) is None


async def test_a_step_is_taken_once_and_soon(database: Database) -> None:
    purpose = StepPurpose.PASSKEY_SIGN_IN
    async with database.writing() as session:
        secret = await open_step(session, purpose, actor_id=None, now=MOMENT, challenge=b"x" * 64, back="/kennis")
        for wrong in (None, "", "\0", "\ud800", "x"):
            assert await take_step(session, purpose, wrong, now=MOMENT) is None
        assert await take_step(session, StepPurpose.PASSKEY_ADD, secret, now=MOMENT) is None
        assert await take_step(session, purpose, secret, now=MOMENT + STEP_LIFETIME) is None
        step = await take_step(session, purpose, secret, now=MOMENT)
        assert step is not None
        assert (step.challenge, step.back) == (b"x" * 64, "/kennis")
        assert await take_step(session, purpose, secret, now=MOMENT) is None


async def test_a_step_ends_after_so_many_wrong_codes(database: Database) -> None:
    purpose = StepPurpose.SECOND_FACTOR
    async with database.writing() as session:
        account, _ = await person(session)
        secret = await open_step(session, purpose, actor_id=account.actor_id, now=MOMENT)
        step = await find_step(session, purpose, secret, now=MOMENT)
        assert step is not None
        await set_challenge(session, step, b"y" * 64)
        assert [await count_try(session, step) for _ in range(MOST_TRIES)] == [True] * (MOST_TRIES - 1) + [False]
        assert await find_step(session, purpose, secret, now=MOMENT) is None
