"""Passkeys: what a device signs counts once, here, and for its own person."""

import json

import pytest

from actors.database import Database
from actors.people.factors import read_factors
from actors.people.passkeys import (
    PasskeyError,
    add_passkey,
    check_passkey,
    registration_options,
    remove_passkey,
    rename_passkey,
    sign_in_options,
)
from actors.people.tables import Passkey
from tests.actors.cast import MOMENT, SITE
from tests.actors.people.cast import person
from tests.support.authenticator import Authenticator


async def added(session, actor, device: Authenticator, name: str = "Telefoon") -> Passkey:
    options, challenge = registration_options(SITE, actor, [], "Gemeente Tilburg")
    return await add_passkey(
        session, SITE, actor.id, answer=device.make(options), challenge=challenge, name=name, now=MOMENT
    )


async def test_a_passkey_is_made_and_proved(database: Database) -> None:
    device = Authenticator()
    async with database.writing() as session:
        _, actor = await person(session)
        passkey = await added(session, actor, device)
        options, challenge = sign_in_options(SITE)
        proof = await check_passkey(
            session, SITE, answer=device.prove(options), challenge=challenge, actor_id=None, now=MOMENT
        )
    assert proof.passkey.id == passkey.id
    assert proof.user_verified


async def test_it_is_told_whether_the_device_asked_its_owner(database: Database) -> None:
    device = Authenticator(verifies=False)
    async with database.writing() as session:
        _, actor = await person(session)
        await added(session, actor, device)
        options, challenge = sign_in_options(SITE)
        proof = await check_passkey(
            session, SITE, answer=device.prove(options), challenge=challenge, actor_id=actor.id, now=MOMENT
        )
    assert not proof.user_verified


async def test_options_name_this_site_and_the_passkeys_that_are_there(database: Database) -> None:
    device = Authenticator()
    async with database.writing() as session:
        _, actor = await person(session)
        passkey = await added(session, actor, device)
        options, _ = registration_options(SITE, actor, [passkey], "Gemeente Tilburg")
    asked = json.loads(options)
    assert asked["rp"] == {"id": "tilburg.example", "name": "Gemeente Tilburg"}
    assert len(asked["excludeCredentials"]) == 1
    assert "fatima" not in asked["user"]["id"]


@pytest.mark.parametrize("changed", [{"origin": "https://evil.example"}, {"type": "webauthn.create"}])
async def test_what_was_signed_for_something_else_proves_nothing(database: Database, changed: dict[str, str]) -> None:
    device = Authenticator()
    async with database.writing() as session:
        _, actor = await person(session)
        await added(session, actor, device)
        options, challenge = sign_in_options(SITE)
        with pytest.raises(PasskeyError):
            await check_passkey(
                session, SITE, answer=device.prove(options, **changed), challenge=challenge, actor_id=None, now=MOMENT
            )


async def test_another_challenge_host_key_or_person_proves_nothing(database: Database) -> None:
    device, other = Authenticator(), Authenticator()
    async with database.writing() as session:
        _, actor = await person(session)
        _, bram = await person(session, "bram")
        await added(session, actor, device)
        options, challenge = sign_in_options(SITE)
        answer = device.prove(options)
        impostor = Authenticator(credential_id=device.credential_id, user=device.user)
        elsewhere = Authenticator(
            key=device.key, credential_id=device.credential_id, user=device.user, host="evil.example", count=10
        )
        as_bram = Authenticator(
            key=device.key, credential_id=device.credential_id, user=bram.id.to_bytes(8, "big"), count=10
        )
        for given, expected, actor_id in (
            (answer, b"z" * 64, None), (answer, challenge, bram.id), (impostor.prove(options), challenge, None),
            (elsewhere.prove(options), challenge, None), (as_bram.prove(options), challenge, None),
            (other.prove(options), challenge, None),
        ):  # fmt: skip
            with pytest.raises(PasskeyError):
                await check_passkey(session, SITE, answer=given, challenge=expected, actor_id=actor_id, now=MOMENT)


async def test_a_signature_that_counts_back_is_a_copy(database: Database) -> None:
    device = Authenticator()
    async with database.writing() as session:
        _, actor = await person(session)
        await added(session, actor, device)
        options, challenge = sign_in_options(SITE)
        answer = device.prove(options)
        await check_passkey(session, SITE, answer=answer, challenge=challenge, actor_id=None, now=MOMENT)
        with pytest.raises(PasskeyError, match="sign count"):
            await check_passkey(session, SITE, answer=answer, challenge=challenge, actor_id=None, now=MOMENT)


async def test_a_passkey_is_known_to_one_account(database: Database) -> None:
    device = Authenticator()
    async with database.writing() as session:
        _, actor = await person(session)
        _, bram = await person(session, "bram")
        passkey = await added(session, actor, device)
        with pytest.raises(PasskeyError, match="known"):
            await added(session, bram, device)
        assert await remove_passkey(session, bram.id, passkey.id, but=b"") is None
        assert not await rename_passkey(session, bram.id, passkey.id, "Van mij")
        assert await rename_passkey(session, actor.id, passkey.id, "Laptop")
        assert [one.name for one in (await read_factors(session, actor.id)).passkeys] == ["Laptop"]
        assert await remove_passkey(session, actor.id, passkey.id, but=b"") == "Laptop"
        assert not (await read_factors(session, actor.id)).second


@pytest.mark.parametrize(
    "answer",
    [
        "", "x", "{}", "[]", "null", "[" * 10_000, '{"rawId": 1, "response": 2}', '{"rawId": "AA", "response": {}}',
        '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"AA"}}', "x" * 30_000, "\0",
    ],
)  # fmt: skip
async def test_what_is_no_answer_of_a_device_is_refused(database: Database, answer: str) -> None:
    async with database.writing() as session:
        _, actor = await person(session)
        with pytest.raises(PasskeyError):
            await add_passkey(session, SITE, actor.id, answer=answer, challenge=b"x" * 64, name="x", now=MOMENT)
        with pytest.raises(PasskeyError):
            await check_passkey(session, SITE, answer=answer, challenge=b"x" * 64, actor_id=None, now=MOMENT)
