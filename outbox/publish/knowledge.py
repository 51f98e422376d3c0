"""Publishing a knowledge product, and changing one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.kinds import KnowledgeKind, PostKind
from actors.knowledge.tables import KnowledgeIssue, KnowledgeProduct
from actors.media.attaching import LONGEST_DESCRIPTION, Described, attach_anew
from actors.posts.detail import PostDetail, details
from actors.posts.store import Draft, PostRefused, edit_post, is_space, write_post
from actors.posts.tables import Post
from actors.sanitize import is_storable
from actors.site import Site
from actors.upsert import insert_or_ignore
from actors.versions import check_basis, version_of
from federation.documents import iri_of
from outbox.publish.contributions import announce_post, hold_own, notify_here, tell_of_edit

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


@dataclass(frozen=True)
class KnowledgeChange:
    """How a knowledge product is to be. ``kept`` are the attachments that stay, by their ids."""

    title: str
    kind: KnowledgeKind
    summary: str
    source: str
    language: str
    themes: Collection[str] = ()
    kept: Collection[int] = ()
    documents: Sequence[Described] = ()
    """What comes after the documents that stay."""
    cover: Described | None = None
    """Takes the place of the cover that is there."""


def version_of_product(detail: PostDetail) -> str:
    """Return on which version a change of a knowledge product is based."""
    post = detail.post
    attached = [attachment.id for attachment in detail.attachments]
    kind = detail.product.kind if detail.product is not None else None
    return _version(post.name, kind, post.summary, post.source, post.language, detail.themes, attached)


async def edit_knowledge(
    session: AsyncSession,
    site: Site,
    author: Actor,
    post: Post,
    change: KnowledgeChange,
    *,
    based_on: str,
    now: datetime,
) -> bool:
    """Change a knowledge product and tell whoever has it; False when it is as it was.

    ``based_on`` is the version that was changed. Raises `PostRefused`, `EditedMeanwhile`.
    """
    await hold_own(session, author, post)
    (detail,) = await details(session, [post])
    if detail.product is None:
        raise PostRefused("post", "this is no knowledge product")
    kept = [attachment.id for attachment in detail.attachments if attachment.id in change.kept]
    current = version_of_product(detail)
    same = current == _version(
        change.title, change.kind, change.summary, change.source, change.language, change.themes, kept
    )
    if same and not change.documents and change.cover is None:
        return False
    check_basis(current, based_on)
    covers = {attachment.id for attachment in detail.attachments if attachment.is_cover}
    if len(change.documents) + len(set(kept) - covers) > MOST_DOCUMENTS:
        raise PostRefused("documents", f"at most {MOST_DOCUMENTS} documents go with a knowledge product")
    described = [*change.documents, *([change.cover] if change.cover is not None else [])]
    if any(len(name) > LONGEST_DESCRIPTION or not is_storable(name) for _, name in described):
        raise PostRefused("documents", f"a description is longer than {LONGEST_DESCRIPTION} characters, or not text")
    await edit_post(
        session,
        site,
        post,
        source=change.source,
        title=change.title,
        summary=change.summary,
        language=change.language,
        themes=change.themes,
        now=now,
    )
    detail.product.kind = change.kind
    await attach_anew(session, site, post.id, kept, change.documents, cover=change.cover)
    await tell_of_edit(session, site, post, now=now)
    return True


def _version(
    title: str,
    kind: KnowledgeKind | None,
    summary: str,
    source: str | None,
    language: str | None,
    themes: Collection[str],
    attached: Collection[int],
) -> str:
    return version_of(title, kind, summary, source, language, sorted(themes), sorted(attached))
