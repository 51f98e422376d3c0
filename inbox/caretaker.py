"""Upkeep: learning what software other servers run, and letting go of what need not be kept.

What a server runs decides how a group's announcements look to it (`outbox.announce`), so hosts of
followers are asked for their NodeInfo, once a week at most. What is remembered about other servers
is bounded by age and by number (Fedify CVE-2026-69132).
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.among import among
from actors.database import Database
from actors.database import now as present
from actors.instances.tables import Instance
from actors.kinds import FollowState
from actors.media.pruning import prune_files
from actors.media.store import DocumentStore
from actors.moderation.kinds import ServerPolicy
from actors.moderation.servers import unsettled
from actors.posts.tables import Tombstone
from actors.relations import Follow, Revoked
from actors.sanitize import clean_line
from actors.site import Site
from actors.upsert import insert_or_ignore
from federation.client import Client
from federation.errors import FederationError
from federation.nodeinfo import read_nodeinfo
from inbox.backfill import Backfill
from inbox.retention import let_go
from inbox.tables import Arrival, ArrivalState
from outbox.publish.removal import remove_suspended
from outbox.servers import settle_server

log = logging.getLogger(__name__)

_EVERY: Final = 60.0
_PRUNED_EVERY: Final = timedelta(hours=1)
_CLEARED_EVERY: Final = timedelta(days=1)
_DESCRIBED_EVERY: Final = timedelta(days=7)
_TRIED_AGAIN_AFTER: Final = timedelta(days=1)
_AT_ONCE: Final = 8
_HOSTS_A_RUN: Final = 50
_MEMORY: Final = timedelta(days=90)
_MOST_REMEMBERED: Final = 500_000
_FAILED_BODIES: Final = timedelta(days=30)
_WITHOUT_EFFECT: Final = {
    ArrivalState.IGNORED: timedelta(days=30),
    ArrivalState.REFUSED: timedelta(days=30),
    ArrivalState.FAILED: timedelta(days=90),
}
"""How long an arrival is remembered that changed nothing. What did is remembered for good: a copy has no effect."""
_CHUNK: Final = 5_000
_NOT_COLLECTED: Final = (
    select(Instance.domain)
    .where(Instance.linked_at.is_not(None), Instance.backfilled_at.is_(None), Instance.actor_id.is_not(None))
    .limit(1)
)
_WITHOUT_EFFECT_INDEX: Final = text("arrivals.state IN ('ignored', 'refused', 'failed')")


class Caretaker:
    """Does the upkeep of the instance until told to stop. One a process does no harm."""

    def __init__(
        self,
        database: Database,
        client: Client,
        documents: DocumentStore,
        site: Site,
        backfill: Backfill,
        *,
        clock: Callable[[], datetime] = present,
    ) -> None:
        self._database = database
        self._client = client
        self._documents = documents
        self._site = site
        self._backfill = backfill
        self._clock = clock
        self._pruned_at: datetime | None = None
        self._cleared_at: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Look around every minute until ``stop`` is set."""
        while not stop.is_set():
            try:
                await self.turn()
            except Exception as error:  # noqa: BLE001 - upkeep can wait, whatever the trouble
                log.warning("upkeep failed, trying again in a minute: %s", error)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _EVERY)

    async def turn(self) -> None:
        """Do what is due."""
        await self._settle_servers()
        await self._collect_links()
        await describe_instances(self._database, self._client, now=self._clock())
        if self._pruned_at is None or self._clock() - self._pruned_at >= _PRUNED_EVERY:
            self._pruned_at = self._clock()
            await prune(self._database, now=self._clock())
            await remove_suspended(self._database, self._site, now=self._clock())
        if self._cleared_at is None or self._clock() - self._cleared_at >= _CLEARED_EVERY:
            self._cleared_at = self._clock()
            await let_go(self._database, now=self._clock())
            removed = await prune_files(self._database, self._documents)
            log.info("%d files that nothing refers to are removed", removed)

    async def _settle_servers(self) -> None:
        async with self._database.reading() as session:
            domains = await unsettled(session)
        for domain in domains:
            await settle_server(self._database, domain, now=self._clock())

    async def _collect_links(self) -> None:
        """Take in what a newly linked instance has published; where that fails, an administrator may ask again."""
        async with self._database.reading() as session:
            domain = await session.scalar(_NOT_COLLECTED)
        if domain is None:
            return
        async with self._database.writing() as session:
            # Taken, so that another process does not collect as well.
            instance = (
                await session.scalars(
                    update(Instance)
                    .where(Instance.domain == domain, Instance.backfilled_at.is_(None))
                    .values(backfilled_at=self._clock())
                    .returning(Instance)
                )
            ).one_or_none()
        if instance is not None:
            try:
                count = await self._backfill.collect(instance)
                log.info("took in %d issues and products of %s", count, domain)
            except FederationError as error:
                log.warning("could not take in what %s has published: %s", domain, error.reason)


