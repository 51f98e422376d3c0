"""Everything that an instance is made of, built in one place and closed in reverse."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from actors.actor import Actor
from actors.database import Database
from actors.keys import KeyRing
from actors.media.store import DocumentStore
from actors.resolve import Resolver
from actors.site import Site
from actors.vault import Vault
from actors.wakeups import POLICIES, Wakeups
from deploy.settings import Settings
from federation.client import Client
from inbox.backfill import Backfill
from inbox.policy import Policies
from outbox.mail.smtp import SmtpSender
from web.wellknown import REPOSITORY, VERSION


class NotReady(Exception):
    """The instance cannot do this yet, or not now; the message says what to do."""


@dataclass(frozen=True)
class Parts:
    """The parts of one process of an instance."""

    settings: Settings
    database: Database
    vault: Vault
    keys: KeyRing
    client: Client
    resolver: Resolver
    documents: DocumentStore
    wakeups: Wakeups
    policies: Policies
    backfill: Backfill

    @property
    def site(self) -> Site:
        """The instance's address."""
        return self.settings.site

    def smtp_sender(self) -> SmtpSender | None:
        """Return a connection to the mail server, not opened yet; None when the instance has none."""
        if self.settings.smtp is None:
            return None
        return SmtpSender(self.settings.smtp, hello=self.site.domain, ca_file=self.settings.ca_file)


@asynccontextmanager
async def wire(settings: Settings) -> AsyncIterator[Parts]:
    """Yield the parts of an instance that `samenspraak init` has made."""
    database = Database(settings.database_url)
    vault = Vault(settings.secret())
    keys = KeyRing(vault)
    client = Client(
        settings.address_policy,
        hosts=settings.hosts,
        ca_file=settings.ca_file,
        user_agent=f"Samenspraak/{VERSION} (+{settings.site.base_url}; {REPOSITORY})",
    )
    resolver = Resolver(database, settings.site, client, keys)
    wakeups = Wakeups(database)
    policies = Policies(database)
    wakeups.on_ring(POLICIES, policies.hurry)
    try:
        async with client:
            yield Parts(
                settings=settings,
                database=database,
                vault=vault,
                keys=keys,
                client=client,
                resolver=resolver,
                documents=DocumentStore(settings.data_dir / "documents"),
                wakeups=wakeups,
                policies=policies,
                backfill=Backfill(database, settings.site, resolver, client, policies),
            )
    finally:
        await database.close()


async def check_initialised(database: Database) -> None:
    """Raise `NotReady` unless the database is there, up to date enough to read, and has been initialised."""
    try:
        async with database.reading() as session:
            count = await session.scalar(select(func.count()).select_from(Actor).where(Actor.is_local.is_(True)))
    except (DBAPIError, OSError) as error:
        if "no such table" in str(error) or "UndefinedTable" in str(error):
            raise NotReady("the database is empty; run `samenspraak init` first") from None
        raise
    if not count:
        raise NotReady("this instance has no organisation yet; run `samenspraak init` first")
