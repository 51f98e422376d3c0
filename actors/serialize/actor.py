"""An actor as ActivityStreams. An issue carries its question, phase and promised date in our own terms,
and once more as profile fields, which Mastodon and its clients show."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor, ActorKey, Organisation
from actors.issues.hosts import hosts_of
from actors.issues.life import MOST_PUBLISHED, Moved, PromiseMade, phases_gone_through, promises_made
from actors.issues.tables import Issue, IssueTheme
from actors.issues.voices import perspectives_present
from actors.kinds import ActorKind
from actors.media.tables import ActorPicture
from actors.networks.tables import Network
from actors.serialize.attachment import write_icon
from actors.serialize.hashtag import write_hashtag
from actors.serialize.moments import stamp
from actors.serialize.role import roles_uri
from actors.site import Site
from federation.documents import JsonObject
from federation.vocabulary import CONTEXT

_MOST_LABELS = 50


@dataclass
class ActorDetail:
    """A local actor with what its document tells."""

    actor: Actor
    keys: Sequence[ActorKey]
    issue: Issue | None = None
    host: Actor | None = None
    themes: Sequence[str] = field(default_factory=list)
    moved: Sequence[Moved] = field(default_factory=list)
    promises: Sequence[PromiseMade] = field(default_factory=list)
    present: Sequence[str] = field(default_factory=list)
    """From which perspectives people take part in an issue."""
    co_hosts: Sequence[str] = field(default_factory=list)
    organisation: Organisation | None = None
    picture: ActorPicture | None = None


async def actor_detail(session: AsyncSession, actor: Actor) -> ActorDetail:
    """Load what a local actor's document tells; at most eleven queries, whatever its kind."""
    keys = (await session.scalars(select(ActorKey).where(ActorKey.actor_id == actor.id).order_by(ActorKey.id))).all()
    detail = ActorDetail(actor, keys)
    host_id: int | None = None
    if actor.kind is ActorKind.ISSUE:
        detail.issue = await session.get(Issue, actor.id)
        themes = select(IssueTheme.theme).where(IssueTheme.issue_id == actor.id).order_by(IssueTheme.theme)
        detail.themes = list(await session.scalars(themes))
        host_id = detail.issue.host_id if detail.issue else None
    elif actor.kind is ActorKind.NETWORK:
        network = await session.get(Network, actor.id)
        host_id = network.host_id if network else None
    elif actor.kind is ActorKind.ORGANISATION:
        detail.organisation = await session.get(Organisation, actor.id)
    if actor.icon_url is not None:
        detail.picture = await session.get(ActorPicture, actor.id)
    if host_id is not None:
        detail.host = await session.get(Actor, host_id)
    if detail.issue is not None:
        detail.moved = await phases_gone_through(session, actor.id, detail.host, most=MOST_PUBLISHED)
        detail.promises = await promises_made(session, actor.id, detail.host, most=MOST_PUBLISHED)
        detail.co_hosts = [host.uri for host in await hosts_of(session, actor.id) if host.id != host_id]
        detail.present = sorted((await perspectives_present(session, [actor.id])).get(actor.id, {}))[:_MOST_LABELS]
    return detail


