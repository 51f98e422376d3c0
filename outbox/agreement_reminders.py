"""Reminding of agreements: a week and a day before their date, and on the day after.

Every instance reminds its own people, from its own copy: nothing goes between instances for it. Only parties whose
software knows no agreements are sent a message, by the server of who proposed it. What was reminded of is noted in the
same transaction, so that it happens once; who was away hears the latest of what is due, not all of it.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.agreements.kinds import Reminding, Standing
from actors.agreements.reminding import agreements_due, note_reminder, parties_of
from actors.agreements.tables import Agreement
from actors.agreements.telling import DUE
from actors.notifying import people_behind, tell
from actors.site import Site
from outbox.publish.agreement_notes import tell_elsewhere
from outbox.timed import MOST_AT_ONCE


async def remind_of_agreements(session: AsyncSession, site: Site, now: datetime) -> int:
    """Remind of the agreements of which that is due; return of how many."""
    done = 0
    # The latest first: who is told that the date has passed need not hear that it comes.
    for kind in reversed(Reminding):
        for agreement in await agreements_due(session, kind, now=now, limit=MOST_AT_ONCE - done):
            await _remind(session, site, agreement, kind, now)
            done += 1
    return done


async def _remind(session: AsyncSession, site: Site, agreement: Agreement, kind: Reminding, now: datetime) -> None:
    reminder = await note_reminder(session, agreement, kind)
    parties = await parties_of(session, agreement)
    for party, _ in parties:
        if party.is_local:
            # They are told with whom it is: who proposed it, or else somebody of the others.
            others = [actor.id for actor, _ in parties if actor.id != party.id]
            by = agreement.proposer_id if party.id != agreement.proposer_id else next(iter(others), party.id)
            people = await people_behind(session, party)
            await tell(session, people, DUE[kind], by=by, about=agreement.issue_id, thing=reminder, now=now)
    if agreement.is_local:
        proposer = await session.get_one(Actor, agreement.proposer_id)
        unable = [actor for actor, standing in parties if standing is Standing.TOLD]
        await tell_elsewhere(session, site, proposer, unable, agreement, kind, now=now)
