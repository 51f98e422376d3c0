"""Taking in what another instance has said already: its issues, its knowledge, a conversation.

Everything is fetched at its own origin, whatever list it was found in, and goes through the same
mapping as what arrives. All of it is bounded in pages, items, time and what one host is asked at
once (Mastodon CVE-2022-46405), and may be done again without harm.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Final

from sqlalchemy import select, update

from actors.actor import Actor
from actors.among import among
from actors.database import Database
from actors.database import now as present
from actors.instances.tables import Instance
from actors.kinds import ActorKind
from actors.posts.tables import Post
from actors.resolve import Resolver
from actors.sanitize import clean_line
from actors.site import Site
from actors.upsert import insert_or_update
from federation.client import Client
from federation.documents import ActorDocument, JsonObject, ids_of, iri_of, origin_of, same_origin
from federation.documents.role import RoleDocument, roles_in
from federation.errors import DocumentError, FederationError, OriginError
from federation.nodeinfo import NodeInfo, read_nodeinfo
from inbox.batch import Batch
from inbox.fetching import Fetcher
from inbox.holding import hold
from inbox.names import Names
from inbox.outcomes import Done
from inbox.policy import Policies
from inbox.posting import take_post
from inbox.preload import preload
from inbox.reading import Reading, is_post

log = logging.getLogger(__name__)

_MOST_PAGES: Final = 20
_MOST_ITEMS: Final = 1_000
_MOST_CONVERSATION_PAGES: Final = 50
_MOST_CONVERSATION: Final = 2_000
_MOST_WITH_ROLES: Final = 200
_MOST_PAGES_OF_ROLES: Final = 10
_CHUNK: Final = 40
_SECONDS: Final = 180.0
_A_MINUTE_OF_HOST: Final = 3_000


class Backfill:
    """Links with other instances and takes in what they have."""

    def __init__(
        self,
        database: Database,
        site: Site,
        resolver: Resolver,
        client: Client,
        policies: Policies | None = None,
    ) -> None:
        self._database = database
        self._site = site
        self._resolver = resolver
        self._client = client
        self._policies = policies or Policies(database)
        self._fetcher = Fetcher(resolver, a_minute_of_host=_A_MINUTE_OF_HOST)

    async def link(self, address: str) -> Instance:
        """Return the instance at a URL, host or account (``instantie@utrecht.example``), noted as linked with ours.

        Its NodeInfo says which organisation runs it; who links also follows that one, which is the
        caller's to do. Raises ``FederationError`` by its leaves: `DocumentError` where it names no
        organisation of its own, `OriginError` where we block it.
        """
        base_url, named = await self._find(address)
        if self._site.is_local(base_url):
            raise DocumentError("an instance cannot be linked with itself")
        info = await read_nodeinfo(self._client, base_url)
        organisation = await self._organisation(info, base_url, named)
        if organisation.suspended_at is not None or (await self._policies.current()).refuses(organisation.domain):
            raise OriginError(f"{organisation.domain} is blocked", public="That server is blocked here.")
        moment = present()
        row = {
            "domain": organisation.domain,
            "name": clean_line(_node_name(info) or organisation.name, 200),
            "software": info.software,
            "software_version": info.version,
            "described_at": moment,
            "actor_id": organisation.id,
            "linked_at": moment,
            "created_at": moment,
        }
        async with self._database.writing() as session:
            await insert_or_update(
                session, Instance, row, on=("domain",), update=[name for name in row if name != "created_at"]
            )
            return await session.get_one(Instance, organisation.domain, populate_existing=True)

    async def collect(self, instance: Instance) -> int:
        """Take in the issues, knowledge products and outcomes of a linked instance; return how many are new.

        Raises ``FederationError`` where its organisation cannot be read; one item that cannot be had
        is left out.
        """
        async with self._database.reading() as session:
            organisation = await session.get_one(Actor, instance.actor_id)
        document = ActorDocument.read(await self._resolver.fetch(organisation.uri))
        count = 0
        try:
            async with asyncio.timeout(_SECONDS):
                issues = await self._list(document.issues, _MOST_PAGES, _MOST_ITEMS)
                count += await self._take_issues([uri for uri in issues if same_origin(uri, organisation.uri)])
                products = await self._list(document.knowledge_products, _MOST_PAGES, _MOST_ITEMS)
                count += await self._take_posts(products, organisation)
                await self._take_roles([uri for uri in issues if same_origin(uri, organisation.uri)])
        except TimeoutError:
            log.warning("%s has more than could be read in %d seconds", instance.domain, _SECONDS)
            return count
        async with self._database.writing() as session:
            await session.execute(
                update(Instance).where(Instance.domain == instance.domain).values(backfilled_at=present())
            )
        return count

    async def conversation(self, issue_uri: str) -> int:
        """Take in what was said in an issue or network elsewhere, newest first; return how much is new.

        Raises ``FederationError`` where the issue cannot be read.
        """
        space = await self._resolver.actor(issue_uri)
        if space.is_local:
            return 0
        document = ActorDocument.read(await self._resolver.fetch(space.uri))
        if document.context is None or not same_origin(document.context, space.uri):
            return 0
        async with asyncio.timeout(_SECONDS):
            said = await self._list(document.context, _MOST_CONVERSATION_PAGES, _MOST_CONVERSATION)
            # Oldest first, so that what is answered comes before its answers.
            return await self._take_posts(said[::-1], space)

    async def _find(self, address: str) -> tuple[str, Actor | None]:
        """Return the base URL that an address means, and the actor if it names one."""
        if "@" in address and not address.startswith(("http://", "https://")):
            actor = await self._resolver.account(address)
            return _base_of(actor.uri), actor
        if "://" not in address:
            address = f"https://{address}"
        return _base_of(address), None

    async def _organisation(self, info: NodeInfo, base_url: str, named: Actor | None) -> Actor:
        ours = info.metadata.get("samenspraak")
        uri = iri_of(ours.get("organisation")) if type(ours) is dict else None
        if uri is not None and same_origin(uri, base_url):
            return await self._resolver.actor(uri, refresh=True)
        if named is not None and named.kind is ActorKind.ORGANISATION:
            return named
        raise DocumentError(f"{base_url} names no organisation", public="That server names no organisation.")

    async def _list(self, collection: str | None, most_pages: int, most: int) -> list[str]:
        """Return the ids in a collection of another server, here unknown and not ours, as its pages list them."""
        if collection is None:
            return []
        listed: dict[str, None] = {}
        async for page in self._pages(collection, most_pages):
            for name in ("orderedItems", "items"):
                for uri in ids_of(page.get(name), most):
                    if iri_of(uri) is not None and not self._site.is_local(uri):
                        listed[uri] = None
            if len(listed) >= most:
                break
        return list(listed)[:most]

    async def _pages(self, collection: str, most: int) -> AsyncIterator[JsonObject]:
        """Yield a collection and its pages, each of them of one origin and none of them twice."""
        following: str | None = collection
        seen: set[str] = set()
        while following is not None and following not in seen and len(seen) <= most:
            seen.add(following)
            page = await self._resolver.fetch(following)
            yield page
            first = page.get("first") if following == collection else None
            if type(first) is dict:
                yield first
                page = first
                first = None
            link = iri_of(first) or iri_of(page.get("next"))
            following = link if link is not None and same_origin(link, collection) else None

    async def _take_issues(self, uris: Sequence[str]) -> int:
        async with self._database.reading() as session:
            query = select(Actor.uri).where(among(session, Actor.uri, list(uris)))
            known = set(await session.scalars(query))
        unknown = [uri for uri in uris if uri not in known]
        found = await self._fetcher.all_of([], unknown)
        return sum(not isinstance(one, FederationError) for one in found.values())

    async def _take_roles(self, issue_uris: Sequence[str]) -> None:
        """Take in who holds which role on issues, as each of them lists it; one that cannot be had is left out."""
        found = await self._fetcher.all_of(issue_uris[:_MOST_WITH_ROLES], [])
        for uri, document in found.items():
            listed = iri_of(document.get("roles")) if isinstance(document, dict) else None
            if listed is None or not same_origin(listed, uri):
                continue
            try:
                roles = [role async for page in self._pages(listed, _MOST_PAGES_OF_ROLES) for role in roles_in(page)]
            except FederationError as error:
                log.info("the roles of %s are left out: %s", uri, error.reason)
                continue
            await self._store_roles(uri, [role for role in roles if role.issue == uri])

    async def _store_roles(self, issue_uri: str, roles: Sequence[RoleDocument]) -> None:
        await self._meet({role.subject for role in roles})
        policy, names = await self._policies.current(), Names()
        names.actors.update([issue_uri, *(role.subject for role in roles)])
        names.activities.update(role.id for role in roles)
        async with self._database.writing() as session:
            known = await preload(session, names)
            issue = known.actors.get(issue_uri)
            if issue is None or issue.kind is not ActorKind.ISSUE or issue.is_local:
                return
            batch = Batch(session, self._site, known, Reading(), policy=policy, now=present())
            for role in roles:
                await hold(batch, role, issue)
            await batch.flush()

    async def _take_posts(self, uris: Sequence[str], relayed_by: Actor) -> int:
        """Store posts, each fetched at its origin, as said where ``relayed_by`` lists them."""
        async with self._database.reading() as session:
            query = select(Post.uri).where(among(session, Post.uri, list(uris)))
            known = set(await session.scalars(query))
        wanted = [uri for uri in uris if uri not in known]
        count = 0
        for start in range(0, len(wanted), _CHUNK):
            found = await self._fetcher.all_of(wanted[start : start + _CHUNK], [])
            documents = [one for one in found.values() if isinstance(one, dict) and is_post(one)]
            count += await self._store(documents, relayed_by)
        return count

    async def _store(self, documents: Sequence[JsonObject], relayed_by: Actor) -> int:
        reading = Reading()
        posts = []
        for document in documents:
            try:
                posts.append(reading.post(document))
            except FederationError as error:
                log.info("left out: %s", error.reason)
        await self._meet({post.attributed_to for post in posts})
        policy = await self._policies.current()
        names = Names()
        names.add_fetched([post.raw for post in posts], reading)
        names.actors.add(relayed_by.uri)
        taken = 0
        async with self._database.writing() as session:
            batch = Batch(session, self._site, await preload(session, names), reading, policy=policy, now=present())
            for post in posts:
                author = batch.actor(post.attributed_to)
                if author is None or author.is_local or not batch.is_heard(author) or post.id in batch.known.posts:
                    continue
                relay = batch.known.actors[relayed_by.uri]
                taken += isinstance(take_post(batch, post, author, relayed_by=relay, silent=True), Done)
            await batch.flush()
        return taken

    async def _meet(self, uris: set[str]) -> None:
        """Have the authors known; those who cannot be fetched stay unknown."""
        async with self._database.reading() as session:
            query = select(Actor.uri).where(among(session, Actor.uri, list(uris)))
            known = set(await session.scalars(query))
        await self._fetcher.all_of([], [uri for uri in uris - known if not self._site.is_local(uri)])


def _base_of(url: str) -> str:
    scheme, host, port = origin_of(url)
    return f"{scheme}://{host}" if port == {"http": 80, "https": 443}[scheme] else f"{scheme}://{host}:{port}"


def _node_name(info: NodeInfo) -> str | None:
    name = info.metadata.get("nodeName")
    return name if type(name) is str else None
