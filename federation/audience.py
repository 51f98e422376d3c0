"""Who a post is for: visibility to ``to`` and ``cc``, and back (ActivityPub, section 5.6 and 6; Mastodon's four kinds).

A fifth kind is ours: ``MEMBERS``, what is said in a closed issue or network. It is addressed to that space alone, so
that software that knows nothing of it takes it for a direct message, which is the safe mistake to make.
"""

from collections.abc import Collection, Iterable
from enum import StrEnum

from federation.vocabulary import PUBLIC, is_public


class Visibility(StrEnum):
    """Who may see a post, from everyone to those it names."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    MEMBERS = "members"
    DIRECT = "direct"


def visibility_of(
    to: Collection[str], cc: Collection[str], *, followers: str | None, spaces: Collection[str] = ()
) -> Visibility:
    """The visibility that an addressing means.

    ``followers`` is the author's own collection: that of another does not count. ``spaces`` are the closed issues and
    networks that the reader knows of; where one of them is addressed beside the followers, the narrower one holds.
    """
    if any(map(is_public, to)):
        return Visibility.PUBLIC
    if any(map(is_public, cc)):
        return Visibility.UNLISTED
    addressed = {*to, *cc}
    if not addressed.isdisjoint(spaces):
        return Visibility.MEMBERS
    if followers is not None and followers in addressed:
        return Visibility.FOLLOWERS
    return Visibility.DIRECT


def addressing(
    visibility: Visibility, *, followers: str | None, mentions: Iterable[str], spaces: Iterable[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ``to`` and ``cc`` of a post of ours.

    ``spaces`` are the issues and networks that the post is said in. Raises ``ValueError`` where the visibility needs
    followers or a space and there is none: a post for nobody is a mistake of the caller.
    """
    own = () if followers is None else (followers,)
    match visibility:
        case Visibility.PUBLIC:
            return _distinct((PUBLIC, *spaces), (*own, *mentions))
        case Visibility.UNLISTED:
            return _distinct((*own, *spaces), (PUBLIC, *mentions))
        case Visibility.FOLLOWERS:
            return _distinct(_some(own, "followers"), mentions)
        case Visibility.MEMBERS:
            return _distinct(_some(tuple(spaces), "a space"), mentions)
        case Visibility.DIRECT:
            return _distinct(mentions, ())


def _distinct(to: Iterable[str], cc: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    first = dict.fromkeys(to)
    return tuple(first), tuple(uri for uri in dict.fromkeys(cc) if uri not in first)


def _some(addressed: tuple[str, ...], what: str) -> tuple[str, ...]:
    if not addressed:
        raise ValueError(f"this visibility needs {what}")
    return addressed