def write_actor(site: Site, detail: ActorDetail) -> JsonObject:
    """Return the document of a local actor (ActivityPub section 4; keys as FEP-521a and security/v1)."""
    actor = detail.actor
    document: JsonObject = {
        "@context": CONTEXT,
        "id": actor.uri,
        "type": actor.kind.activitystreams_type,
        "preferredUsername": actor.handle,
        "name": actor.name,
        "summary": actor.summary,
        "url": actor.url,
        "inbox": actor.inbox,
        "outbox": actor.outbox,
        "followers": actor.followers,
        "following": f"{actor.followers}".removesuffix("followers") + "following",
        "featured": actor.featured,
        "endpoints": {"sharedInbox": site.shared_inbox},
        "manuallyApprovesFollowers": actor.manually_approves,
        "discoverable": True,
        "published": stamp(actor.created_at),
        "updated": stamp(actor.updated_at),
        **_keys(detail),
    }
    if actor.kind in {ActorKind.ISSUE, ActorKind.NETWORK}:
        document |= {"kind": actor.kind.value, "postingRestrictedToMods": False}
        document["context"] = f"{actor.uri}/context"
    if detail.picture is not None and actor.icon_url is not None:
        document["icon"] = write_icon(actor.icon_url, detail.picture)
    if detail.host is not None:
        document |= {"attributedTo": detail.host.uri, "host": detail.host.uri}
    if actor.kind is ActorKind.ORGANISATION:
        document |= {"issues": f"{actor.uri}/issues", "knowledgeProducts": f"{actor.uri}/knowledge"}
    if detail.organisation is not None and detail.organisation.identifier:
        document["identifier"] = detail.organisation.identifier
    if detail.issue is not None:
        document["roles"] = roles_uri(actor)
        if detail.co_hosts:
            document["coHosts"] = list(detail.co_hosts)
        document |= _issue(site, detail.issue, detail.themes) | _life(detail)
    if actor.suspended_at is not None:
        # It still answers for its keys, and others hide what they have of it, as Mastodon does.
        document |= {"name": "", "summary": "", "discoverable": False, "suspended": True}
        document.pop("icon", None)
    return document


def write_actor_tombstone(actor: Actor) -> JsonObject:
    """Return what stays of a deleted actor (ActivityStreams vocabulary, Tombstone)."""
    document: JsonObject = {
        "@context": CONTEXT,
        "id": actor.uri,
        "type": "Tombstone",
        "formerType": actor.kind.activitystreams_type,
    }
    if actor.deleted_at is not None:
        document["deleted"] = stamp(actor.deleted_at)
    return document


def _keys(detail: ActorDetail) -> JsonObject:
    uri = detail.actor.uri
    document: JsonObject = {}
    for key in detail.keys:
        if key.algorithm == "rsa":
            document["publicKey"] = {"id": key.uri, "owner": uri, "publicKeyPem": key.public}
        else:
            document["assertionMethod"] = [
                {"id": key.uri, "type": "Multikey", "controller": uri, "publicKeyMultibase": key.public}
            ]
    return document


def _issue(site: Site, issue: Issue, themes: Sequence[str]) -> JsonObject:
    document: JsonObject = {
        "question": issue.question,
        "why": issue.why,
        "phase": issue.phase.value,
        "themes": list(themes),
        "perspectivesNeeded": list(issue.perspectives_needed),
        "published": stamp(issue.published_at),
        "tag": [write_hashtag(site, theme) for theme in themes],
        "attachment": [
            {"type": "PropertyValue", "name": "Vraag", "value": escape(issue.question)},
            {"type": "PropertyValue", "name": "Fase", "value": _PHASE_WORDS[issue.phase.value]},
        ],
    }
    if issue.place:
        document["place"] = issue.place
    if issue.feedback_by is not None:
        document["feedbackBy"] = stamp(issue.feedback_by)
        document["attachment"].append(
            {"type": "PropertyValue", "name": "Terugkoppeling uiterlijk", "value": issue.feedback_by.date().isoformat()}
        )
    return document


def _life(detail: ActorDetail) -> JsonObject:
    document: JsonObject = {"perspectivesPresent": list(detail.present)}
    document["phaseChanges"] = [
        {
            "type": "PhaseChange", "phase": one.change.phase.value, "published": stamp(one.change.at),
            **({"actor": one.by.uri} if one.by is not None else {}),
            **({"reason": one.change.reason} if one.change.reason else {}),
        }
        for one in detail.moved
    ]  # fmt: skip
    document["promises"] = [
        {
            "type": "Promise", "feedbackBy": stamp(one.promise.feedback_by), "published": stamp(one.promise.at),
            **({"previous": stamp(one.promise.previous)} if one.promise.previous is not None else {}),
            **({"reason": one.promise.reason} if one.promise.reason else {}),
        }
        for one in detail.promises
    ]  # fmt: skip
    return document


# What stands in profile fields is read by people in other software, so it is Dutch, as the issue is.
_PHASE_WORDS = {
    "signalled": "gesignaleerd",
    "agenda": "geagendeerd",
    "conversation": "in gesprek",
    "feedback": "teruggekoppeld",
    "closed": "afgerond",
}
