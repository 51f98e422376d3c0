"""Changing what stands there already: who may, and what somebody else made of it meanwhile."""

from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import note_act
from actors.database import now
from actors.kinds import PostKind
from actors.people.accounts import SignedIn
from actors.posts.queries import visible_post, was_withdrawn
from actors.posts.tables import Post
from actors.visibility import Viewer
from web.language import Language
from web.pages.acting import own_names
from web.pages.asked import path_id
from web.pages.words import LANGUAGE_NAMES


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that says something else now than what is typed in it."""

    name: str
    label: str
    theirs: str
    mine: str


def differences(fields: Iterable[Difference]) -> list[Difference]:
    """Return the fields in which both versions differ."""
    return [one for one in fields if one.theirs != one.mine]


def meanwhile(language: Language) -> str:
    """Return what somebody is told who changed something that was changed by another meanwhile."""
    return language.gettext("This was changed meanwhile. On this page you see what it says now, and what you typed.")


def told_at(both: list[Difference], language: Language, *, otherwise: str) -> dict[str, str]:
    """Return the error of a form that was based on an older version, at the first field that differs."""
    return {both[0].name if both else otherwise: meanwhile(language)}


async def post_to_change(request: web.Request, session: AsyncSession, me: SignedIn) -> tuple[Post, Actor]:
    """Return the post that the path names, with its author, when it is the visitor's to change.

    That is so for what they said themselves, and for what the organisation said of which they are an editor.
    Raises 404 for others', and 410 for what was withdrawn.
    """
    post_id = path_id(request)
    post = await visible_post(session, Viewer(me.actor.id), post_id)
    if post is None and await was_withdrawn(session, post_id):
        raise web.HTTPGone
    if post is None or not post.is_local or post.author_id not in {actor.id for actor in own_names(request)}:
        raise web.HTTPNotFound
    return post, await session.get_one(Actor, post.author_id)


def note_changed(session: AsyncSession, me: SignedIn, author: Actor, post: Post) -> None:
    """Note who changed a post of the organisation; nothing when it is their own."""
    if author.id != me.actor.id:
        note_act(
            session,
            me.actor.id,
            "knowledge-changed" if post.kind is PostKind.KNOWLEDGE else "post-changed",
            now=now(),
            for_id=author.id,
            object_uri=post.uri,
            object_name=author.account,
        )


def languages_to_choose(language: Language, own: str | None) -> list[tuple[str, str]]:
    """Return the languages that a form offers, with the one that the text is in."""
    offered = [(code, language.gettext(name)) for code, name in LANGUAGE_NAMES.items()]
    return offered if own is None or own in LANGUAGE_NAMES else [*offered, (own, own)]
