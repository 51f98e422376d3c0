"""Keys of our own actors: sealed at rest, and real when used."""

from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url

from actors.actor import ActorKey
from actors.database import Database
from actors.keys import KeyRing, make_pair
from actors.kinds import ActorKind
from actors.serialize.actor import actor_detail, write_actor
from actors.vault import Vault, VaultError
from federation.documents import ActorDocument
from federation.keys import load_public, private_pem
from federation.signatures import read_signature, sign_post
from tests.actors.cast import MOMENT, SITE, elsewhere, here
from tests.support.keys import SECRET, key_pair, key_ring


async def test_a_request_signed_with_an_actors_key_verifies_by_its_own_document(database: Database) -> None:
    async with database.writing() as session:
        fatima = await here(session, "fatima")
    async with database.reading() as session:
        key = await key_ring().signing_key(session, fatima.id)
        document = ActorDocument.read(write_actor(SITE, await actor_detail(session, fatima)))
    published = {one.id: one.material for one in document.keys}
    assert set(published) == {f"{fatima.uri}#main-key", f"{fatima.uri}#ed25519-key"}
    headers = sign_post("https://utrecht.example/inbox", b"{}", key, now=MOMENT)
    signature = read_signature("post", "/inbox", headers)
    assert signature.key_id == f"{fatima.uri}#main-key"
    signature.verify(load_public(published[signature.key_id]), body=b"{}", host_expected="utrecht.example", now=MOMENT)


async def test_no_private_key_stands_in_the_database(database: Database) -> None:
    async with database.writing() as session:
        await here(session, "fatima")
    async with database.reading() as session:
        stored = (await session.scalars(select(ActorKey.private))).all()
    assert len(stored) == 2
    for key in key_pair():
        assert not [one for one in stored if one is not None and private_pem(key) in one]
    assert not [one for one in stored if one is not None and b"PRIVATE KEY" in one]


async def test_no_private_key_stands_in_the_file(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    async with database.writing() as session:
        await here(session, "fatima")
    async with database.writing() as session:
        await session.execute(text("SELECT 1"))
    await database.close()
    path = Path(make_url(sqlite_url).database or "")
    content = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert b"BEGIN PUBLIC KEY" in content
    assert b"PRIVATE KEY" not in content
    for line in private_pem(key_pair()[0]).splitlines()[1:-1]:
        assert line not in content


async def test_another_secret_cannot_speak_as_our_actors(database: Database) -> None:
    async with database.writing() as session:
        fatima = await here(session, "fatima")
    ring = KeyRing(Vault("a secret that is not the one of this database"))
    async with database.reading() as session:
        with pytest.raises(VaultError):
            await ring.signing_key(session, fatima.id)


async def test_a_key_is_loaded_once(database: Database) -> None:
    ring = KeyRing(Vault(SECRET))
    async with database.writing() as session:
        fatima = await here(session, "fatima")
        first = await ring.signing_key(session, fatima.id)
        await session.execute(text("DELETE FROM actor_keys"))
        assert await ring.signing_key(session, fatima.id) is first


async def test_each_actor_signs_with_its_own_key(database: Database) -> None:
    async with database.writing() as session:
        fatima = await here(session, "fatima")
        tilburg = await here(session, "tilburg", ActorKind.ORGANISATION)
        keys = {(await key_ring().signing_key(session, actor.id)).key_id for actor in (fatima, tilburg)}
    assert keys == {f"{fatima.uri}#main-key", f"{tilburg.uri}#main-key"}


async def test_new_actors_get_keys_of_each_kind(database: Database) -> None:
    async with database.writing() as session:
        bram = await elsewhere(session, "bram")
        await key_ring().create(session, bram)
        await session.flush()
        algorithms = set(await session.scalars(select(ActorKey.algorithm)))
        assert algorithms == {"rsa", "ed25519"}


async def test_every_pair_is_new() -> None:
    assert private_pem((await make_pair())[0]) != private_pem((await make_pair())[0])


async def test_keys_go_with_their_actor(database: Database) -> None:
    async with database.writing() as session:
        fatima = await here(session, "fatima")
        await session.execute(text("DELETE FROM actors WHERE id = :id"), {"id": fatima.id})
        assert await session.scalar(select(func.count()).select_from(ActorKey)) == 0
