"""What the tests of publishing look at: the activities that were queued, and for which inboxes."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from federation.documents import Activity as ActivityDocument
from federation.documents import JsonObject, parse
from outbox.tables import Activity, Delivery
from tests.actors.cast import SITE


@dataclass(frozen=True)
class Queued:
    """An activity as it stands in the queue: read as a peer would, with where it goes."""

    row: Activity
    read: ActivityDocument
    inboxes: frozenset[str]

    @property
    def type(self) -> str:
        return self.read.type

    @property
    def document(self) -> JsonObject:
        return self.read.raw

    @property
    def object(self) -> JsonObject:
        assert self.read.object is not None, f"{self.type} does not embed its object"
        return self.read.object

    @property
    def is_wrapped(self) -> bool:
        """Whether it announces a whole activity, rather than the address of a post."""
        return self.type == "Announce" and self.read.object is not None


async def queued(session: AsyncSession, *types: str) -> list[Queued]:
    """Return what is queued, in order; of these types only, if any is given. Everything in it must be valid."""
    await session.flush()
    found: list[Queued] = []
    for row in await session.scalars(select(Activity).order_by(Activity.id)):
        read = ActivityDocument.read(parse(row.document.encode()))
        assert (read.id, read.type) == (row.uri, row.type)
        assert SITE.is_local(read.id)
        inboxes = list(await session.scalars(select(Delivery.inbox).where(Delivery.activity_id == row.id)))
        assert len(inboxes) == len(set(inboxes))
        assert not [inbox for inbox in inboxes if SITE.is_local(inbox)]
        if not types or row.type in types:
            found.append(Queued(row, read, frozenset(inboxes)))
    return found


async def the_only(session: AsyncSession, type_: str) -> Queued:
    """Return the one queued activity of this type."""
    (one,) = await queued(session, type_)
    return one


def shared(*domains: str) -> frozenset[str]:
    """Return the inboxes that these servers share among their actors."""
    return frozenset(f"https://{domain}/inbox" for domain in domains)
