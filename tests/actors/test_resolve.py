"""From an address to a row, by way of a real small server on this machine."""

import gc
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from sqlalchemy import func, select, update

from actors.actor import Actor, ActorKey
from actors.database import Database
from actors.issues.tables import Issue
from actors.resolve import Resolver
from actors.site import Site
from federation.addresses import AddressPolicy
from federation.client import Client
from federation.documents import JsonObject, dump
from federation.errors import AddressRefused, DocumentError, FederationError, Gone, OriginError, UnexpectedStatus
from federation.keys import load_public
from federation.signatures import read_signature
from federation.vocabulary import ACTIVITY_JSON
from tests.actors.cast import actor_document, elsewhere, here, the_instance
from tests.federation.servers import Peer, running
from tests.support.keys import key_ring


class World:
    """An instance, and a peer whose documents are served at their own address."""

    def __init__(self, database: Database, site: Site, peer: Peer, client: Client) -> None:
        self.database = database
        self.site = site
        self.peer = peer
        self.resolver = Resolver(database, site, client, key_ring())

    def uri(self, handle: str) -> str:
        return f"{self.peer.origin}/users/{handle}"

    def serve(self, document: JsonObject, content_type: str = ACTIVITY_JSON) -> None:
        path = document["id"].removeprefix(self.peer.origin)
        self.peer.serve(path, lambda: web.Response(body=dump(document), content_type=content_type))

    def asked(self) -> list[str]:
        return [request.path_qs for request in self.peer.requests]

    async def count(self) -> int:
        async with self.database.reading() as session:
            return await session.scalar(select(func.count()).where(Actor.is_local.is_(False))) or 0


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    async with running(Peer()) as peer:
        policy = AddressPolicy.parse(f"127.0.0.1:{peer.port}")
        site = Site("https://tilburg.example")
        async with database.writing() as session:
            await the_instance(session, site)
        async with Client(policy, user_agent="Samenspraak/test") as client:
            yield World(database, site, peer, client)


async def test_an_unknown_actor_is_fetched_once_and_stored(world: World) -> None:
    world.serve(actor_document(world.uri("bram")))
    first = await world.resolver.actor(world.uri("bram"))
    again = await world.resolver.actor(world.uri("bram"))
    assert first.id == again.id
    assert first.account == f"bram@127.0.0.1:{world.peer.port}"
    assert world.asked() == ["/users/bram"]


async def test_the_servers_own_actor_signs_what_is_fetched(world: World) -> None:
    world.serve(actor_document(world.uri("bram")))
    await world.resolver.actor(world.uri("bram"))
    (request,) = world.peer.requests
    signature = read_signature("get", request.raw_path, request.headers)
    assert signature.key_id == f"{world.site.application_uri}#main-key"
    async with world.database.reading() as session:
        public = (await session.scalars(select(ActorKey.public).where(ActorKey.uri == signature.key_id))).one()
    host = f"127.0.0.1:{world.peer.port}"
    signature.verify(load_public(public), body=b"", host_expected=host, now=datetime.now(UTC))


async def test_our_own_actors_are_never_fetched(world: World) -> None:
    async with world.database.writing() as session:
        fatima = await here(session, "fatima", site=world.site)
    assert (await world.resolver.actor(fatima.uri, refresh=True)).id == fatima.id
    for uri in (
        f"{world.site.base_url}/personen/niemand",
        "https://tilburg.example:443/personen/fatima",
        "HTTPS://TILBURG.EXAMPLE/personen/fatima",
    ):
        with pytest.raises(OriginError):
            await world.resolver.actor(uri)
    assert world.asked() == []


async def test_a_known_actor_is_fetched_again_when_that_is_asked(world: World) -> None:
    world.serve(actor_document(world.uri("bram")))
    await world.resolver.actor(world.uri("bram"))
    world.serve(actor_document(world.uri("bram"), name="Bram de Vries"))
    assert (await world.resolver.actor(world.uri("bram"))).name == "Bram"
    assert (await world.resolver.actor(world.uri("bram"), refresh=True)).name == "Bram de Vries"
    assert await world.count() == 1


async def test_a_failure_is_remembered_for_a_while(world: World) -> None:
    for _ in range(3):
        with pytest.raises(Gone):
            await world.resolver.actor(world.uri("niemand"))
    assert world.asked() == ["/users/niemand"]
    assert await world.count() == 0


async def test_a_failure_is_remembered_as_it_was(world: World) -> None:
    world.peer.serve("/users/traag", lambda: web.Response(status=429, headers={"Retry-After": "70"}))
    errors: list[UnexpectedStatus] = []
    for _ in range(2):
        with pytest.raises(UnexpectedStatus) as caught:
            await world.resolver.actor(world.uri("traag"))
        errors.append(caught.value)
    first, second = errors
    assert first is not second
    assert (second.status, second.retry_after) == (429, 70)
    assert (str(first), first.reason, first.public) == (str(second), second.reason, second.public)


