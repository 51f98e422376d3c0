"""What is done with a role on an issue, whichever verb brings it.

An Offer is believed of who hosts the issue, or of who asks for the role; an answer of the other side; that a role is
held or over of the issue alone. Of our own people no other server says that they took a role: they say it here.
"""

from actors.actor import Actor
from actors.issues.hosts import is_host
from actors.kinds import ActorKind, IssueRole
from actors.notifying import people_behind, tell
from actors.roles.kinds import OPEN, RoleState
from actors.roles.store import (
    MOST_APPLICATIONS,
    MOST_ASKED,
    MOST_OPEN_OFFERS,
    count_applications,
    count_asked,
    count_offers,
    hold_issue,
    open_role,
    remember_answer,
    role_left,
    role_named,
    role_of_offer,
    take_early_answer,
)
from actors.roles.tables import RoleOnIssue
from federation.documents import Activity, id_of, iri_of, same_origin, types_of
from federation.documents.role import RoleDocument, is_role, role_offered
from inbox.batch import Batch
from inbox.holding import add_asked, hold, supersede
from inbox.hosting import speaks_for
from inbox.outcomes import DONE, Ignored, Needs, Outcome, Refused
from outbox.publish.role_effects import (
    note_answer,
    note_decision,
    note_hidden,
    note_leave,
    note_withdrawal,
    sides_of,
    tell_hosts,
)
from outbox.publish.role_notes import knows_offers
from outbox.publish.roles import HOLDERS


def shows_role(activity: Activity) -> bool:
    """Whether an activity embeds a role on an issue."""
    return activity.object is not None and is_role(activity.object)


