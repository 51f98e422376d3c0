"""Second factors: what counts, and that nothing counts twice."""

import base64
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import select

from actors.database import Database
from actors.people.factors import (
    RECOVERY_CODES,
    check_totp,
    confirm_totp,
    make_recovery_codes,
    provisioning_uri,
    read_factors,
    remove_factors,
    remove_totp,
    start_totp,
    typed_secret,
    use_recovery_code,
)
from actors.people.tables import Account, RecoveryCode, TotpFactor
from actors.vault import Vault
from tests.actors.cast import MOMENT
from tests.actors.people.cast import person
from tests.support.keys import SECRET

VAULT = Vault(SECRET)


def code_at(secret: bytes, moment) -> str:
    return TOTP(secret, 6, SHA1(), 30).generate(int(moment.timestamp())).decode()


async def with_app(session) -> tuple[int, bytes]:
    account, _ = await person(session)
    secret = await start_totp(session, VAULT, account.actor_id, now=MOMENT)
    before = MOMENT - timedelta(minutes=5)
    assert await confirm_totp(session, VAULT, account.actor_id, code_at(secret, before), now=before)
    return account.actor_id, secret


async def test_an_app_counts_once_its_first_code_was_right(database: Database) -> None:
    async with database.writing() as session:
        account, _ = await person(session)
        secret = await start_totp(session, VAULT, account.actor_id, now=MOMENT)
        assert await start_totp(session, VAULT, account.actor_id, now=MOMENT) == secret
        assert not await check_totp(session, VAULT, account.actor_id, code_at(secret, MOMENT), now=MOMENT)
        assert not (await read_factors(session, account.actor_id)).second
        assert not await confirm_totp(session, VAULT, account.actor_id, "000000", now=MOMENT)
        assert await confirm_totp(session, VAULT, account.actor_id, code_at(secret, MOMENT), now=MOMENT)
        assert (await read_factors(session, account.actor_id)).second
        with pytest.raises(ValueError, match="authenticator"):
            await start_totp(session, VAULT, account.actor_id, now=MOMENT)


async def test_a_secret_that_nobody_confirmed_is_made_anew_after_an_hour(database: Database) -> None:
    async with database.writing() as session:
        actor_id = (await person(session))[0].actor_id
        secret = await start_totp(session, VAULT, actor_id, now=MOMENT)
        assert await start_totp(session, VAULT, actor_id, now=MOMENT + timedelta(hours=2)) != secret


async def test_a_code_is_taken_once(database: Database) -> None:
    async with database.writing() as session:
        actor_id, secret = await with_app(session)
        code = code_at(secret, MOMENT)
        assert await check_totp(session, VAULT, actor_id, f" {code[:3]} {code[3:]} ", now=MOMENT)
        assert not await check_totp(session, VAULT, actor_id, code, now=MOMENT)
        before = code_at(secret, MOMENT - timedelta(seconds=30))
        assert not await check_totp(session, VAULT, actor_id, before, now=MOMENT), "an older code after a newer one"
        later = MOMENT + timedelta(seconds=30)
        assert await check_totp(session, VAULT, actor_id, code_at(secret, later), now=later)


@pytest.mark.parametrize(("seconds", "taken"), [(-90, False), (-30, True), (0, True), (30, True), (90, False)])
async def test_a_clock_may_be_half_a_minute_off(database: Database, seconds: int, taken: bool) -> None:
    async with database.writing() as session:
        actor_id, secret = await with_app(session)
        code = code_at(secret, MOMENT + timedelta(seconds=seconds))
        assert await check_totp(session, VAULT, actor_id, code, now=MOMENT) is taken


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "12345\0", "-12345", "x" * 10_000])
async def test_what_is_no_code_is_refused(database: Database, code: str) -> None:
    async with database.writing() as session:
        actor_id, _ = await with_app(session)
        assert not await check_totp(session, VAULT, actor_id, code, now=MOMENT)


async def test_the_secret_is_sealed_and_readable_for_its_app_alone(database: Database) -> None:
    async with database.writing() as session:
        actor_id, secret = await with_app(session)
        sealed = (await session.scalars(select(TotpFactor.sealed))).one()
        assert secret not in sealed
        assert VAULT.open(sealed) == secret
        assert base64.b32decode(typed_secret(secret).replace(" ", "")) == secret
        uri = provisioning_uri(secret, account="fatima@tilburg.example", issuer="Gemeente Tilburg")
        assert uri.startswith("otpauth://totp/Gemeente%20Tilburg:fatima%40tilburg.example?")
        assert await remove_totp(session, actor_id)
        assert not await remove_totp(session, actor_id)
        assert not await check_totp(session, VAULT, actor_id, code_at(secret, MOMENT), now=MOMENT)


async def test_a_recovery_code_works_once_however_it_is_typed(database: Database) -> None:
    async with database.writing() as session:
        account, _ = await person(session)
        codes = await make_recovery_codes(session, account.actor_id, now=MOMENT)
        assert len(set(codes)) == RECOVERY_CODES
        assert await use_recovery_code(session, account.actor_id, f" {codes[0].upper().replace('-', ' ')} ")
        assert not await use_recovery_code(session, account.actor_id, codes[0])
        assert await use_recovery_code(session, account.actor_id, codes[1])
        assert (await read_factors(session, account.actor_id)).recovery_codes == RECOVERY_CODES - 2
        stored = b"".join(await session.scalars(select(RecoveryCode.digest)))
        assert codes[2].encode() not in stored


async def test_new_recovery_codes_end_those_of_before_and_are_of_one_person(database: Database) -> None:
    async with database.writing() as session:
        fatima, _ = await person(session)
        bram, _ = await person(session, "bram")
        old = await make_recovery_codes(session, fatima.actor_id, now=MOMENT)
        new = await make_recovery_codes(session, fatima.actor_id, now=MOMENT)
        assert not await use_recovery_code(session, fatima.actor_id, old[0])
        assert not await use_recovery_code(session, bram.actor_id, new[0])
        for odd in ("", "-", "\0", "\ud800", "x" * 10_000):
            assert not await use_recovery_code(session, fatima.actor_id, odd)


async def test_who_lost_everything_starts_anew(database: Database) -> None:
    async with database.writing() as session:
        actor_id, _ = await with_app(session)
        await make_recovery_codes(session, actor_id, now=MOMENT)
        account, _ = await person(session, "bram")
        await make_recovery_codes(session, account.actor_id, now=MOMENT)
        assert (await read_factors(session, actor_id)).second
        await remove_factors(session, await session.get_one(Account, actor_id))
        gone = await read_factors(session, actor_id)
        assert not gone.second
        assert not gone.recovery_codes
        assert (await read_factors(session, account.actor_id)).recovery_codes == RECOVERY_CODES
