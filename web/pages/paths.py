"""Where things have their page here, whether they are ours or another instance's."""

from typing import Final
from urllib.parse import quote

from actors.actor import Actor
from actors.kinds import ActorKind
from actors.posts.tables import Post
from actors.site import ACTOR_PATHS, POST_PATHS, Site

_ACTOR_PATHS: Final = {kind: path for path, kind in ACTOR_PATHS.items()}
_POST_PATHS: Final = {kind: path for path, kind in POST_PATHS.items()}
_LONGEST: Final = 2_000
SIGN_IN: Final = "/inloggen"


def actor_path(actor: Actor) -> str:
    """Return the page of an actor on this instance."""
    if actor.is_local:
        folder = _ACTOR_PATHS.get(actor.kind)
        return f"/{folder}/{actor.handle}" if folder else "/over"
    if actor.kind is ActorKind.ISSUE:
        return f"/vraagstukken/elders/{actor.id}"
    return f"/actoren/{actor.id}"


def post_path(post: Post) -> str:
    """Return the page of a post on this instance."""
    return f"/{_POST_PATHS[post.kind]}/{post.id}"


def origin_url(site: Site, address: str) -> str | None:
    """Return where something of another server stands there, when its address is one to link to."""
    return address if address.startswith(("https://", "http://")) and not site.is_local(address) else None


def sign_in_path(back: str) -> str:
    """Return the sign-in page that comes back to where somebody was."""
    return f"{SIGN_IN}?terug={quote(back, safe='/')}"


def second_factor_path(back: str) -> str:
    """Return the page that asks for a second factor, or has it set up, and comes back to where somebody was."""
    return f"{SIGN_IN}/tweede-stap?terug={quote(back, safe='/')}"


def local_path(wanted: str | None, default: str = "/") -> str:
    """Return a path to go back to, or the default: never another site's (no open redirects).

    Browsers drop tabs and line ends from addresses and take ``\\`` for ``/``, so none may be in it.

    >>> local_path("/kennis?theme=jeugd")
    '/kennis?theme=jeugd'
    >>> [local_path(path) for path in ("//evil.example", "/\\t/evil.example", "https://evil.example", "/inloggen")]
    ['/', '/', '/', '/']
    """
    if not wanted or len(wanted) > _LONGEST or not wanted.startswith("/") or wanted.startswith("//"):
        return default
    if "\\" in wanted or not wanted.isprintable() or f"{wanted.partition('?')[0]}/".startswith(f"{SIGN_IN}/"):
        return default
    return wanted


def with_notice(path: str, notice: str, anchor: str = "") -> str:
    """Return a path whose page says on top what was done."""
    path, _, _ = path.partition("#")
    kept = path if "bericht=" not in path else path.partition("?")[0]
    return f"{kept}{'&' if '?' in kept else '?'}bericht={notice}{f'#{anchor}' if anchor else ''}"
