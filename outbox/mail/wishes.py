"""Who wants mail about what, and how often: the defaults, a person's own choices, and when a digest goes out.

Digests go out at seven in the morning in the Netherlands, weekly ones on Monday.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.among import among
from actors.moderation.servers import SERVER_BLOCKED
from actors.notifications import MailStep, Notification
from actors.people.kinds import AccountState
from actors.people.tables import Account
from actors.upsert import insert_or_update
from outbox.mail.tables import MailWish

EVERYTHING: Final = "all"
"""Not a kind of notification: its rhythm ``never`` stops all mail about them, whatever the others say."""

_ZONE: Final = ZoneInfo("Europe/Amsterdam")
_MORNING: Final = time(7)


class Rhythm(StrEnum):
    """How often mail about something comes."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"
    NEVER = "never"


DEFAULTS: Final[Mapping[str, Rhythm]] = {
    "outcome": Rhythm.AT_ONCE,
    "mention": Rhythm.AT_ONCE,
    "reply": Rhythm.AT_ONCE,
    "report": Rhythm.AT_ONCE,
    "role": Rhythm.AT_ONCE,
    "moderation": Rhythm.AT_ONCE,
    "agreement": Rhythm.AT_ONCE,
    "meeting": Rhythm.AT_ONCE,
    "signal": Rhythm.AT_ONCE,
    "advice": Rhythm.AT_ONCE,
    "issue": Rhythm.DAILY,
    "follow_request": Rhythm.DAILY,
    SERVER_BLOCKED: Rhythm.DAILY,
    "follow": Rhythm.WEEKLY,
    "announce": Rhythm.WEEKLY,
    "like": Rhythm.NEVER,
}
"""The subjects of notifications that mail is about, each with its rhythm for who chose nothing."""
BUNDLED: Final = frozenset({Rhythm.DAILY, Rhythm.WEEKLY})
_TOLD_APART: Final = frozenset({"decision"})
"""Kinds of which there is a mail of their own."""


class Wishes:
    """The wishes of one person, the defaults where nothing was chosen."""

    def __init__(self, chosen: Mapping[str, str]) -> None:
        self._chosen = chosen

    @property
    def wants_none(self) -> bool:
        """Whether this person wants no mail about notifications at all."""
        return self._chosen.get(EVERYTHING) == Rhythm.NEVER

    def chosen(self, kind: str) -> Rhythm:
        """Return what was chosen for a kind, also while all mail is stopped. What is not listed is rare and at once."""
        subject = subject_of(kind)
        return Rhythm(self._chosen.get(subject, DEFAULTS.get(subject, Rhythm.AT_ONCE)))

    def rhythm(self, kind: str) -> Rhythm:
        """Return how often mail about a kind goes out."""
        return Rhythm.NEVER if self.wants_none or kind in _TOLD_APART else self.chosen(kind)


def subject_of(kind: str) -> str:
    """Return what people choose by that want mail about a kind of notification.

    >>> [subject_of(kind) for kind in ("agreement-signed", "reply", "server-blocked")]
    ['agreement', 'reply', 'server-blocked']
    """
    return kind if kind in DEFAULTS else kind.partition("-")[0]


async def wishes_of(session: AsyncSession, account_ids: Collection[int]) -> dict[int, Wishes]:
    """Return the wishes of these people; one query."""
    chosen: dict[int, dict[str, str]] = {account_id: {} for account_id in account_ids}
    query = select(MailWish.account_id, MailWish.kind, MailWish.rhythm)
    for account_id, kind, rhythm in await session.execute(
        query.where(among(session, MailWish.account_id, list(account_ids)))
    ):
        chosen[account_id][kind] = rhythm
    return {account_id: Wishes(found) for account_id, found in chosen.items()}


async def reachable(session: AsyncSession, account_ids: Collection[int]) -> dict[int, Account]:
    """Return the accounts of these people that mail about notifications goes to; one query.

    Not those who are suspended, or whose account is not open.
    """
    query = (
        select(Account)
        .join(Actor, Actor.id == Account.actor_id)
        .where(
            among(session, Account.actor_id, list(account_ids)),
            Account.state == AccountState.ACTIVE,
            Actor.deleted_at.is_(None),
            Actor.suspended_at.is_(None),
        )
    )
    return {account.actor_id: account for account in await session.scalars(query)}


async def choose(session: AsyncSession, account_id: int, rhythms: Mapping[str, Rhythm]) -> None:
    """Keep a person's choices; what waits for a digest and is not wanted any more is taken out of it."""
    for kind, rhythm in rhythms.items():
        row = {"account_id": account_id, "kind": kind, "rhythm": rhythm.value}
        await insert_or_update(session, MailWish, row, on=["account_id", "kind"], update=["rhythm"])
    wishes = (await wishes_of(session, [account_id]))[account_id]
    unwanted = [kind for kind in DEFAULTS if wishes.rhythm(kind) is Rhythm.NEVER]
    waiting = update(Notification).where(
        Notification.recipient_id == account_id, Notification.mail.in_([MailStep.DAILY, MailStep.WEEKLY])
    )
    if not wishes.wants_none:
        of_subjects = (Notification.kind.startswith(f"{kind}-", autoescape=True) for kind in unwanted)
        waiting = waiting.where(or_(Notification.kind.in_(unwanted), *of_subjects))
    await session.execute(waiting.values(mail=MailStep.DONE), execution_options={"synchronize_session": False})


async def stop(session: AsyncSession, account_id: int, subject: str) -> None:
    """Stop mail about a subject: a kind of notification, ``daily`` or ``weekly`` for a digest, or `EVERYTHING`."""
    wishes = (await wishes_of(session, [account_id]))[account_id]
    bundled = [kind for kind in DEFAULTS if wishes.chosen(kind) == subject]
    kinds = bundled if subject in BUNDLED else [subject_of(subject)]
    await choose(session, account_id, dict.fromkeys(kinds, Rhythm.NEVER))


async def want_mail_again(session: AsyncSession, account_id: int) -> None:
    """Take back that a person wants no mail at all; what was chosen for each kind holds again."""
    await session.execute(delete(MailWish).where(MailWish.account_id == account_id, MailWish.kind == EVERYTHING))


def next_digest(rhythm: Rhythm, now: datetime) -> datetime:
    """Return when the next digest of a rhythm goes out.

    >>> next_digest(Rhythm.DAILY, datetime.fromisoformat("2026-03-02T09:00+00:00")).isoformat()
    '2026-03-03T07:00:00+01:00'
    """
    local = now.astimezone(_ZONE)
    day = local.date() + timedelta(days=0 if local.time() < _MORNING else 1)
    if rhythm is Rhythm.WEEKLY:
        day += timedelta(days=-day.weekday() % 7)
    return datetime.combine(day, _MORNING, _ZONE)
