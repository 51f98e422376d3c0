"""The words that we share with other servers: contexts, media types, types and our own terms.

Our terms stand inline in the ``@context`` of every document that we send, so that nobody has to fetch a context of ours
to understand it; some servers refuse a document whose context they cannot fetch.
"""

from typing import Any, Final

ACTIVITYSTREAMS: Final = "https://www.w3.org/ns/activitystreams"
SECURITY_V1: Final = "https://w3id.org/security/v1"
MULTIKEY_V1: Final = "https://w3id.org/security/multikey/v1"
DATA_INTEGRITY_V1: Final = "https://w3id.org/security/data-integrity/v1"
NAMESPACE: Final = "https://w3id.org/samenspraak/ns#"

PUBLIC: Final = "https://www.w3.org/ns/activitystreams#Public"
_PUBLIC_NAMES: Final = frozenset({PUBLIC, "as:Public", "Public"})

ACTIVITY_JSON: Final = "application/activity+json"
LD_JSON: Final = f'application/ld+json; profile="{ACTIVITYSTREAMS}"'
ACCEPT: Final = f"{ACTIVITY_JSON}, {LD_JSON}"
JRD_JSON: Final = "application/jrd+json"

_IRI: Final = "@id"


def _link(term: str) -> dict[str, str]:
    return {"@id": term, "@type": _IRI}


CONTEXT: Final[list[Any]] = [
    ACTIVITYSTREAMS,
    SECURITY_V1,
    MULTIKEY_V1,
    {
        "samen": NAMESPACE,
        "schema": "http://schema.org#",
        "toot": "http://joinmastodon.org/ns#",
        "lemmy": "https://join-lemmy.org/ns#",
        "dcterms": "http://purl.org/dc/terms/",
        "sec": "https://w3id.org/security#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        # What Mastodon and its relatives added to ActivityStreams.
        "Hashtag": "as:Hashtag",
        "sensitive": "as:sensitive",
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "alsoKnownAs": _link("as:alsoKnownAs"),
        "movedTo": _link("as:movedTo"),
        "discoverable": "toot:discoverable",
        "indexable": "toot:indexable",
        "suspended": "toot:suspended",
        "featured": _link("toot:featured"),
        "votersCount": "toot:votersCount",
        "blurhash": "toot:blurhash",
        "focalPoint": {"@id": "toot:focalPoint", "@container": "@list"},
        "PropertyValue": "schema:PropertyValue",
        "value": "schema:value",
        "identifier": "schema:identifier",
        "postingRestrictedToMods": "lemmy:postingRestrictedToMods",
        "moderators": _link("lemmy:moderators"),
        # FEP-521a takes this from the DID context, which is too much to bring in for one term.
        "assertionMethod": {"@id": "sec:assertionMethod", "@type": _IRI, "@container": "@set"},
        "digestMultibase": {"@id": "sec:digestMultibase", "@type": "sec:multibase"},
        # Knowledge products.
        "license": _link("dcterms:license"),
        "language": "dcterms:language",
        # Issues, their people and what came of them.
        "kind": "samen:kind",
        "postType": "samen:postType",
        "phase": "samen:phase",
        "question": "samen:question",
        "why": "samen:why",
        "feedbackBy": {"@id": "samen:feedbackBy", "@type": "xsd:dateTime"},
        "host": _link("samen:host"),
        "themes": {"@id": "samen:theme", "@type": _IRI, "@container": "@set"},
        "place": _link("samen:place"),
        "perspectivesNeeded": {"@id": "samen:perspectivesNeeded", "@container": "@set"},
        "perspectivesPresent": {"@id": "samen:perspectivesPresent", "@container": "@set"},
        "perspective": "samen:perspective",
        "phaseChanges": {"@id": "samen:phaseChanges", "@container": "@list"},
        "PhaseChange": "samen:PhaseChange",
        "promises": {"@id": "samen:promises", "@container": "@list"},
        "Promise": "samen:Promise",
        "previous": {"@id": "samen:previous", "@type": "xsd:dateTime"},
        "roles": _link("samen:roles"),
        "coHosts": {"@id": "samen:coHosts", "@type": _IRI, "@container": "@set"},
        "perspectiveShown": "samen:perspectiveShown",
        "issues": _link("samen:issues"),
        "knowledgeProducts": _link("samen:knowledgeProducts"),
        "issue": _link("samen:issue"),
        "Answer": "samen:Answer",
        "answers": {"@id": "samen:answers", "@type": _IRI, "@container": "@set"},
        "verdict": "samen:verdict",
        "reason": "samen:reason",
        "corrections": {"@id": "samen:corrections", "@container": "@list"},
        "Correction": "samen:Correction",
        "followUp": {"@id": "samen:followUp", "@container": "@list"},
        "Step": "samen:Step",
        "responsible": "samen:responsible",
        "done": {"@id": "samen:done", "@type": "xsd:dateTime"},
        # Beside an agreement, whose own terms stand in its own context: that is signed with it.
        "statusChanges": {"@id": "samen:statusChanges", "@container": "@list"},
        "StatusChange": "samen:StatusChange",
        "status": "samen:status",
        "version": "samen:version",
    },
]

AGREEMENT_CONTEXT: Final[list[Any]] = [
    ACTIVITYSTREAMS,
    DATA_INTEGRITY_V1,
    {
        "samen": NAMESPACE,
        "Agreement": "samen:Agreement",
        "issue": _link("samen:issue"),
        "version": "samen:version",
        "previousVersion": _link("samen:previousVersion"),
        "parties": {"@id": "samen:parties", "@container": "@list"},
        "does": "samen:does",
        "status": _link("samen:status"),
    },
]
"""Of an agreement, whose bytes are signed with their context: short, and as it is for good."""

ACTOR_TYPES: Final = frozenset({"Application", "Group", "Organization", "Person", "Service"})
OBJECT_TYPES: Final = frozenset({"Article", "Event", "Note", "Page", "Question"})
ACTIVITY_TYPES: Final = frozenset(
    {
        "Accept", "Add", "Announce", "Arrive", "Block", "Create", "Delete", "Dislike", "EmojiReact", "Flag", "Follow",
        "Ignore", "Invite", "Join", "Leave", "Like", "Listen", "Move", "Offer", "Read", "Reject", "Remove",
        "TentativeAccept", "TentativeReject", "Travel", "Undo", "Update", "View",
    }
)  # fmt: skip


def is_public(uri: str) -> bool:
    """Whether this addresses everyone; the compact forms count as well (ActivityPub, section 5.6)."""
    return uri in _PUBLIC_NAMES


def is_activity_media_type(content_type: str) -> bool:
    """Whether a ``Content-Type`` header promises an ActivityStreams document (ActivityPub, section 3.2).

    Plain ``application/json`` and ``application/ld+json`` without the profile don't: a server that lets its users put
    files on its own domain serves those too (Mastodon GHSA-jhrq-qvrm-qr36, Misskey CVE-2024-25636).
    """
    media_type, _, parameters = content_type.partition(";")
    match media_type.strip().lower():
        case "application/activity+json":
            return True
        case "application/ld+json":
            return any(ACTIVITYSTREAMS in _profiles(parameter) for parameter in parameters.split(";"))
    return False


def _profiles(parameter: str) -> list[str]:
    name, _, value = parameter.partition("=")
    return value.strip().strip('"').split() if name.strip().lower() == "profile" else []
