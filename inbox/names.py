"""What activities name: the rows that handling them will ask for, and the things that must hold still meanwhile.

Two processes that handle a Create and the Delete of the same object at the same time would each
miss what the other does. So on PostgreSQL a batch first takes an advisory lock on each object that
it may change, and a shared one on what it builds on; whoever needs the same waits, and then sees.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

from federation.documents import Activity, JsonObject, PostDocument, id_of, ids_of, iri_of
from federation.documents.agreement import MOST_PARTIES, is_agreement
from federation.documents.readers import objects_of
from federation.documents.role import is_role, role_offered
from federation.errors import FederationError
from federation.vocabulary import PUBLIC
from inbox.reading import Reading, is_activity, is_post

_ABOUT_OBJECTS = frozenset({"Create", "Update", "Delete"})
_CHANGING = _ABOUT_OBJECTS | {"Undo"}
_MOST_FLAGGED = 60


@dataclass
class Names:
    """URIs by what they may be the name of."""

    speakers: set[str] = field(default_factory=set)
    """Who says something, or is said to."""
    actors: set[str] = field(default_factory=set)
    objects: set[str] = field(default_factory=set)
    activities: set[str] = field(default_factory=set)
    """Activities that may have been undone before they came."""
    asks_for_hosts: bool = False
    """Whether it matters which organisation hosts an issue."""
    changed: set[str] = field(default_factory=set)
    built_on: set[str] = field(default_factory=set)

    def add_activity(self, activity: Activity, reading: Reading) -> None:
        """Add what an activity names; an activity that it wraps as well."""
        self._add_one(activity, reading)
        if activity.type == "Announce" and activity.object is not None and is_activity(activity.object):
            try:
                inner = Activity.read(activity.object)
            except FederationError:
                return
            self._add_one(inner, reading)

    def add_fetched(self, documents: Iterable[JsonObject], reading: Reading) -> None:
        """Add what documents name that were fetched for an activity."""
        for document in documents:
            if is_post(document):
                self._add_post(document, reading)

    def locks(self) -> list[tuple[int, bool]]:
        """Return the locks to take, in one order everywhere, each with whether it is shared."""
        keys = {_key(uri): True for uri in self.built_on}
        keys |= {_key(uri): False for uri in self.changed}
        return sorted(keys.items())

    def _add_one(self, activity: Activity, reading: Reading) -> None:
        self.speakers.add(activity.actor)
        self.actors.add(activity.actor)
        self.built_on.add(activity.actor)
        self.actors.update(uri for uri in (*activity.to, *activity.cc, *activity.audience) if uri != PUBLIC)
        if activity.type == "Flag":
            self.objects.update(flagged_by(activity))
            self.actors.update(flagged_by(activity))
        about = activity.object_id
        if about is not None:
            self.objects.add(about)
            (self.changed if activity.type in _CHANGING else self.built_on).add(about)
        if activity.type not in _ABOUT_OBJECTS:
            self.activities.add(activity.id)
            self.changed.add(activity.id)
        if activity.object is not None and is_agreement(activity.object):
            self._add_agreement(activity.object)
            return
        if (role := _role_in(activity.object)) is not None:
            self._add_role(role)
        if activity.object is not None and is_post(activity.object):
            self._add_post(activity.object, reading)
            return
        if activity.type in {"Update", "Delete"}:
            self.asks_for_hosts = True
        if about is not None:
            self.actors.add(about)
        if activity.object is not None and activity.type in {"Undo", "Accept", "Reject"}:
            self._add_inner(activity.object)

    def _add_inner(self, inner: JsonObject) -> None:
        for name in ("actor", "object"):
            if (uri := iri_of(inner.get(name))) is not None:
                self.actors.add(uri)
                self.objects.add(uri)

    def _add_agreement(self, document: JsonObject) -> None:
        """Add who proposes it, who is a party, and its issue; proofs of it may come at the same time."""
        if (about := iri_of(document.get("id"))) is not None:
            self.changed.add(about)
        named = [document.get("attributedTo"), document.get("issue")]
        named += [party.get("actor") for party in objects_of(document.get("parties"), MOST_PARTIES)]
        self.actors.update(uri for value in named if (uri := iri_of(value)) is not None)

    def _add_role(self, document: JsonObject) -> None:
        """Add whose role it is and on which issue; that it is held may be told after that it is over."""
        self.asks_for_hosts = True
        if (about := iri_of(document.get("id"))) is not None:
            self.activities.add(about)
            self.changed.add(about)
        named = (document.get("subject"), document.get("object"))
        self.actors.update(uri for value in named if (uri := iri_of(value)) is not None)

    def _add_post(self, document: JsonObject, reading: Reading) -> None:
        try:
            post = reading.post(document)
        except FederationError:
            return
        self.objects.add(post.id)
        self.changed.add(post.id)
        self.speakers.add(post.attributed_to)
        self.actors.add(post.attributed_to)
        self.built_on.add(post.attributed_to)
        if post.in_reply_to is not None:
            self.objects.add(post.in_reply_to)
            self.built_on.add(post.in_reply_to)
        self.actors.update(uri for uri in addressed_by(post) if uri != PUBLIC)
        if post.type == "Article":
            self.asks_for_hosts = True
            self.actors.update(issues_of(post))
        self.objects.update(answered.contribution for answered in post.answers)


def addressed_by(post: PostDocument) -> dict[str, None]:
    """Return everyone that a post addresses or mentions, the groups that it is for first."""
    return dict.fromkeys((*post.audience, *post.to, *post.cc, *post.mentions))


def issues_of(post: PostDocument) -> tuple[str, ...]:
    """Return the issues that a knowledge product or outcome is about: one, or a list."""
    value = post.raw.get("issue")
    items = value[:50] if type(value) is list else [value]
    return tuple(dict.fromkeys(uri for item in items if (uri := iri_of(id_of(item))) is not None))


def flagged_by(activity: Activity) -> tuple[str, ...]:
    """Return what a Flag is about: an actor, posts, or a list of both."""
    named = ids_of(activity.raw.get("object"), _MOST_FLAGGED)
    return tuple(uri for name in named if (uri := iri_of(name)) is not None)


def _role_in(document: JsonObject | None) -> JsonObject | None:
    """Return the role that is shown, or asked for in the Offer that is shown."""
    return document if document is not None and is_role(document) else role_offered(document)


def _key(uri: str) -> int:
    return int.from_bytes(blake2b(uri.encode(), digest_size=8).digest(), "big", signed=True)
