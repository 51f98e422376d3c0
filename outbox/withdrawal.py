"""Taking back what was said: who was told of it, and an end to telling.

What is withdrawn lives on in more places than its own row: in the activities that carried it, which
the outbox serves, and in the deliveries that still wait. And it went to more servers than follow its
author today: to those that have left since, and to those that an issue passed it on to.
"""

from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.among import among
from outbox.tables import Activity, Delivery


async def inboxes_told(session: AsyncSession, object_uri: str) -> set[str]:
    """Return every inbox that we sent something about this object to, or are about to."""
    query = select(Delivery.inbox).join(Activity, Activity.id == Delivery.activity_id)
    return set(await session.scalars(query.where(Activity.object_uri == object_uri).distinct()))


async def take_back(session: AsyncSession, object_uris: Collection[str]) -> None:
    """Forget all that was said of these objects: it is neither served nor delivered any more.

    Do it before the Delete is queued, which is about them as well.
    """
    if object_uris:
        await session.execute(delete(Activity).where(among(session, Activity.object_uri, object_uris)))
