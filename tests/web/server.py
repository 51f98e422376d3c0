"""An instance behind a real socket, and a server of another make that signs what it asks."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from actors.actor import Actor
from actors.database import Database
from actors.media.store import DocumentStore
from actors.people.accounts import add_account, hash_password
from actors.people.sessions import open_session
from actors.remote import store_actor
from actors.resolve import Resolver
from actors.vault import Vault
from actors.wakeups import Wakeups
from federation.addresses import AddressPolicy
from federation.client import Client
from federation.documents import ActorDocument, JsonObject, PostDocument, parse
from federation.keys import SigningKey
from federation.signatures import sign_get
from inbox.authenticate import Authenticator
from inbox.receive import Receiver
from tests.actors.cast import MOMENT, SITE, actor_document
from tests.support.keys import SECRET, key_pair, key_ring
from web.app import Resources, create_app
from web.limits import Limits
from web.visitor import SESSION_COOKIE

ACTIVITY = "application/activity+json"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> JsonObject:
        assert self.headers["Content-Type"].split(";")[0] == ACTIVITY, self.headers["Content-Type"]
        return parse(self.body)

    @property
    def post(self) -> PostDocument:
        return PostDocument.read(self.document)


class Instance:
    """The application on a socket of this machine. Every path is asked for as under its public name."""

    def __init__(self, database: Database, client: TestClient[Any, Any], documents: DocumentStore) -> None:
        self.database = database
        self.documents = documents
        self._client = client

    async def ask(self, method: str, path: str, *, data: Any = None, **headers: str) -> Answer:
        """Ask as anyone; the path goes out byte for byte."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = URL(f"{str(self._client.make_url('/')).rstrip('/')}{path}", encoded=True)
        async with self._client.session.request(
            method, url, headers={"Host": SITE.domain} | named, data=data, allow_redirects=False
        ) as response:
            return Answer(response.status, response.headers.copy(), await response.read())

    async def listen(self, pages: AsyncExitStack, path: str) -> int:
        """Open a stream for as long as the stack is open; return the status that it got."""
        url = self._client.make_url(path)
        answer = await pages.enter_async_context(self._client.session.get(url, headers={"Host": SITE.domain}))
        return answer.status

    async def get(self, path: str, **headers: str) -> Answer:
        """Ask for a document, as a server does."""
        return await self.ask("GET", path, **({"Accept": ACTIVITY} | headers))

    async def get_signed(self, path: str, actor_uri: str, **changed: str) -> Answer:
        """Ask for a document with a signature of this actor; ``changed`` replaces headers after signing."""
        key = SigningKey(f"{actor_uri}#main-key", key_pair()[0])
        headers = sign_get(f"{SITE.base_url}{path}", key, accept=ACTIVITY, now=datetime.now(UTC))
        return await self.get(path, **(headers | changed))

    async def sign_in(self, actor: Actor) -> str:
        """Return the cookie of a new session of a person here."""
        async with self.database.writing() as session:
            account = await add_account(
                session, actor, email=f"{actor.handle}@x.example", password_hash=_HASH, now=MOMENT
            )
            return f"{SESSION_COOKIE}={await open_session(session, account, now=datetime.now(UTC))}"


_HASH = hash_password("een-lang-wachtwoord")


async def known_peer(database: Database, handle: str, domain: str = "utrecht.example") -> Actor:
    """Store an actor of another server as it tells of itself, with the key that it signs with."""
    document = ActorDocument.read(actor_document(f"https://{domain}/users/{handle}"))
    async with database.writing() as session:
        return await store_actor(session, document, now=MOMENT)


@asynccontextmanager
async def serving(
    database: Database, folder: Path, *, hosts: Mapping[str, str] | None = None
) -> AsyncIterator[Instance]:
    """Serve an instance over a database; ``hosts`` are the servers that it can reach."""
    ring = key_ring()
    documents = DocumentStore(folder)
    async with Client(AddressPolicy(), user_agent="Samenspraak/test", hosts=hosts) as client:
        resolver = Resolver(database, SITE, client, ring)
        authenticator = Authenticator(database, SITE, resolver, key_seconds=60.0)
        receiver = Receiver(database, SITE, authenticator, seconds=60.0)
        app = create_app(
            Resources(
                site=SITE, database=database, keys=ring, vault=Vault(SECRET), resolver=resolver, documents=documents,
                wakeups=Wakeups(database), authenticator=authenticator, receiver=receiver, limits=Limits(),
                require_mfa=False,
            )
        )  # fmt: skip
        async with TestClient(TestServer(app)) as test_client:
            yield Instance(database, test_client, documents)
        await receiver.close()
