"""Telling contributors on microblogging software what was done: a short note of their own, that mentions them.

Software of that kind shows an outcome, an `Article`, as a title with a link, and to followers of its author alone. So
everyone whose server may run such software gets one note, in answer to what they said, with what was done and why.
It is addressed to that contributor and stands in nobody's timeline. It quotes nothing: who withdraws what they said
must not be read in it. See docs/decisions/0020.

All of it is made in bulk, so that five hundred people cost the writer of an outcome no more than a moment.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from html import escape
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_date
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.among import among
from actors.ids import new_id
from actors.instances.tables import Instance
from actors.kinds import PostKind, Verdict
from actors.knowledge.outcomes import Given
from actors.posts.detail import PostDetail
from actors.posts.store import bury_posts
from actors.posts.tables import Mention, Post
from actors.serialize.post import audience_of, write_post, write_tombstone
from actors.site import Site
from federation.audience import Visibility
from outbox import activities
from outbox.announce import SPEAKS_BOOSTS, SPEAKS_GROUPS
from outbox.queue import Outgoing, queue_activities
from outbox.withdrawal import inboxes_told, take_back

_ZONE: Final = ZoneInfo("Europe/Amsterdam")
_LONGEST_REASON: Final = 1_500
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "nl": {
        "told": "{host} vertelt wat er met jouw inbreng is gedaan.",
        "corrected": "{host} heeft de terugkoppeling verbeterd. Over jouw inbreng staat er nu iets anders.",
        "said": "Wat je zei op {day}: ",
        "taken_back": "hierover staat er nu niets meer in.",
        "read": "Lees de hele terugkoppeling:",
        Verdict.ADOPTED: "overgenomen.",
        Verdict.PARTLY: "deels overgenomen.",
        Verdict.NOT: "niet overgenomen.",
    },
    "en": {
        "told": "{host} tells what was done with your contribution.",
        "corrected": "{host} corrected its feedback. It says something else of your contribution now.",
        "said": "What you said on {day}: ",
        "taken_back": "it says nothing of this any more.",
        "read": "Read all of the feedback:",
        Verdict.ADOPTED: "adopted.",
        Verdict.PARTLY: "partly adopted.",
        Verdict.NOT: "not adopted.",
    },
}
"""What these notes say: they are read in other software, so in the language of the outcome."""


class Said(NamedTuple):
    """What of a contribution it takes to answer it: of hundreds no more is read."""

    uri: str
    author_id: int
    space_id: int | None
    published_at: datetime


@dataclass(frozen=True)
class Told:
    """What one contributor is told: each of their contributions, with what is said of it now."""

    contributor: Actor
    said: Sequence[tuple[Said, Given | None]]


async def software_of(session: AsyncSession, domains: Collection[str]) -> dict[str, str]:
    """Return what software these servers run, as far as we know; one query."""
    if not domains:
        return {}
    query = select(Instance.domain, Instance.software).where(among(session, Instance.domain, domains))
    return {row.domain: row.software for row in await session.execute(query)}


def reads_articles(actor: Actor, software: Mapping[str, str]) -> bool:
    """Whether an outcome itself may reach an actor: it lives here, or where articles may be read."""
    return actor.is_local or software.get(actor.domain, "") not in SPEAKS_BOOSTS


def wants_note(actor: Actor, software: Mapping[str, str]) -> bool:
    """Whether an actor gets a note of its own: it lives on software that may show no articles."""
    return not actor.is_local and software.get(actor.domain, "") not in SPEAKS_GROUPS


async def send_notes(
    session: AsyncSession,
    site: Site,
    outcome: PostDetail,
    told: Sequence[Told],
    *,
    corrected: bool = False,
    now: datetime,
) -> None:
    """Send each of these contributors a note; three inserts, however many they are."""
    if not told:
        return
    rows, names, outgoing = [], [], []
    # One row in memory serves them all in turn: what differs is set anew, and written out at once.
    note = _note(outcome, now)
    same = {column: getattr(note, column) for column in _SAME}
    for one in told:
        note.id = new_id()
        note.uri = note.url = site.post_uri(PostKind.ANSWER, note.id)
        note.content = _content(outcome, one, corrected=corrected)
        note.reply_to_uri = one.said[0][0].uri
        detail = PostDetail(note, outcome.author, mentions=[one.contributor])
        rows.append(same | {column: getattr(note, column) for column in _OWN})
        names.append({"post_id": note.id, "actor_id": one.contributor.id})
        outgoing.append(_outgoing(site, detail, "Create", now))
    await session.execute(insert(Post.__table__), rows)  # type: ignore[arg-type]
    await session.execute(insert(Mention.__table__), names)  # type: ignore[arg-type]
    await queue_activities(session, site, outgoing)


async def withdraw_notes(session: AsyncSession, site: Site, host: Actor, outcome: Post, *, now: datetime) -> None:
    """Withdraw what contributors were told of an outcome that is withdrawn itself."""
    query = select(Post).where(
        Post.thread_id == outcome.id,
        Post.kind == PostKind.ANSWER,
        Post.author_id == host.id,
        Post.deleted_at.is_(None),
    )
    notes = list(await session.scalars(query))
    if not notes:
        return
    named: dict[int, list[Actor]] = defaultdict(list)
    pairs = select(Mention.post_id, Actor).join(Actor, Actor.id == Mention.actor_id)
    for post_id, actor in await session.execute(pairs.where(among(session, Mention.post_id, [n.id for n in notes]))):
        named[post_id].append(actor)
    details = [PostDetail(note, host, mentions=named[note.id]) for note in notes]
    told = {note.uri: await inboxes_told(session, note.uri) for note in notes}
    await take_back(session, list(told))
    await bury_posts(session, [note.id for note in notes], now=now)
    outgoing = [_outgoing(site, detail, "Delete", now, to=told[detail.post.uri]) for detail in details]
    await queue_activities(session, site, outgoing)


def _note(outcome: PostDetail, now: datetime) -> Post:
    return Post(
        author_id=outcome.author.id,
        kind=PostKind.ANSWER,
        type="Note",
        name="",
        summary="",
        language=outcome.post.language,
        sensitive=False,
        visibility=Visibility.UNLISTED,
        space_id=outcome.post.space_id,
        # Who answers it is read where the outcome is.
        thread_id=outcome.post.id,
        is_local=True,
        published_at=now,
    )


def _content(outcome: PostDetail, told: Told, *, corrected: bool) -> str:
    words = _WORDS["en" if outcome.post.language == "en" else "nl"]
    actor, host = told.contributor, outcome.author
    mention = f'<a href="{escape(actor.url or actor.uri)}" class="u-url mention">@{escape(actor.account)}</a>'
    first = words["corrected" if corrected else "told"].format(host=escape(host.name or host.handle))
    parts = [f"<p>{mention} {first}</p>"]
    for post, given in told.said:
        said = words["said"].format(day=_day(post.published_at.astimezone(_ZONE).date(), outcome.post.language))
        if given is None:
            parts.append(f"<p>{said}{words['taken_back']}</p>")
        else:
            reason = escape(given.reason[:_LONGEST_REASON])
            parts.append(f"<p>{said}<strong>{words[given.verdict]}</strong> {reason}</p>")
    link = escape(outcome.post.url or outcome.post.uri)
    parts.append(f'<p>{words["read"]} <a href="{link}">{escape(outcome.post.name)}</a></p>')
    return "".join(parts)


@lru_cache(maxsize=1_000)
def _day(day: date, language: str | None) -> str:
    return format_date(day, "d MMMM y", "en" if language == "en" else "nl")


def _outgoing(
    site: Site, detail: PostDetail, verb: str, now: datetime, *, to: Collection[str] | None = None
) -> Outgoing:
    activity_id = new_id()
    addressed, also = audience_of(detail)
    document = activities.build(
        verb,
        uri=site.activity_uri(activity_id),
        actor=detail.author.uri,
        object=write_tombstone(detail.post) if verb == "Delete" else write_post(site, detail),
        to=addressed,
        cc=also,
        now=now,
    )
    inboxes = [actor.shared_inbox or actor.inbox for actor in detail.mentions] if to is None else to
    # Not in the outbox: five hundred of them would hide all else that an organisation said.
    return Outgoing(activity_id, detail.author.id, document, detail.post.uri, is_public=False, inboxes=inboxes)


_OWN: Final = ("id", "uri", "url", "content", "reply_to_uri")
_SAME: Final = (
    "author_id", "kind", "type", "name", "summary", "language", "sensitive", "visibility", "space_id", "thread_id",
    "is_local", "published_at",
)  # fmt: skip
