"""What moderators decide about people and what they say, with what follows from it: here, elsewhere, and who is told.

Whoever reported hears that it was looked at; whoever it is about hears what was decided, why, and how to object.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import note_act
from actors.database import wake_after_commit
from actors.ids import new_id
from actors.kinds import ActorKind, Role
from actors.local import own_organisation
from actors.moderation.kinds import Act, Category, ReportState
from actors.moderation.objections import objection_path
from actors.moderation.reports import report_name
from actors.moderation.tables import Decision, Report
from actors.notifications import Notification
from actors.people.accounts import is_last_administrator
from actors.people.invitations import revoke_unbacked
from actors.people.kinds import AccountState
from actors.people.sessions import end_access
from actors.people.tables import Account
from actors.posts.tables import Post
from actors.sanitize import is_storable
from actors.site import Site
from actors.upsert import insert_or_ignore
from actors.vault import Vault
from actors.wakeups import CHANGED
from outbox.giving_up import give_up_actor
from outbox.mail.queue import queue_mail
from outbox.publish.contributions import withdraw_post
from outbox.publish.people import tell_of_change

LONGEST_REASON: Final = 2_000
REVERSIBLE_FOR: Final = timedelta(days=30)
"""For how long a suspended account of ours can be given back; see `outbox.publish.removal`."""
_ON_PEOPLE: Final = frozenset({Act.WARN, Act.LIMIT, Act.UNLIMIT, Act.SUSPEND, Act.UNSUSPEND})
_NEEDS_REASON: Final = frozenset({Act.WARN, Act.WITHDRAW, Act.LIMIT, Act.SUSPEND})
_LIFTING: Final = frozenset({Act.UNLIMIT, Act.UNSUSPEND})
_AUDITED: Final = {
    Act.DISMISS: "report-dismissed",
    Act.WARN: "person-warned",
    Act.WITHDRAW: "posts-withdrawn",
    Act.LIMIT: "actor-limited",
    Act.UNLIMIT: "actor-unlimited",
    Act.SUSPEND: "actor-suspended",
    Act.UNSUSPEND: "actor-unsuspended",
}


class DecisionRefused(ValueError):
    """A decision that cannot be taken; ``field`` names why: ``state``, ``self``, ``act``, ``role``, ``reason``
    or ``last-administrator``."""

    def __init__(self, field_name: str, message: str) -> None:
        super().__init__(message)
        self.field = field_name


@dataclass(frozen=True)
class Ruling:
    """What a moderator decides on a report. ``reason`` is told to whom it is about, ``note`` to moderators alone."""

    act: Act
    reason: str = ""
    note: str = ""
    posts: Collection[int] = field(default_factory=tuple)
    """Of the reported posts, those that are withdrawn."""


async def decide(
    session: AsyncSession,
    site: Site,
    vault: Vault | None,
    report: Report,
    posts: Sequence[Post],
    ruling: Ruling,
    *,
    by: Actor,
    roles: Collection[Role],
    now: datetime,
) -> Decision | None:
    """Decide on a report, and have it done. ``posts`` are what it is about; ``vault`` None where no mail can be sent.

    Lifting what was decided before may be done on a handled report, which stays as it is. Raises `DecisionRefused`.
    """
    about = await session.get_one(Actor, report.about_id)
    account = await session.get(Account, about.id) if about.is_local else None
    _check(report, ruling, about, account, by, roles)
    if ruling.act is Act.SUSPEND and account is not None and await is_last_administrator(session, account):
        raise DecisionRefused("last-administrator", "somebody always administers the instance")
    chosen = [post for post in posts if post.id in set(ruling.posts)] if ruling.act is Act.WITHDRAW else []
    if ruling.act is Act.WITHDRAW and not chosen:
        raise DecisionRefused("posts", "no post is chosen")
    await _do(session, site, about, ruling.act, chosen, by, now)
    decision = None
    if ruling.act is not Act.DISMISS:
        decision = Decision(
            id=new_id(), about_id=about.id, by_id=by.id, act=ruling.act, reason=ruling.reason, posts=len(chosen),
            created_at=now,
        )  # fmt: skip
        session.add(decision)
    note_act(
        session,
        by.id,
        _AUDITED[ruling.act],
        object_uri=about.uri,
        object_name=about.account,
        reason=ruling.reason,
        details={"report": report_name(report)},
        now=now,
    )
    first = report.state is ReportState.OPEN
    if first:
        report.state, report.act = ReportState.HANDLED, ruling.act
        report.handled_by, report.handled_at = by.id, now
    if ruling.note:
        report.note = f"{report.note}\n\n{ruling.note}".strip()
    await session.flush()
    await _tell(session, site, vault, report, decision, about, account, ruling, first=first, now=now)
    wake_after_commit(session, CHANGED)
    return decision


def _check(
    report: Report, ruling: Ruling, about: Actor, account: Account | None, by: Actor, roles: Collection[Role]
) -> None:
    if by.id == about.id:
        raise DecisionRefused("self", "nobody decides about themselves")
    if report.state is ReportState.HANDLED and ruling.act not in _LIFTING:
        raise DecisionRefused("state", "this report was handled already")
    if about.deleted_at is not None and ruling.act is not Act.DISMISS:
        raise DecisionRefused("act", "this actor is gone")
    if ruling.act in _ON_PEOPLE and about.is_local and about.kind is not ActorKind.PERSON:
        raise DecisionRefused("act", "only people can be warned, limited or suspended here")
    if ruling.act is Act.WARN and not about.is_local:
        raise DecisionRefused("act", "somebody of another server cannot be warned by us")
    above = account is not None and Role.ADMINISTRATOR in account.roles
    if above and ruling.act in _ON_PEOPLE and Role.ADMINISTRATOR not in roles:
        raise DecisionRefused("role", "only an administrator decides about an administrator")
    if account is not None and account.state is AccountState.WAITING and ruling.act in _ON_PEOPLE:
        raise DecisionRefused("act", "this account waits for approval")
    if ruling.act in _NEEDS_REASON and about.is_local and not ruling.reason.strip():
        raise DecisionRefused("reason", "whoever it is about hears why")
    if len(ruling.reason) > LONGEST_REASON or not is_storable(ruling.reason):
        raise DecisionRefused("reason", f"a reason is at most {LONGEST_REASON} characters")
    if len(ruling.note) > LONGEST_REASON or not is_storable(ruling.note):
        raise DecisionRefused("note", f"a note is at most {LONGEST_REASON} characters")


async def _do(
    session: AsyncSession, site: Site, about: Actor, act: Act, posts: Sequence[Post], by: Actor, now: datetime
) -> None:
    match act:
        case Act.WITHDRAW:
            for post in posts:
                await _withdraw(session, site, post, now)
        case Act.LIMIT:
            about.limited_at, about.limited_with_server = about.limited_at or now, None
        case Act.UNLIMIT:
            about.limited_at, about.limited_with_server = None, None
        case Act.SUSPEND:
            await _suspend(session, site, about, by, now)
        case Act.UNSUSPEND:
            about.suspended_at, about.suspended_with_server = None, None
            if about.is_local:
                await tell_of_change(session, site, about, now=now)
        case Act.DISMISS | Act.WARN:
            pass


async def _withdraw(session: AsyncSession, site: Site, post: Post, now: datetime) -> None:
    if post.deleted_at is not None:
        return
    if post.is_local:
        await withdraw_post(session, site, await session.get_one(Actor, post.author_id), post, now=now)
    else:
        post.hidden_at = now


async def _suspend(session: AsyncSession, site: Site, about: Actor, by: Actor, now: datetime) -> None:
    about.suspended_at, about.suspended_with_server = about.suspended_at or now, None
    if not about.is_local:
        return
    await end_access(session, about.id, now=now)
    await revoke_unbacked(session, about.id, by=by.id, now=now)
    await give_up_actor(session, about.id, "this account is suspended", now=now)
    await tell_of_change(session, site, about, now=now)


async def _tell(
    session: AsyncSession,
    site: Site,
    vault: Vault | None,
    report: Report,
    decision: Decision | None,
    about: Actor,
    account: Account | None,
    ruling: Ruling,
    *,
    first: bool,
    now: datetime,
) -> None:
    """Tell whom it concerns: the reporter that it was handled, the author what was decided."""
    reporter = await session.get(Actor, report.reporter_id) if report.reporter_id is not None else None
    is_objection = report.category is Category.OBJECTION
    kinds: list[tuple[int, str]] = []
    if first and reporter is not None and reporter.is_local and not is_objection:
        kinds.append((reporter.id, "report"))
    if account is not None and (decision is not None or is_objection):
        kinds.append((about.id, "decision"))
    organisation = await own_organisation(session)
    rows = [
        {"id": new_id(), "recipient_id": recipient, "kind": kind, "from_id": organisation.id, "created_at": now}
        for recipient, kind in kinds
    ]
    await insert_or_ignore(session, Notification, rows)
    if vault is None or account is None or (decision is None and not is_objection):
        return
    can_object = decision is not None and decision.act not in _LIFTING
    await queue_mail(
        session,
        vault=vault,
        kind="decision",
        to=account.email,
        language=account.language,
        account_id=account.actor_id,
        facts={
            "act": ruling.act.value if decision is not None else "upheld",
            "reason": ruling.reason,
            "link": f"{site.base_url}{objection_path(vault, decision.id)}" if decision and can_object else "",
        },
        now=now,
    )
