"""A form is handled once, by whom of many; what was typed is kept for a while, and not too much of it."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from actors import forms
from actors.database import Database
from actors.forms import (
    KEPT,
    LEASE,
    REMEMBERED,
    SENDER_BYTES,
    KeptForm,
    SentForm,
    answer_of,
    claim_form,
    drop_kept_form,
    keep_form,
    kept_form,
    note_answer,
    release_form,
)
from tests.support.clock import FalseClock

KEY, OTHER = b"k" * 32, b"o" * 32


async def claim(database: Database, key: bytes, clock: FalseClock) -> bool:
    async with database.writing() as session:
        return await claim_form(session, key, now=clock())


async def test_of_many_that_send_a_form_at_once_one_has_it(database: Database, clock: FalseClock) -> None:
    claims = await asyncio.gather(*(claim(database, KEY, clock) for _ in range(12)))
    assert sorted(claims) == [False] * 11 + [True]
    assert await claim(database, OTHER, clock)


async def test_the_answer_is_there_for_those_who_come_later(database: Database, clock: FalseClock) -> None:
    async with database.reading() as session:
        assert await answer_of(session, KEY, now=clock()) is None
    await claim(database, KEY, clock)
    async with database.reading() as session:
        assert await answer_of(session, KEY, now=clock()) is None
    async with database.writing() as session:
        await note_answer(session, KEY, b"sealed")
    clock.advance(LEASE)
    assert not await claim(database, KEY, clock)
    async with database.reading() as session:
        assert await answer_of(session, KEY, now=clock()) == b"sealed"


async def test_a_form_without_effect_can_be_sent_again(database: Database, clock: FalseClock) -> None:
    await claim(database, KEY, clock)
    async with database.writing() as session:
        await release_form(session, KEY)
    assert await claim(database, KEY, clock)


async def test_whoever_died_with_a_form_does_not_keep_it(database: Database, clock: FalseClock) -> None:
    await claim(database, KEY, clock)
    clock.advance(LEASE - timedelta(seconds=1))
    assert not await claim(database, KEY, clock)
    clock.advance(1)
    claims = await asyncio.gather(*(claim(database, KEY, clock) for _ in range(6)))
    assert sorted(claims) == [False] * 5 + [True]


async def test_forms_are_forgotten_after_a_while(database: Database, clock: FalseClock) -> None:
    await claim(database, KEY, clock)
    async with database.writing() as session:
        await note_answer(session, KEY, b"sealed")
    clock.advance(REMEMBERED + LEASE + timedelta(seconds=1))
    assert await claim(database, OTHER, clock)
    async with database.reading() as session:
        assert list(await session.scalars(select(SentForm.key))) == [OTHER]


async def answered(database: Database, key: bytes, clock: FalseClock) -> None:
    assert await claim(database, key, clock)
    async with database.writing() as session:
        await note_answer(session, key, b"sealed")
    clock.advance(0.001)


async def sent(database: Database) -> list[bytes]:
    async with database.reading() as session:
        return list(await session.scalars(select(SentForm.key).order_by(SentForm.claimed_at)))


async def test_of_one_sender_so_many_answers_are_kept_and_the_oldest_make_room(
    database: Database, clock: FalseClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "MOST_OF_SENDER", 3)
    mine = [b"s" * SENDER_BYTES + bytes([number]) * 24 for number in (0, 255, 7, 9, 8)]
    theirs = [b"r" * SENDER_BYTES + b"\xff" * 24, b"t" * SENDER_BYTES + b"\0" * 24]
    for key in [*theirs, *mine]:
        await answered(database, key, clock)
    assert await sent(database) == [*theirs, *mine[-3:]]


async def test_of_all_so_many_answers_are_kept_and_what_is_being_handled_stays(
    database: Database, clock: FalseClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "MOST_SENT", 3)
    handled = b"h" * 32
    assert await claim(database, handled, clock)
    keys = [bytes([number]) * 32 for number in range(9)]
    for key in keys:
        await answered(database, key, clock)
    assert await sent(database) == [handled, *keys[-2:]]
    assert not await claim(database, handled, clock)


async def test_what_was_typed_is_kept_for_a_quarter_of_an_hour(database: Database, clock: FalseClock) -> None:
    async with database.writing() as session:
        assert await keep_form(session, KEY, b"typed", now=clock())
    async with database.writing() as session:
        assert await kept_form(session, KEY, now=clock()) == b"typed"
        clock.advance(KEPT)
        assert await kept_form(session, KEY, now=clock()) is None
        clock.advance(1)
        assert await keep_form(session, OTHER, b"typed", now=clock())
    async with database.writing() as session:
        assert await session.scalar(select(func.count()).select_from(KeptForm)) == 1
        await drop_kept_form(session, OTHER)
        assert await kept_form(session, OTHER, now=clock()) is None


async def test_not_more_is_kept_than_there_is_room_for(
    database: Database, clock: FalseClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "MOST_KEPT", 1)
    async with database.writing() as session:
        assert await keep_form(session, KEY, b"typed", now=clock())
    async with database.writing() as session:
        assert not await keep_form(session, OTHER, b"typed", now=clock())
