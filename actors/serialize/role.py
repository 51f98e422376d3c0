"""A role on an issue as ActivityStreams: a Relationship, whole for its two sides and as everyone may see it."""

from actors.actor import Actor
from actors.roles.tables import RoleOnIssue
from actors.serialize.moments import stamp
from federation.documents import JsonObject
from federation.documents.role import RELATIONSHIP
from federation.vocabulary import CONTEXT, NAMESPACE


def roles_uri(issue: Actor) -> str:
    """Return the address of who does what on an issue of ours."""
    return f"{issue.uri}/rollen"


def write_role(role: RoleOnIssue, issue: Actor, actor: Actor) -> JsonObject:
    """Return a role as its two sides see it."""
    document = _role(role, issue, actor)
    if role.expectation:
        document["content"] = role.expectation
    if role.perspective:
        document["perspective"] = role.perspective
    if role.is_perspective_shown:
        document["perspectiveShown"] = True
    return document


def write_public_role(role: RoleOnIssue, issue: Actor, actor: Actor) -> JsonObject:
    """Return a role that is held, or was, as everyone may see it: its perspective only when its holder says so."""
    document = _role(role, issue, actor)
    document["status"] = role.state.value
    if role.perspective and role.is_perspective_shown:
        document |= {"perspective": role.perspective, "perspectiveShown": True}
    if role.decided_at is not None:
        document["startTime"] = stamp(role.decided_at)
    if role.ended_at is not None:
        document["endTime"] = stamp(role.ended_at)
    return document


def write_offer(role: RoleOnIssue, issue: Actor, actor: Actor, offered_by: Actor) -> JsonObject:
    """Return the Offer of a role, as what answers it or takes it back embeds it."""
    return {
        "id": role.offer_uri,
        "type": "Offer",
        "actor": offered_by.uri,
        "object": _without_context(write_role(role, issue, actor)),
        "target": issue.uri if role.is_application else actor.uri,
    }


def _role(role: RoleOnIssue, issue: Actor, actor: Actor) -> JsonObject:
    return {
        "@context": CONTEXT,
        "id": role.uri,
        "type": RELATIONSHIP,
        "subject": actor.uri,
        "relationship": f"{NAMESPACE}{role.role.value}",
        "object": issue.uri,
        "published": stamp(role.offered_at),
    }


def _without_context(document: JsonObject) -> JsonObject:
    return {key: value for key, value in document.items() if key != "@context"}
