"""Giving a signal, answering it, and telling what came of it: direct posts between a person and an organisation.

Whoever the words name besides is not addressed: a signal is for the organisation alone.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.kinds import ActorKind
from actors.notifying import tell
from actors.posts.detail import details
from actors.posts.store import Draft, PostRefused, write_post
from actors.posts.tables import Post
from actors.relations import blocked_by
from actors.sanitize import clean_line
from actors.signals.store import SIGNAL_ANSWERED, Heard, keep_signals
from actors.signals.tables import Signal, SignalPost, SignalState
from actors.site import Site
from federation.audience import Visibility
from outbox.publish.contributions import announce_post

LONGEST_SIGNAL: Final = 4_500
"""Less than a contribution: where it was noticed is added to the text."""
LONGEST_WHERE: Final = 200
_ISSUE_MADE: Final = {
    "nl": "Dank je voor je signaal. We hebben er een vraagstuk van gemaakt: {title}.\n\nJe leest het hier: {address}",
    "en": "Thank you for your signal. We made an issue of it: {title}.\n\nYou can read it here: {address}",
}
_WHERE: Final = {"nl": "Waar:", "en": "Where:"}
"""What people of any software read, in the language of the signal."""


@dataclass(frozen=True)
class SignalDraft:
    """What somebody noticed, and where. ``text`` is Markdown."""

    text: str
    where: str = ""
    theme: str | None = None
    language: str = "nl"


async def give_signal(
    session: AsyncSession, site: Site, author: Actor, organisation: Actor, draft: SignalDraft, *, now: datetime
) -> Signal:
    """Tell an organisation, ours or another instance's, what a person here noticed. Raises `PostRefused`."""
    if organisation.kind is not ActorKind.ORGANISATION or organisation.deleted_at or organisation.suspended_at:
        raise PostRefused("organisation", "a signal is given to an organisation")
    if await blocked_by(session, author.id, [organisation.id]):
        raise PostRefused("organisation", "this organisation does not hear you")
    if len(draft.text) > LONGEST_SIGNAL:
        raise PostRefused("text", f"a signal is at most {LONGEST_SIGNAL} characters")
    where = clean_line(draft.where, LONGEST_WHERE)
    told = _WHERE.get(draft.language, _WHERE["nl"])
    post = await _write(
        session,
        site,
        author,
        Draft(
            f"{draft.text}\n\n{told} {where}" if where and draft.text.strip() else draft.text,
            language=draft.language,
            visibility=Visibility.DIRECT,
            themes=[draft.theme] if draft.theme else (),
            also_to=[organisation],
            is_only_to=True,
        ),
        now=now,
    )
    heard = Heard(post.id, post.id, organisation.id, author.id, author.id, author.domain, SignalState.NEW)
    await _send(session, site, post, heard, now=now)
    return await session.get_one(Signal, post.id)


async def reply_in_signal(
    session: AsyncSession, site: Site, author: Actor, signal: Signal, text: str, *, language: str = "nl", now: datetime
) -> Post:
    """Have a person here add something to a signal of theirs. Raises `PostRefused`."""
    if author.id != signal.from_id:
        raise PostRefused("signal", "this is the signal of somebody else")
    organisation = await session.get_one(Actor, signal.organisation_id)
    return await _say(
        session, site, signal, author, organisation, text, SignalState.NEW, language=language, now=now
    )  # fmt: skip


async def answer_signal(
    session: AsyncSession,
    site: Site,
    signal: Signal,
    text: str,
    *,
    state: SignalState = SignalState.ANSWERED,
    issue: Actor | None = None,
    language: str = "nl",
    now: datetime,
) -> Post:
    """Have an organisation of ours answer a signal, on the signaller's own server; ``state`` is how it stands then.

    ``issue`` is what was made of it. Raises `PostRefused`.
    """
    organisation = await session.get_one(Actor, signal.organisation_id)
    sender = await session.get_one(Actor, signal.from_id)
    if not organisation.is_local:
        raise PostRefused("signal", "this signal is another organisation's to answer")
    uri = issue.uri if issue is not None else None
    post = await _say(
        session, site, signal, organisation, sender, text, state, issue_uri=uri, language=language, now=now
    )  # fmt: skip
    await tell(session, [sender.id], SIGNAL_ANSWERED, by=organisation.id, post=post.id, now=now)
    return post


async def put_on_agenda(session: AsyncSession, site: Site, signal: Signal, issue: Actor, *, now: datetime) -> Post:
    """Tell who gave a signal that an issue was made of it, and where. Raises `PostRefused`."""
    language = await _language_of(session, signal)
    text = _ISSUE_MADE[language].format(title=issue.name, address=issue.url)
    return await answer_signal(
        session, site, signal, text, state=SignalState.AGENDA, issue=issue, language=language, now=now
    )


async def _language_of(session: AsyncSession, signal: Signal) -> str:
    first = await session.get(Post, signal.id)
    spoken = (first.language or "").partition("-")[0] if first is not None else ""
    return spoken if spoken in _ISSUE_MADE else "nl"


async def _say(
    session: AsyncSession,
    site: Site,
    signal: Signal,
    author: Actor,
    other: Actor,
    text: str,
    state: SignalState,
    *,
    issue_uri: str | None = None,
    language: str,
    now: datetime,
) -> Post:
    draft = Draft(
        text, language=language, visibility=Visibility.DIRECT, reply_to=await _last_of(session, signal, other),
        also_to=[other], is_only_to=True,
    )  # fmt: skip
    post = await _write(session, site, author, draft, now=now)
    heard = Heard(
        post.id, signal.id, signal.organisation_id, signal.from_id, author.id, author.domain, state, issue_uri
    )
    await _send(session, site, post, heard, now=now)
    return post


async def _write(session: AsyncSession, site: Site, author: Actor, draft: Draft, *, now: datetime) -> Post:
    if not draft.source.strip():
        raise PostRefused("text", "the text is empty")
    return await write_post(session, site, author, draft, now=now)


async def _send(session: AsyncSession, site: Site, post: Post, heard: Heard, *, now: datetime) -> None:
    await keep_signals(session, [heard], now=now)
    (detail,) = await details(session, [post])
    await announce_post(session, site, detail, "Create", now=now)


async def _last_of(session: AsyncSession, signal: Signal, author: Actor) -> Post | None:
    """Return what the other side said last: that is answered, so that their server shows it in its place."""
    query = (
        select(Post)
        .join(SignalPost, SignalPost.post_id == Post.id)
        .where(SignalPost.signal_id == signal.id, Post.deleted_at.is_(None))
        .order_by((Post.author_id == author.id).desc(), Post.id.desc())
    )
    return (await session.scalars(query.limit(1))).one_or_none()
