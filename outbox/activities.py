"""Activities: pure builders, one for each shape that we send (ActivityPub section 6)."""

from collections.abc import Sequence
from datetime import datetime

from actors.serialize.moments import stamp
from federation.documents import JsonObject
from federation.vocabulary import CONTEXT, PUBLIC


def build(
    activity_type: str,
    *,
    uri: str,
    actor: str,
    object: str | JsonObject | list[str],  # noqa: A002 - the field's own word
    to: Sequence[str],
    cc: Sequence[str] = (),
    now: datetime | None = None,
    **more: object,
) -> JsonObject:
    """Return an activity; an embedded object leaves its own ``@context`` to the activity."""
    document: JsonObject = {"@context": CONTEXT, "id": uri, "type": activity_type, "actor": actor}
    if now is not None:
        document["published"] = stamp(now)
    document |= {"to": list(to), "cc": list(cc), "object": _embedded(object)}
    document |= more
    return document


def announce(*, uri: str, actor: str, followers: str | None, object: str | JsonObject, now: datetime) -> JsonObject:  # noqa: A002
    """Return what a group says when it passes something on: to everyone, by way of its followers."""
    cc = [followers] if followers else []
    return build("Announce", uri=uri, actor=actor, object=object, to=[PUBLIC], cc=cc, now=now)


def _embedded(thing: str | JsonObject | list[str]) -> str | JsonObject | list[str]:
    if not isinstance(thing, dict):
        return thing
    # What is signed keeps its context, which was signed with it.
    return thing if "proof" in thing else {key: value for key, value in thing.items() if key != "@context"}
