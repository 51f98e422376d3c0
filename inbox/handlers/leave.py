"""Leave: somebody leaves what they belonged to (ActivityStreams vocabulary, Leave). What it is says who handles it."""

from actors.actor import Actor
from federation.documents import Activity
from inbox.batch import Batch
from inbox.handlers.role import leave_role, shows_role
from inbox.outcomes import Ignored, Outcome


async def leave(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Take in what is left."""
    if shows_role(activity):
        return await leave_role(activity, sender, batch)
    return Ignored("leaves what is not known here")
