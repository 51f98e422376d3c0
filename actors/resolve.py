"""From a URI or an account to a row: ours first, then what we know, then the other server.

Nothing here fetches inside a write transaction: a document is fetched first, then stored in a
short transaction of its own.
"""

from datetime import timedelta

from sqlalchemy import select

from actors.actor import Actor, account_key
from actors.bounded import BoundedCache
from actors.database import Database, now
from actors.keys import KeyRing
from actors.local import application_actor
from actors.remote import store_actor
from actors.site import Site
from federation.client import Client
from federation.documents import ActorDocument, JsonObject, same_origin
from federation.errors import FederationError, FetchError, Gone, OriginError
from federation.keys import SigningKey
from federation.webfinger import parse_account, resolve_account

_FAILED_SECONDS = 60.0
_STALE = timedelta(days=1)


class Resolver:
    """Finds actors and objects, fetching them where needed; fetches are signed by the server's own actor."""

    def __init__(self, database: Database, site: Site, client: Client, keys: KeyRing) -> None:
        self._database = database
        self._site = site
        self._client = client
        self._keys = keys
        self._failed: BoundedCache[str, FederationError] = BoundedCache(2_000, _FAILED_SECONDS)

    async def fetch(self, uri: str, *, timeout: float = 10.0) -> JsonObject:
        """Return the object at its own URI. Raises `FetchError`, `DocumentError` or `OriginError`."""
        # By origin: ours may be written in more ways than one, with its port or in capitals.
        if same_origin(uri, self._site.base_url):
            raise OriginError("asked to fetch what is ours")
        return await self._client.get_object(uri, key=await self._signing_key(), timeout=timeout)

    async def known_actor(self, uri: str) -> Actor | None:
        """Return the actor if we have it, ours or another's."""
        async with self._database.reading() as session:
            return (await session.scalars(select(Actor).where(Actor.uri == uri))).one_or_none()

    async def actor(self, uri: str, *, refresh: bool = False, timeout: float = 10.0) -> Actor:
        """Return the actor with this id, fetched when unknown, or when ``refresh`` asks for it.

        Raises `FetchError`, `DocumentError` or `OriginError`. A failure is remembered for a minute,
        so that a flood of messages from one broken server asks it once.
        """
        known = await self.known_actor(uri)
        if known is not None and (known.is_local or not refresh):
            return known
        if (failed := self._failed.get(uri)) is not None:
            raise _bare(failed)
        try:
            document = ActorDocument.read(await self.fetch(uri, timeout=timeout))
            hosted_by = document.host if document.host and same_origin(document.host, document.id) else None
            # One step deep and no further: a host's document names no host.
            host = ActorDocument.read(await self.fetch(hosted_by, timeout=timeout)) if hosted_by else None
        except FederationError as error:
            self._failed.put(uri, _bare(error))
            raise
        async with self._database.writing() as session:
            if host is not None:
                await store_actor(session, host, now=now())
            return await store_actor(session, document, now=now())

    async def account(self, account: str) -> Actor:
        """Return the actor of ``acct:handle@domain`` (or ``@handle@domain``), by WebFinger when it is not ours.

        Raises `DocumentError` for what is not an account, else as `actor`.
        """
        parsed = parse_account(account)
        async with self._database.reading() as session:
            query = select(Actor).where(
                Actor.account_key == account_key(parsed.handle, parsed.domain),
                Actor.deleted_at.is_(None),
            )
            known = (await session.scalars(query.order_by(Actor.id.desc()).limit(1))).one_or_none()
        if parsed.domain == self._site.domain:
            if known is None:
                raise Gone(404, f"no {account} here")
            return known
        if known is not None and known.fetched_at is not None and now() - known.fetched_at < _STALE:
            return known
        return await self.actor(await resolve_account(self._client, parsed), refresh=True)

    async def page(self, address: str) -> Actor:
        """Return the actor at a URL or account that a person typed."""
        if address.startswith(("http://", "https://")):
            return await self.actor(address, refresh=True)
        return await self.account(address)

    async def _signing_key(self) -> SigningKey:
        async with self._database.reading() as session:
            return await self._keys.signing_key(session, (await application_actor(session)).id)


def _bare(error: FederationError) -> FederationError:
    """Return the same error without the frames that it came through: they hold all that a peer sent."""
    bare = type(error).__new__(type(error), *error.args)
    bare.__dict__.update(error.__dict__)
    return bare


__all__ = ["FetchError", "Resolver"]
