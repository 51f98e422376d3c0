"""Handling a batch of arrivals in one transaction, up to what became of each."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from actors.site import Site
from federation.documents import Activity
from federation.errors import FederationError
from inbox.arrivals import Claimed
from inbox.batch import Batch
from inbox.dispatch import HANDLERS
from inbox.fetching import Fetched
from inbox.names import Names
from inbox.outcomes import Ignored, Outcome, Refused
from inbox.policy import Policy
from inbox.preload import preload
from inbox.reading import Reading

_BREATH: Final = 20
"""So many are handled before others of the event loop get a turn."""


async def prepare(reading: Reading, claimed: Sequence[Claimed]) -> None:
    """Read arrivals, which costs the processor and needs no transaction; what was read already costs nothing."""
    for count, one in enumerate(claimed, start=1):
        reading.prepare(one.id, one.body)
        if count % _BREATH == 0:
            await asyncio.sleep(0)


async def handle(
    session: AsyncSession,
    site: Site,
    claimed: Sequence[Claimed],
    reading: Reading,
    *,
    policy: Policy,
    now: datetime,
    fetched: Mapping[str, Fetched],
) -> dict[int, Outcome]:
    """Let arrivals have their effect; return what became of each, by its id.

    ``fetched`` is what was fetched for them. What a handler raises besides ``FederationError`` is
    nothing that anyone expected, and passes through.
    """
    await prepare(reading, claimed)
    outcomes: dict[int, Outcome] = {}
    activities: dict[int, Activity] = {}
    names = Names()
    for one in claimed:
        try:
            activities[one.id] = reading.activity(one.id, one.body)
        except FederationError as error:
            outcomes[one.id] = Refused(error.reason)
        else:
            names.add_activity(activities[one.id], reading)
    names.add_fetched((found for found in fetched.values() if isinstance(found, dict)), reading)
    known = await preload(session, names)
    batch = Batch(session, site, known, reading, policy=policy, now=now, fetched=fetched)
    for count, one in enumerate(claimed, start=1):
        if one.id in activities:
            outcomes[one.id] = await _handle_one(batch, activities[one.id], one)
        if count % _BREATH == 0:
            await asyncio.sleep(0)
    await batch.flush()
    return outcomes


async def _handle_one(batch: Batch, activity: Activity, one: Claimed) -> Outcome:
    sender = batch.known.actors.get(activity.actor)
    if sender is None or sender.id != one.actor_id:
        return Refused("sent by another actor than the one that it names")
    finishing = activity.type == "Delete" and activity.object_id == sender.uri and sender.deleted_at is not None
    if not batch.is_heard(sender) and not finishing:
        return Refused("an actor who is not heard")
    handler = HANDLERS.get(activity.type)
    if handler is None:
        return Ignored("an activity of a kind that is not handled")
    try:
        return await handler(activity, sender, batch)
    except FederationError as error:
        return Refused(error.reason)
