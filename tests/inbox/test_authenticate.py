"""Who signed a request is proved, with keys that change, hide or hang."""

import asyncio
import time

import pytest
from aiohttp import web
from sqlalchemy import update

from actors.actor import Actor
from actors.database import Database, now
from actors.instances.tables import Instance
from federation.documents import dump
from federation.errors import KeyUnavailable, OriginError, SignatureError
from federation.keys import public_pem
from inbox.receive import Receipt
from inbox.tables import Arrival
from tests.inbox.peers import Remote, World, hang
from tests.inbox.stage import INBOX, Stage, open_stage
from tests.support.clock import FalseClock


async def test_an_unknown_actor_is_fetched_once(stage: Stage, anna: Remote) -> None:
    await asyncio.gather(*(stage.send(anna, anna.create(anna.note(to=[stage.fatima.uri]))) for _ in range(10)))
    assert stage.world.asked[anna.uri] == 1
    assert (await stage.actor(anna.uri)) is not None


async def test_a_new_key_is_fetched_once(stage: Stage, anna: Remote) -> None:
    await stage.send(anna, anna.create(anna.note(to=[stage.fatima.uri])))
    anna.rotate_key()
    assert await stage.send(anna, anna.create(anna.note(to=[stage.fatima.uri]))) is Receipt.ACCEPTED
    assert await stage.send(anna, anna.create(anna.note(to=[stage.fatima.uri]))) is Receipt.ACCEPTED
    assert stage.world.asked[anna.uri] == 2


async def test_a_false_signature_makes_us_ask_once_a_minute(stage: Stage, anna: Remote) -> None:
    await stage.send(anna, anna.create(anna.note(to=[stage.fatima.uri])))
    forger = World()
    forger.origin = stage.world.origin
    false = Remote(forger, "utrecht.example", "anna")
    while false.private is anna.private:
        false.rotate_key()
    for _ in range(5):
        with pytest.raises(SignatureError):
            await stage.send(false, false.create(false.note(to=[stage.fatima.uri])))
    assert stage.world.asked[anna.uri] == 2
    stage.clock.advance(61)
    with pytest.raises(SignatureError):
        await stage.send(false, false.create(false.note(to=[stage.fatima.uri])))
    assert stage.world.asked[anna.uri] == 3
    assert len(await stage.rows(Arrival)) == 1


async def test_ever_other_names_of_keys_make_us_ask_once_a_minute(stage: Stage, anna: Remote) -> None:
    mallory = stage.world.person("bad.example", "mallory")

    async def forge(number: int) -> None:
        mallory.key_id = f"{anna.uri}#k{number}"
        with pytest.raises((SignatureError, KeyUnavailable)):
            await stage.send(mallory, mallory.create(mallory.note(to=[stage.fatima.uri])))

    for number in range(5):
        await forge(number)
    assert stage.world.asked[anna.uri] == 1
    # Whoever it is about is heard all the same, by the key that it does publish.
    assert await stage.send(anna, anna.create(anna.note(to=[stage.fatima.uri]))) is Receipt.ACCEPTED
    stage.clock.advance(61)
    await asyncio.gather(*(forge(number) for number in range(5, 10)))
    for number in range(10, 15):
        await forge(number)
    assert stage.world.asked[anna.uri] == 2
    # And a new key under a new name is found when the minute is over.
    stage.clock.advance(61)
    anna.key_id = f"{anna.uri}#nieuw"
    anna.rotate_key()
    assert await stage.send(anna, anna.create(anna.note(to=[stage.fatima.uri]))) is Receipt.ACCEPTED
    assert stage.world.asked[anna.uri] == 3


async def test_a_key_apart_from_its_actor_leads_to_its_owner(stage: Stage, anna: Remote) -> None:
    anna.key_id = "https://utrecht.example/keys/1"
    anna.publish_self()
    stage.world.publish({"id": anna.key_id, "type": "Key", "owner": anna.uri, "publicKeyPem": public_pem(anna.private)})
    assert await stage.send(anna, anna.create(anna.note(to=[stage.fatima.uri]))) is Receipt.ACCEPTED


async def test_a_key_that_names_an_owner_who_does_not_name_it_is_refused(stage: Stage, anna: Remote) -> None:
    mallory = stage.world.person("utrecht.example", "mallory")
    mallory.key_id = "https://utrecht.example/keys/2"
    stage.world.publish(
        {"id": mallory.key_id, "type": "Key", "owner": anna.uri, "publicKeyPem": public_pem(mallory.private)}
    )
    with pytest.raises(SignatureError):
        await stage.send(mallory, anna.create(anna.note(to=[stage.fatima.uri])))


async def test_a_key_whose_owner_is_of_another_server_is_refused(stage: Stage, anna: Remote) -> None:
    mallory = stage.world.person("bad.example", "mallory")
    mallory.key_id = "https://bad.example/keys/2"
    stage.world.publish(
        {"id": mallory.key_id, "type": "Key", "owner": anna.uri, "publicKeyPem": public_pem(mallory.private)}
    )
    with pytest.raises(SignatureError):
        await stage.send(mallory, anna.create(anna.note(to=[stage.fatima.uri])))
    assert stage.world.asked[anna.uri] == 0


