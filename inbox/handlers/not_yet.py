"""What we understand but do not act on yet; kept with the reason, so that the operator sees that it came."""

from actors.actor import Actor
from federation.documents import Activity
from inbox.batch import Batch
from inbox.outcomes import Ignored, Outcome


async def move(_activity: Activity, _sender: Actor, _batch: Batch) -> Outcome:
    """An account that moved elsewhere (FEP-7628)."""
    return Ignored("moved accounts are not followed yet")