async def describe_instances(database: Database, client: Client, *, now: datetime, most: int = _HOSTS_A_RUN) -> int:
    """Read the NodeInfo of servers that we know too little of; return how many answered."""
    async with database.reading() as session:
        # Looked for before the write lane is taken: mostly there is nothing to do.
        strangers = await _strangers(session, most)
        due = await _due(session, now, most)
    if not strangers and not due:
        return 0
    async with database.writing() as session:
        await insert_or_ignore(session, Instance, [{"domain": domain, "created_at": now} for domain in strangers])
        due = await _due(session, now, most)
        # Taken, so that another process does not ask as well.
        await session.execute(
            update(Instance)
            .where(among(session, Instance.domain, [domain for domain, _ in due]))
            .values(described_at=now - _DESCRIBED_EVERY + _TRIED_AGAIN_AFTER),
            execution_options={"synchronize_session": False},
        )
    lanes = asyncio.Semaphore(_AT_ONCE)
    answered = await asyncio.gather(*(_describe(database, client, lanes, *one, now=now) for one in due))
    return sum(answered)


async def prune(database: Database, *, now: datetime) -> None:
    """Forget, when old or too many: deletions and undoings of what never came, and arrivals that had no effect."""
    for table in (Revoked, Tombstone):
        await _forget(database, table, table.created_at < now - _MEMORY)
        async with database.reading() as session:
            excess = ((await session.scalar(select(func.count()).select_from(table))) or 0) - _MOST_REMEMBERED
            bound = (
                await session.scalar(select(table.created_at).order_by(table.created_at).offset(excess).limit(1))
                if excess > 0
                else None
            )
        if bound is not None:
            await _forget(database, table, table.created_at < bound)
    await _drop_failed_bodies(database, now - _FAILED_BODIES)
    for state, kept in _WITHOUT_EFFECT.items():
        await _forget_arrivals(database, state, now - kept)


async def _drop_failed_bodies(database: Database, before: datetime) -> None:
    failed = Arrival.state == ArrivalState.FAILED
    async with database.writing() as session:
        await session.execute(
            update(Arrival).where(failed, Arrival.received_at < before, Arrival.body.is_not(None)).values(body=None),
            execution_options={"synchronize_session": False},
        )


async def _forget_arrivals(database: Database, state: ArrivalState, before: datetime) -> None:
    # The states are written out, so that the planner sees that the partial index has all of them.
    old = (_WITHOUT_EFFECT_INDEX, Arrival.state == state, Arrival.received_at < before)
    while True:
        async with database.writing() as session:
            ids = (await session.scalars(select(Arrival.id).where(*old).order_by(Arrival.id).limit(_CHUNK))).all()
            await session.execute(
                delete(Arrival).where(among(session, Arrival.id, ids), *old),
                execution_options={"synchronize_session": False},
            )
        if len(ids) < _CHUNK:
            return


async def _forget(database: Database, table: type[Revoked] | type[Tombstone], condition: Any) -> None:
    while True:
        async with database.writing() as session:
            uris: Sequence[str] = (await session.scalars(select(table.uri).where(condition).limit(_CHUNK))).all()
            if uris:
                await session.execute(
                    delete(table).where(among(session, table.uri, uris), condition),
                    execution_options={"synchronize_session": False},
                )
        if len(uris) < _CHUNK:
            return


async def _strangers(session: AsyncSession, most: int) -> list[str]:
    """Return servers of followers of ours that have no row yet."""
    query = (
        select(Actor.domain)
        .join(Follow, Follow.follower_id == Actor.id)
        .where(
            Follow.state == FollowState.ACCEPTED,
            Actor.is_local.is_(False),
            Actor.deleted_at.is_(None),
            ~exists().where(Instance.domain == Actor.domain),
        )
        .distinct()
        .limit(most)
    )
    return list(await session.scalars(query))


async def _due(session: AsyncSession, now: datetime, most: int) -> list[tuple[str, str]]:
    """Return the host, and the URI of some actor of it, of servers to be asked."""
    of_host = select(func.min(Actor.uri)).where(Actor.domain == Instance.domain, Actor.is_local.is_(False))
    query = (
        select(Instance.domain, of_host.scalar_subquery())
        .where(
            or_(Instance.described_at.is_(None), Instance.described_at < now - _DESCRIBED_EVERY),
            or_(Instance.rests_until.is_(None), Instance.rests_until < now),
            Instance.policy != ServerPolicy.SUSPENDED,
        )
        .order_by(Instance.described_at.is_not(None), Instance.described_at)
        .limit(most)
    )
    return [(domain, uri or f"https://{domain}/") for domain, uri in await session.execute(query)]


async def _describe(
    database: Database, client: Client, lanes: asyncio.Semaphore, domain: str, uri: str, *, now: datetime
) -> bool:
    async with lanes:
        try:
            info = await read_nodeinfo(client, f"{uri.partition('://')[0]}://{domain}")
        except FederationError as error:
            log.info("%s does not say what it runs: %s", domain, error.reason)
            return False
    node_name = info.metadata.get("nodeName")
    described: dict[str, Any] = {
        "software": info.software,
        "software_version": info.version,
        "described_at": now,
    }
    if type(node_name) is str:
        described["name"] = clean_line(node_name, 200)
    async with database.writing() as session:
        await session.execute(
            update(Instance).where(Instance.domain == domain).values(**described),
            execution_options={"synchronize_session": False},
        )
    return True
