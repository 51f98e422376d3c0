"""Offer: somebody is asked to agree to something. What it is says who handles it."""

from actors.actor import Actor
from federation.documents import Activity
from inbox.batch import Batch
from inbox.handlers.agreement import offer_agreement, shows_agreement
from inbox.handlers.role import offer_role, shows_role
from inbox.outcomes import Ignored, Outcome


async def offer(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Take in what is offered."""
    if shows_agreement(activity):
        return await offer_agreement(activity, sender, batch)
    if shows_role(activity):
        return await offer_role(activity, sender, batch)
    return Ignored("offers what is not known here")