async def offer_role(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Take in that a role is offered to one of ours, or asked for on an issue of ours."""
    document = RoleDocument.read(activity.object or {})
    if not same_origin(document.id, sender.uri):
        return Refused("a role of another server than who offers it")
    if batch.is_undone(activity.id, sender):
        return Ignored("undone before it came")
    missing = tuple(uri for uri in (document.issue, document.subject) if uri not in batch.known.actors)
    if missing:
        return Needs(objects=missing, actors=missing)
    issue, subject = batch.known.actors[document.issue], batch.known.actors[document.subject]
    if issue.kind is not ActorKind.ISSUE or not batch.is_heard(issue) or not batch.is_heard(subject):
        return Refused("a role on what is no issue, or of who is not heard")
    if subject.kind not in HOLDERS or (document.role == IssueRole.HOST and subject.kind is not ActorKind.ORGANISATION):
        return Refused("a role for who cannot have it")
    if not issue.is_local and not subject.is_local:
        return Ignored("not for anyone here")
    is_application = sender.id == subject.id
    if not is_application and (refused := _check_offerer(batch, issue, subject, sender)) is not None:
        return refused
    if is_application and not issue.is_local:
        return Ignored("asked of another server")
    await batch.flush()
    await hold_issue(batch.session, issue.id)
    if await role_of_offer(batch.session, activity.id) is not None:
        return DONE
    if await role_named(batch.session, issue.id, document.id) is not None:
        return Refused("a role that was offered otherwise")
    refusal = await _make_room(batch, issue, subject, document, is_application=is_application)
    if refusal is not None:
        return refusal
    row = await add_asked(
        batch, document, issue, subject, offer_uri=activity.id, by=sender, is_application=is_application
    )  # fmt: skip
    sides = await sides_of(batch.session, row)
    if is_application:
        await tell_hosts(batch.session, sides, "role-asked", by=sender.id, now=batch.now)
        return DONE
    if not _is_limited(batch, sender):
        people = await people_behind(batch.session, subject)
        await tell(batch.session, people, "role-offered", by=sender.id, about=issue.id, thing=row.id, now=batch.now)
    early = await take_early_answer(batch.session, activity.id, subject.id)
    if early is not None:
        await note_answer(
            batch.session, batch.site, sides, accepted=early.is_accepted,
            is_perspective_shown=early.is_perspective_shown, now=batch.now,
        )  # fmt: skip
    return DONE


async def answer_role(activity: Activity, sender: Actor, batch: Batch, *, accepted: bool) -> Outcome | None:
    """Take in the answer to an Offer of a role; None when this is about none."""
    shown = role_offered(activity.object)
    if activity.object is not None and not {"Offer"}.issuperset(types_of(activity.object)):
        return None
    await batch.flush()
    role = await role_of_offer(batch.session, activity.object_id) if activity.object_id is not None else None
    if role is None:
        return None if shown is None else await _answered_early(activity, sender, batch, accepted=accepted)
    sides = await sides_of(batch.session, role)
    if role.is_application:
        may = await _hosts(batch, sides.issue, sender)
        if isinstance(may, Needs):
            return may
        if not may:
            return Refused("answered by who does not host the issue")
        if role.state is not RoleState.APPLIED:
            return Ignored("answers what is over, or was answered")
        await note_decision(batch.session, batch.site, sides, sender, accepted=accepted, now=batch.now)
        return DONE
    if sender.id != role.actor_id:
        return Refused("answered by another than whom it was offered to")
    if role.state is RoleState.HELD and not accepted:
        await note_leave(batch.session, batch.site, sides, now=batch.now)
        return DONE
    if role.state is not RoleState.OFFERED:
        return Ignored("answers what is over, or was answered")
    is_shown = activity.raw.get("perspectiveShown") is True
    await note_answer(
        batch.session, batch.site, sides, accepted=accepted, is_perspective_shown=is_shown, now=batch.now
    )  # fmt: skip
    return DONE


async def undo_offer(activity: Activity, sender: Actor, batch: Batch) -> Outcome | None:
    """Take in that an Offer of a role is taken back by who made it; None when this is about none that is here."""
    if activity.object_id is None:
        return None
    await batch.flush()
    role = await role_of_offer(batch.session, activity.object_id)
    if role is None:
        return None
    if sender.id != role.offered_by_id:
        return Refused("what another actor offered")
    if role.state not in OPEN:
        return DONE
    sides = await sides_of(batch.session, role)
    if role.is_application and role.state is RoleState.HELD:
        await note_leave(batch.session, batch.site, sides, now=batch.now)
    else:
        await note_withdrawal(batch.session, batch.site, sides, by=sender, now=batch.now)
    return DONE


async def leave_role(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Take in that somebody leaves a role; one that overtook the answer ends it as well."""
    await batch.flush()
    role = await role_left(batch.session, activity.object_id or "", sender.id)
    if role is None:
        return Ignored("a role that is not here, or not the sender's")
    if role.state not in OPEN:
        return DONE
    await note_leave(batch.session, batch.site, await sides_of(batch.session, role), now=batch.now)
    return DONE


async def hide_perspective(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Take in that who holds a role lets others read its perspective no longer, also before their yes came."""
    document = RoleDocument.read(activity.object or {})
    await batch.flush()
    role = await role_left(batch.session, document.id, sender.id)
    if role is None or document.is_perspective_shown:
        return Ignored("changes nothing that is the sender's")
    await note_hidden(batch.session, batch.site, await sides_of(batch.session, role), now=batch.now)
    return DONE


async def add_held(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Take over from an issue elsewhere that somebody holds a role on it."""
    document = RoleDocument.read(activity.object or {})
    if (row := await _told_by_co_host(batch, document, sender)) is not None:
        if row.state is not RoleState.OFFERED:
            return DONE
        sides = await sides_of(batch.session, row)
        await note_answer(
            batch.session, batch.site, sides, accepted=True, is_perspective_shown=document.is_perspective_shown,
            now=batch.now,
        )  # fmt: skip
        return DONE
    if (refused := _check_issue(activity, document, sender, batch)) is not None:
        return refused
    return await hold(batch, document, sender)


async def remove_held(activity: Activity, sender: Actor, batch: Batch) -> Outcome:
    """Take over from an issue elsewhere that a role on it is over."""
    document = RoleDocument.read(activity.object or {})
    if (row := await _told_by_co_host(batch, document, sender)) is not None:
        if row.state in OPEN:
            await note_leave(batch.session, batch.site, await sides_of(batch.session, row), now=batch.now)
        return DONE
    if (refused := _check_issue(activity, document, sender, batch)) is not None:
        return refused
    await batch.flush()
    row = await role_named(batch.session, sender.id, document.id)
    if row is None:
        batch.remember_undone(document.id, sender)
        return DONE
    if row.state not in OPEN:
        return DONE
    if document.status == RoleState.LEFT.value and row.state is RoleState.HELD:
        await note_leave(batch.session, batch.site, await sides_of(batch.session, row), now=batch.now)
    else:
        await note_withdrawal(batch.session, batch.site, await sides_of(batch.session, row), by=sender, now=batch.now)
    return DONE


async def _told_by_co_host(batch: Batch, document: RoleDocument, sender: Actor) -> RoleOnIssue | None:
    """Return the role that a co-host of our issue offered and tells of for who cannot, as their software knows none."""
    issue, subject = batch.local_actor(document.issue), batch.actor(document.subject)
    if issue is None or subject is None or subject.is_local or speaks_for(batch, issue, sender) is not True:
        return None
    await batch.flush()
    row = await role_named(batch.session, issue.id, document.id)
    if row is None or row.offered_by_id != sender.id or row.actor_id != subject.id or row.is_application:
        return None
    return None if await knows_offers(batch.session, subject) else row


def _check_offerer(batch: Batch, issue: Actor, subject: Actor, sender: Actor) -> Outcome | None:
    if subject.is_local and batch.blocks(subject, sender):
        return Ignored("offered by who is blocked")
    may = speaks_for(batch, issue, sender)
    if isinstance(may, Needs):
        return may
    return None if may else Refused("offered by who does not host the issue")


def _check_issue(activity: Activity, document: RoleDocument, sender: Actor, batch: Batch) -> Outcome | None:
    """Why it is not for the sender to say who holds this role; it is for the issue itself."""
    if sender.kind is not ActorKind.ISSUE or document.issue != sender.uri:
        return Refused("a role on another issue than the sender")
    if activity.target_id is None or not same_origin(activity.target_id, sender.uri):
        return Refused("a collection that is not the sender's")
    return None


async def _hosts(batch: Batch, issue: Actor, sender: Actor) -> bool | Needs:
    # An answer may name no more than the Offer, so that what is known of its issue was not asked for with the rest.
    return await is_host(batch.session, issue.id, sender.id) or speaks_for(batch, issue, sender)


async def _make_room(
    batch: Batch, issue: Actor, subject: Actor, document: RoleDocument, *, is_application: bool
) -> Outcome | None:
    """Why there is no place for one more; what a newer Offer elsewhere stands in for is closed."""
    if is_application:
        if await count_applications(batch.session, subject, now=batch.now) >= MOST_APPLICATIONS:
            return Ignored("too many applications of one server in a day")
    elif await count_offers(batch.session, issue.id) >= MOST_OPEN_OFFERS:
        return Ignored("too many offers that wait for an answer")
    elif await count_asked(batch.session, subject.id) >= MOST_ASKED:
        return Ignored("too many offers that wait for this actor")
    if issue.is_local:
        known = await open_role(batch.session, issue.id, subject.id, IssueRole(document.role))
        return Ignored("holds it, or was asked, already") if known is not None else None
    await supersede(batch, issue, subject, document)
    return None


async def _answered_early(activity: Activity, sender: Actor, batch: Batch, *, accepted: bool) -> Outcome:
    """Remember an answer to a co-host's Offer on an issue of ours that has not come yet."""
    offer = activity.object or {}
    document = RoleDocument.read(role_offered(offer) or {})
    issue, offered_by = batch.local_actor(document.issue), batch.actor(iri_of(id_of(offer.get("actor"))) or "")
    if issue is None or offered_by is None or document.subject != sender.uri or activity.object_id is None:
        return Ignored("answers no offer that is known here")
    if offered_by.is_local or speaks_for(batch, issue, offered_by) is not True:
        return Ignored("answers no offer that is known here")
    if not same_origin(activity.object_id, offered_by.uri) or batch.is_undone(activity.object_id, offered_by):
        return Ignored("answers what was taken back")
    await remember_answer(
        batch.session, activity.object_id, sender, accepted=accepted,
        is_perspective_shown=activity.raw.get("perspectiveShown") is True, now=batch.now,
    )  # fmt: skip
    return DONE


def _is_limited(batch: Batch, sender: Actor) -> bool:
    """Whether nobody here is told of what a sender does, unless they follow it."""
    limited = sender.limited_at is not None or batch.policy.limits(sender.domain)
    return limited and sender.id not in batch.known.followed
