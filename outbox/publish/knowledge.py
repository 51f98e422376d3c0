"""Publishing a knowledge product."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.kinds import KnowledgeKind, PostKind
from actors.knowledge.tables import KnowledgeIssue, KnowledgeProduct
from actors.media.attaching import Described
from actors.posts.detail import details
from actors.posts.store import Draft, PostRefused, is_space, write_post
from actors.posts.tables import Post
from actors.site import Site
from actors.upsert import insert_or_ignore
from federation.documents import iri_of
from outbox.publish.contributions import announce_post, notify_here

MOST_DOCUMENTS = 10


@dataclass(frozen=True)
class KnowledgeDraft:
    """A knowledge product to be published. ``source`` is Markdown; ``licence`` a URL or empty."""

    title: str
    kind: KnowledgeKind
    summary: str
    source: str
    licence: str = ""
    language: str = "nl"
    themes: Collection[str] = ()
    issues: Sequence[Actor] = ()
    documents: Sequence[Described] = ()
    cover: Described | None = None


async def publish_knowledge(
    session: AsyncSession, site: Site, author: Actor, draft: KnowledgeDraft, *, now: datetime
) -> Post:
    """Publish a knowledge product to the author's followers and to the issues that it is of use for.

    Raises `PostRefused`.
    """
    if len(draft.documents) > MOST_DOCUMENTS:
        raise PostRefused("documents", f"at most {MOST_DOCUMENTS} documents go with a knowledge product")
    if not all(is_space(issue) for issue in draft.issues):
        raise PostRefused("issues", "a knowledge product is of use for an issue, not for another actor")
    if draft.licence and iri_of(draft.licence) is None:
        raise PostRefused("licence", "the licence must be the address of a licence")
    post = await write_post(
        session,
        site,
        author,
        Draft(
            draft.source,
            kind=PostKind.KNOWLEDGE,
            title=draft.title,
            summary=draft.summary,
            language=draft.language,
            space=draft.issues[0] if draft.issues else None,
            themes=draft.themes,
            documents=draft.documents,
            cover=draft.cover,
        ),
        now=now,
    )
    session.add(KnowledgeProduct(post_id=post.id, kind=draft.kind, licence=draft.licence))
    await session.flush()
    await insert_or_ignore(
        session, KnowledgeIssue, [{"post_id": post.id, "issue_id": issue.id} for issue in draft.issues]
    )
    (detail,) = await details(session, [post])
    await announce_post(session, site, detail, "Create", now=now)
    await notify_here(session, detail, now=now)
    return post