async def test_a_slow_key_server_costs_its_budget_and_no_more(
    database: Database, world: World, clock: FalseClock
) -> None:
    slow = world.person("slow.example", "traag")
    world.answers[slow.uri] = hang
    async with open_stage(database, world, clock, key_seconds=0.3) as stage:
        started = time.monotonic()
        with pytest.raises(KeyUnavailable) as refused:
            await stage.send(slow, slow.create(slow.note(to=[stage.fatima.uri])))
        assert time.monotonic() - started < 2
        assert refused.value.http_status == 503


async def test_slow_key_servers_do_not_keep_others_waiting(database: Database, world: World, clock: FalseClock) -> None:
    anna = world.person()
    async with open_stage(database, world, clock, key_seconds=1.5) as stage:
        hanging = []
        for number in range(20):
            slow = world.person("slow.example", f"traag{number}")
            world.answers[slow.uri] = hang
            hanging.append(asyncio.create_task(stage.send(slow, slow.create(slow.note(to=[stage.fatima.uri])))))
        started = time.monotonic()
        assert await stage.send(anna, anna.create(anna.note(to=[stage.fatima.uri]))) is Receipt.ACCEPTED
        assert time.monotonic() - started < 1
        results = await asyncio.gather(*hanging, return_exceptions=True)
        assert all(isinstance(result, KeyUnavailable) for result in results)


@pytest.mark.parametrize(("status", "error"), [(500, KeyUnavailable), (429, KeyUnavailable), (403, SignatureError)])
async def test_a_key_server_in_trouble_is_asked_again_and_one_that_refuses_is_not(
    stage: Stage, anna: Remote, status: int, error: type[Exception]
) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status)

    stage.world.answers[anna.uri] = answer
    with pytest.raises(error):
        await stage.send(anna, anna.create(anna.note(to=[stage.fatima.uri])))


async def test_a_suspended_server_is_refused_at_arrival(stage: Stage, anna: Remote) -> None:
    async with stage.database.writing() as session:
        session.add(Instance(domain="utrecht.example", policy="suspended", created_at=now()))
    with pytest.raises(OriginError):
        await stage.send(anna, anna.create(anna.note(to=[stage.fatima.uri])))


async def test_a_suspension_holds_within_seconds(stage: Stage, anna: Remote) -> None:
    await stage.send(anna, anna.create(anna.note(to=[stage.fatima.uri])))
    async with stage.database.writing() as session:
        await session.execute(update(Actor).where(Actor.uri == anna.uri).values(suspended_at=now()))
    stage.clock.advance(6)
    with pytest.raises(OriginError):
        await stage.send(anna, anna.create(anna.note(to=[stage.fatima.uri])))
    # What was accepted before is judged again.
    await stage.handle()
    assert (await stage.state())["posts"] == []


async def test_nobody_signs_as_one_of_ours(stage: Stage, anna: Remote) -> None:
    anna.key_id = f"{stage.fatima.uri}#main-key"
    with pytest.raises(SignatureError):
        await stage.send(anna, anna.create(anna.note(to=[stage.fatima.uri])))


async def test_a_signed_get_says_who_looks(stage: Stage, anna: Remote) -> None:
    url = "https://tilburg.example/inbreng/1?page=2"
    headers = anna.signed_get(url, stage.clock())
    viewer = await stage.authenticator.viewer("GET", "/inbreng/1?page=2", headers, now=stage.clock)
    known = await stage.actor(anna.uri)
    assert known is not None
    assert viewer.actor_id == known.id
    with pytest.raises(SignatureError):
        await stage.authenticator.viewer("GET", "/inbreng/2?page=2", headers, now=stage.clock)


async def test_a_changed_body_is_refused(stage: Stage, anna: Remote) -> None:
    body = dump(anna.create(anna.note(to=[stage.fatima.uri])))
    headers = anna.signed(body, INBOX, stage.clock())
    with pytest.raises(SignatureError):
        await stage.receiver.receive("POST", "/inbox", headers, body.replace(b"Hallo", b"Houdoe"), now=stage.clock())


async def test_a_request_for_another_host_is_refused(stage: Stage, anna: Remote) -> None:
    body = dump(anna.create(anna.note(to=[stage.fatima.uri])))
    headers = anna.signed(body, "https://utrecht.example/inbox", stage.clock())
    with pytest.raises(SignatureError):
        await stage.receiver.receive("POST", "/inbox", headers, body, now=stage.clock())


async def test_the_key_document_with_the_wrong_type_is_refused(stage: Stage, anna: Remote) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=dump(anna.document()), content_type="text/html")

    stage.world.answers[anna.uri] = answer
    with pytest.raises(SignatureError):
        await stage.send(anna, anna.create(anna.note(to=[stage.fatima.uri])))
