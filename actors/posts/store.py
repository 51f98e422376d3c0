"""Writing posts: what our own people say, and what becomes of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.among import among
from actors.database import wake_after_commit
from actors.ids import new_id
from actors.kinds import ActorKind, PostKind
from actors.knowledge.outcome_tables import OutcomeStep, OutcomeVersion
from actors.media.attaching import LONGEST_DESCRIPTION, Described, attach
from actors.media.tables import Attachment
from actors.posts.tables import Featured, Meeting, Mention, PollOption, Post, PostTheme, Reaction
from actors.rendering import rendered
from actors.sanitize import accounts_in, clean_line, is_storable
from actors.site import Site
from actors.upsert import insert_or_ignore
from actors.visibility import is_open, narrower
from actors.wakeups import CHANGED
from federation.audience import Visibility

LONGEST_CONTRIBUTION: Final = 5_000
LONGEST_ARTICLE: Final = 100_000
LONGEST_TITLE: Final = 200
LONGEST_SUMMARY: Final = 500
LONGEST_THEME: Final = 100
LONGEST_LANGUAGE: Final = 35
LONGEST_PERSPECTIVE: Final = 200

_TYPES: Final = {
    PostKind.CONTRIBUTION: "Note",
    PostKind.POLL: "Question",
    PostKind.KNOWLEDGE: "Article",
    PostKind.OUTCOME: "Article",
    PostKind.MEETING: "Event",
    PostKind.ANSWER: "Note",
}


class PostRefused(ValueError):
    """What somebody wants to say cannot be stored as it is; ``field`` names the part that is wrong."""

    def __init__(self, field_name: str, message: str) -> None:
        super().__init__(message)
        self.field = field_name


@dataclass(frozen=True)
class Draft:
    """What one of our actors wants to say. ``source`` is Markdown."""

    source: str
    kind: PostKind = PostKind.CONTRIBUTION
    title: str = ""
    summary: str = ""
    language: str = "nl"
    visibility: Visibility = Visibility.PUBLIC
    space: Actor | None = None
    reply_to: Post | None = None
    themes: Collection[str] = ()
    documents: Sequence[Described] = ()
    """Documents and pictures, each with its description."""
    cover: Described | None = None
    """The picture on the cover of a knowledge product."""
    perspective: str | None = None
    """From which perspective it is said, if its author chose one."""
    also_to: Collection[Actor] = field(default_factory=tuple)
    """Who is addressed without being named in the text."""
    is_only_to: bool = False
    """Whether nobody is addressed but those, whoever the text names: a private word."""


async def write_post(session: AsyncSession, site: Site, author: Actor, draft: Draft, *, now: datetime) -> Post:
    """Store what a local actor says. Raises `PostRefused` for an empty or too long text.

    An answer takes the place and thread of what it answers, and is never meant for more people.
    """
    _check(draft)
    named = {} if draft.is_only_to else await named_actors(session, draft.source)
    article = draft.kind in {PostKind.KNOWLEDGE, PostKind.OUTCOME}
    post_id = new_id()
    uri = site.post_uri(draft.kind, post_id)
    parent = draft.reply_to
    post = Post(
        id=post_id,
        uri=uri,
        author_id=author.id,
        kind=draft.kind,
        type=_TYPES[draft.kind],
        name=clean_line(draft.title, LONGEST_TITLE),
        summary=clean_line(draft.summary, LONGEST_SUMMARY),
        content=await rendered(
            draft.source,
            shift_headings=article,
            mentions={account: actor.url or actor.uri for account, actor in named.items()},
        ),
        source=draft.source,
        language=draft.language,
        perspective=clean_line(draft.perspective or "", LONGEST_PERSPECTIVE) or None,
        url=uri,
        visibility=narrower(draft.visibility, parent.visibility) if parent else draft.visibility,
        space_id=(parent.space_id if parent else None) or (draft.space.id if draft.space is not None else None),
        thread_id=parent.thread_id if parent else post_id,
        reply_to_id=parent.id if parent else None,
        reply_to_uri=parent.uri if parent else None,
        is_local=True,
        published_at=now,
    )
    session.add(post)
    await session.flush()
    addressed = {actor.id for actor in [*named.values(), *draft.also_to]}
    if parent is not None:
        addressed.add(parent.author_id)
    addressed.discard(author.id)
    await insert_or_ignore(session, Mention, [{"post_id": post_id, "actor_id": actor} for actor in sorted(addressed)])
    themes = sorted({theme.lower() for theme in draft.themes})
    await insert_or_ignore(session, PostTheme, [{"post_id": post_id, "theme": theme} for theme in themes])
    attach(session, site, post_id, draft.documents, cover=draft.cover)
    await session.flush()
    wake_after_commit(session, CHANGED)
    return post


async def edit_post(
    session: AsyncSession,
    site: Site,
    post: Post,
    *,
    source: str,
    title: str | None = None,
    summary: str | None = None,
    language: str | None = None,
    themes: Collection[str] | None = None,
    now: datetime,
) -> None:
    """Change what a local post says; what is None stays as it is. Raises `PostRefused`.

    Nobody comes to see it who could not: whoever the new text names is only addressed when everyone may read it.
    """
    title, summary = post.name if title is None else title, post.summary if summary is None else summary
    language = post.language or "nl" if language is None else language
    _check(Draft(source, post.kind, title, summary, language, themes=themes or ()))
    named = await named_actors(session, source)
    post.source = source
    post.content = await rendered(
        source,
        shift_headings=post.kind in {PostKind.KNOWLEDGE, PostKind.OUTCOME},
        mentions={account: actor.url or actor.uri for account, actor in named.items()},
    )
    post.name, post.summary = clean_line(title, LONGEST_TITLE), clean_line(summary, LONGEST_SUMMARY)
    post.language = language
    post.updated_at = now
    if is_open(post.visibility):
        addressed = {actor.id for actor in named.values()} - {post.author_id}
        rows = [{"post_id": post.id, "actor_id": actor} for actor in sorted(addressed)]
        await insert_or_ignore(session, Mention, rows)
    if themes is not None:
        wanted = sorted({theme.lower() for theme in themes})
        await session.execute(delete(PostTheme).where(PostTheme.post_id == post.id, PostTheme.theme.not_in(wanted)))
        await insert_or_ignore(session, PostTheme, [{"post_id": post.id, "theme": theme} for theme in wanted])
    wake_after_commit(session, CHANGED)


async def bury_posts(session: AsyncSession, post_ids: Sequence[int], *, now: datetime) -> None:
    """Make tombstones of posts: their text, names, files and reactions go, the fact that they were stays."""
    if not post_ids:
        return
    for table in (Mention, PostTheme, Attachment, Reaction, PollOption, Meeting, Featured):
        await session.execute(delete(table).where(among(session, table.post_id, post_ids)))
    for part in (OutcomeVersion, OutcomeStep):
        await session.execute(delete(part).where(among(session, part.outcome_id, post_ids)))
    await session.execute(
        update(Post)
        .where(among(session, Post.id, post_ids), Post.deleted_at.is_(None))
        .values(deleted_at=now, content="", source=None, name="", summary="", url="", perspective=None)
        .execution_options(synchronize_session="fetch")
    )
    wake_after_commit(session, CHANGED)


async def adopt_orphans(session: AsyncSession, arrived: Mapping[str, tuple[int, int, int | None]]) -> None:
    """Join answers that came before what they answer to it.

    ``arrived`` gives, by URI, the id, thread and space of posts that just came. What follows an
    adopted answer moves along with it into the thread and the space.
    """
    if not arrived:
        return
    orphans = await session.execute(
        select(Post.id, Post.reply_to_uri, Post.thread_id).where(
            Post.reply_to_id.is_(None), among(session, Post.reply_to_uri, arrived)
        )
    )
    places = dict(arrived)
    for orphan_id, reply_to_uri, old_thread in orphans.all():
        parent_id, thread_id, space_id = places[str(reply_to_uri)]
        if thread_id == old_thread:
            continue  # two posts that answer each other: one of them came first
        await session.execute(update(Post).where(Post.id == orphan_id).values(reply_to_id=parent_id))
        await session.execute(
            update(Post)
            .where(Post.thread_id == old_thread, Post.thread_id != thread_id)
            .values(thread_id=thread_id, space_id=func.coalesce(Post.space_id, space_id))
        )
        for uri, (post_id, thread, space) in places.items():
            if thread == old_thread:
                places[uri] = (post_id, thread_id, space if space is not None else space_id)


async def named_actors(session: AsyncSession, source: str) -> dict[str, Actor]:
    """Return the actors that we know of whom a text names, by account."""
    accounts = accounts_in(source)
    if not accounts:
        return {}
    query = select(Actor).where(Actor.account_key.in_(accounts), Actor.deleted_at.is_(None))
    return {actor.account_key: actor for actor in await session.scalars(query)}


def _check(draft: Draft) -> None:
    article = draft.kind in {PostKind.KNOWLEDGE, PostKind.OUTCOME}
    longest = LONGEST_ARTICLE if article else LONGEST_CONTRIBUTION
    if not draft.source.strip():
        raise PostRefused("text", "the text is empty")
    if len(draft.source) > longest:
        raise PostRefused("text", f"the text is longer than {longest} characters")
    if not is_storable(draft.source):
        raise PostRefused("text", "the text holds characters that cannot be stored")
    if article and not clean_line(draft.title, LONGEST_TITLE):
        raise PostRefused("title", "the title is empty")
    if len(draft.title) > LONGEST_TITLE:
        raise PostRefused("title", f"the title is longer than {LONGEST_TITLE} characters")
    if len(draft.summary) > LONGEST_SUMMARY:
        raise PostRefused("summary", f"the summary is longer than {LONGEST_SUMMARY} characters")
    if any(len(theme) > LONGEST_THEME or not is_storable(theme) for theme in draft.themes):
        raise PostRefused("themes", f"a theme is longer than {LONGEST_THEME} characters, or cannot be stored")
    described = [*draft.documents, *([draft.cover] if draft.cover is not None else [])]
    if any(len(name) > LONGEST_DESCRIPTION or not is_storable(name) for _, name in described):
        raise PostRefused("documents", f"a description is longer than {LONGEST_DESCRIPTION} characters, or not text")
    if len(draft.language) > LONGEST_LANGUAGE or not is_storable(draft.language):
        raise PostRefused("language", "this is not the tag of a language")


def is_space(actor: Actor) -> bool:
    """Whether things can be said in this actor: an issue, a network, or a group of other software."""
    return actor.kind in {ActorKind.ISSUE, ActorKind.NETWORK, ActorKind.GROUP}