async def test_what_a_broken_server_sent_is_not_kept_with_its_failure(world: World) -> None:
    """A remembered exception would hold the frames that it came through, and all that they hold."""
    world.peer.serve("/users/kapot", lambda: web.Response(body=b"[" * 500_000, content_type=ACTIVITY_JSON))
    for _ in range(2):
        with pytest.raises(DocumentError):
            await world.resolver.actor(world.uri("kapot"))
    gc.collect()
    assert not [one for one in gc.get_objects() if isinstance(one, FederationError) and one.__traceback__ is not None]


async def test_what_is_no_actor_is_not_stored(world: World) -> None:
    world.serve({"id": world.uri("note"), "type": "Note", "attributedTo": world.uri("bram"), "content": "x"})
    world.serve(actor_document(world.uri("html")), content_type="text/html")
    world.serve(actor_document(world.uri("json")), content_type="application/json")
    for handle in ("note", "html", "json"):
        with pytest.raises(FederationError):
            await world.resolver.actor(world.uri(handle))
    assert await world.count() == 0


async def test_a_document_that_says_to_be_another_servers_is_not_believed(world: World) -> None:
    victim = "https://utrecht.example/users/bram"
    async with world.database.writing() as session:
        await elsewhere(session, "bram")
    world.peer.serve(
        "/users/mallory", lambda: web.Response(body=dump(actor_document(victim)), content_type=ACTIVITY_JSON)
    )
    with pytest.raises(OriginError):
        await world.resolver.actor(world.uri("mallory"))
    async with world.database.reading() as session:
        assert (await session.scalars(select(Actor).where(Actor.uri == victim))).one().name == "Bram"


async def test_an_address_that_is_not_public_is_not_connected_to(world: World) -> None:
    for uri in ("http://127.0.0.1:1/users/x", "https://127.0.0.1/x", "https://localhost/x", "https://[::1]/x"):
        with pytest.raises(AddressRefused):
            await world.resolver.actor(uri)


async def test_the_host_of_an_issue_comes_along(world: World) -> None:
    host = actor_document(world.uri("utrecht"), "Organization")
    issue = actor_document(world.uri("wonen"), "Group", kind="issue", host=host["id"], question="Waar?")
    world.serve(host)
    world.serve(issue)
    actor = await world.resolver.actor(issue["id"])
    async with world.database.reading() as session:
        stored = await session.get_one(Issue, actor.id)
        organisation = await session.get_one(Actor, stored.host_id)
    assert organisation.uri == host["id"]
    assert world.asked() == ["/users/wonen", "/users/utrecht"]


async def test_the_host_of_an_issue_on_another_server_is_not_even_asked_for(world: World) -> None:
    world.serve(actor_document(world.uri("wonen"), "Group", kind="issue", host="https://evil.example/o"))
    actor = await world.resolver.actor(world.uri("wonen"))
    async with world.database.reading() as session:
        assert (await session.get_one(Issue, actor.id)).host_id is None


async def test_an_account_is_found_by_webfinger_and_then_known_for_a_day(world: World) -> None:
    account = f"bram@127.0.0.1:{world.peer.port}"
    link = {"rel": "self", "type": ACTIVITY_JSON, "href": world.uri("bram")}
    answer = {"subject": f"acct:{account}", "links": [link]}
    world.peer.serve(
        "/.well-known/webfinger", lambda: web.Response(body=dump(answer), content_type="application/jrd+json")
    )
    world.serve(actor_document(world.uri("bram")))
    found = await world.resolver.account(f"@{account}")
    assert found.uri == world.uri("bram")
    assert [path.partition("?")[0] for path in world.asked()] == ["/.well-known/webfinger", "/users/bram"]
    assert (await world.resolver.account(f"acct:BRAM@127.0.0.1:{world.peer.port}")).id == found.id
    assert len(world.asked()) == 2
    async with world.database.writing() as session:
        await session.execute(update(Actor).values(fetched_at=found.fetched_at - timedelta(days=2)))
    await world.resolver.account(account)
    assert len(world.asked()) == 4


async def test_an_account_of_ours_is_found_without_asking_anyone(world: World) -> None:
    async with world.database.writing() as session:
        fatima = await here(session, "fatima", site=world.site)
    assert (await world.resolver.account("@Fatima@tilburg.example")).id == fatima.id
    with pytest.raises(Gone):
        await world.resolver.account("@niemand@tilburg.example")
    assert world.asked() == []


@pytest.mark.parametrize("text", ["", "bram", "@bram", "a b@c.example", "bram@", "@@", "x" * 1_000, "a@b\0c.example"])
async def test_what_is_no_account_is_refused(world: World, text: str) -> None:
    with pytest.raises(DocumentError):
        await world.resolver.account(text)


async def test_what_a_person_types_may_be_an_address_or_an_account(world: World) -> None:
    world.serve(actor_document(world.uri("bram")))
    assert (await world.resolver.page(world.uri("bram"))).handle == "bram"
    with pytest.raises(DocumentError):
        await world.resolver.page("javascript:alert(1)")


async def test_what_is_ours_is_not_fetched_as_an_object_either(world: World) -> None:
    for uri in (f"{world.site.base_url}/inbreng/1", "https://tilburg.example:443/inbreng/1"):
        with pytest.raises(OriginError):
            await world.resolver.fetch(uri)
    with pytest.raises(DocumentError):
        await world.resolver.fetch("file:///etc/passwd")
