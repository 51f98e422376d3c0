"""What moderators decide: what follows from it here and elsewhere, who is told, and who may not decide."""

import asyncio
import json
from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.database import Database
from actors.kinds import ActorKind, Role
from actors.moderation.kinds import Act, Category, ReportState
from actors.moderation.objections import opens_objection
from actors.moderation.reports import ReportRefused, file_objection, file_report
from actors.moderation.tables import Decision, Report
from actors.notifications import Notification
from actors.people.accounts import add_account, administrators, hash_password, issue_token, signed_in_by_token
from actors.people.invitations import create_invitation, find_invitation
from actors.people.kinds import AccountState
from actors.people.sessions import open_session, signed_in_by_session
from actors.people.tables import Account, Invitation
from actors.posts.store import Draft
from actors.posts.tables import Post
from actors.serialize.actor import actor_detail, write_actor
from actors.vault import Vault
from actors.visibility import ANYONE, may_see
from outbox.mail.queue import open_facts
from outbox.mail.tables import Mail
from outbox.publish.contributions import publish_contribution
from outbox.publish.moderation import DecisionRefused, Ruling, decide
from outbox.publish.removal import remove_suspended
from outbox.publish.reports import forward_report
from outbox.tables import Delivery, DeliveryState
from tests.actors.cast import MOMENT, SITE, elsewhere, follows, here, said, the_instance
from tests.outbox.publish.stage import queued, shared, the_only
from tests.support.keys import SECRET

VAULT = Vault(SECRET)
HASH = hash_password("een-lang-wachtwoord")


class Court:
    """A moderator, somebody who reports and somebody who is reported."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def open(self) -> "Court":
        await the_instance(self.session)
        self.moderator = await self.person("mo", Role.MODERATOR)
        self.reporter, self.author = await self.person("rian"), await self.person("ada")
        return self

    async def person(self, handle: str, *roles: Role) -> Actor:
        actor = await here(self.session, handle)
        await add_account(
            self.session, actor, email=f"{handle}@x.example", password_hash=HASH, roles=frozenset(roles), now=MOMENT
        )
        return actor

    async def report(self, about: Actor, *posts: Post, category: Category = Category.HATE) -> Report:
        return await file_report(
            self.session, self.reporter, about, posts, category=category, comment="Dit kan niet", now=MOMENT
        )

    async def rule(
        self, report: Report, act: Act, *posts: Post, reason: str = "Dit past niet bij de regels", **more: Any
    ) -> Decision | None:
        by: Actor = more.pop("by", self.moderator)
        roles: Collection[Role] = more.pop("roles", {Role.MODERATOR})
        ruling = Ruling(act, reason, posts=[post.id for post in posts], **more)
        return await decide(self.session, SITE, VAULT, report, posts, ruling, by=by, roles=roles, now=MOMENT)

    async def told(self) -> set[tuple[int, str]]:
        """Return who was told what came of a report; that there is one the moderators heard before."""
        rows = await self.session.scalars(select(Notification).where(Notification.recipient_id != self.moderator.id))
        return {(row.recipient_id, row.kind) for row in rows}


async def test_dismissing_tells_the_reporter_and_nobody_else(database: Database) -> None:
    async with database.writing() as session:
        court = await Court(session).open()
        report = await court.report(court.author)
        assert await court.rule(report, Act.DISMISS, reason="") is None
        assert (report.state, report.act, report.handled_by) == (ReportState.HANDLED, Act.DISMISS, court.moderator.id)
        assert await court.told() == {(court.reporter.id, "report")}
        assert not list(await session.scalars(select(Mail)))
        (entry,) = await session.scalars(select(AuditEntry))
        assert (entry.act, entry.actor_id) == ("report-dismissed", court.moderator.id)
        assert court.reporter.handle not in json.dumps(entry.details)


async def test_a_warning_reaches_the_author_on_the_page_and_by_mail_with_a_way_to_object(database: Database) -> None:
    async with database.writing() as session:
        court = await Court(session).open()
        decision = await court.rule(await court.report(court.author), Act.WARN)
        assert decision is not None
        assert await court.told() == {(court.reporter.id, "report"), (court.author.id, "decision")}
        (mail,) = await session.scalars(select(Mail))
        assert (mail.kind, mail.recipient) == ("decision", "ada@x.example")
        assert mail.facts is not None
        facts = open_facts(VAULT, mail.facts)
        assert (facts["act"], facts["reason"]) == ("warn", "Dit past niet bij de regels")
        path, _, key = facts["link"].partition("?sleutel=")
        assert path == f"{SITE.base_url}/bezwaar/{decision.id}"
        assert opens_objection(VAULT, decision.id, key)
        assert not opens_objection(VAULT, decision.id + 1, key)


async def test_a_withdrawn_post_of_ours_becomes_a_tombstone_everywhere(database: Database) -> None:
    async with database.writing() as session:
        court = await Court(session).open()
        await follows(session, await elsewhere(session, "f", "f.example"), court.author)
        bad = await publish_contribution(session, SITE, court.author, Draft("Lelijk"), now=MOMENT)
        fine = await publish_contribution(session, SITE, court.author, Draft("Mooi"), now=MOMENT)
        decision = await court.rule(await court.report(court.author, bad, fine), Act.WITHDRAW, bad)
        assert decision is not None
        assert decision.posts == 1
        assert (bad.deleted_at, fine.deleted_at) == (MOMENT, None)
        delete = await the_only(session, "Delete")
        assert (delete.document["actor"], delete.read.object_id) == (court.author.uri, bad.uri)
        assert delete.inboxes == shared("f.example")


async def test_a_post_of_another_server_is_hidden_here_and_stays_there(database: Database) -> None:
    async with database.writing() as session:
        court = await Court(session).open()
        stranger = await elsewhere(session, "troll")
        post = await said(session, stranger)
        await court.rule(await court.report(stranger, post), Act.WITHDRAW, post, reason="")
        assert (post.hidden_at, post.deleted_at) == (MOMENT, None)
        assert not await may_see(session, ANYONE, post)
        assert await queued(session) == []
        assert await court.told() == {(court.reporter.id, "report")}


async def test_only_reported_posts_that_are_chosen_can_be_withdrawn(database: Database) -> None:
    async with database.writing() as session:
        court = await Court(session).open()
        post, other = await said(session, court.author), await said(session, court.moderator)
        report = await court.report(court.author, post)
        with pytest.raises(DecisionRefused) as refused:
            await decide(
                session, SITE, None, report, [post], Ruling(Act.WITHDRAW, "x", posts=[other.id]),
                by=court.moderator, roles={Role.MODERATOR}, now=MOMENT,
            )  # fmt: skip
        assert refused.value.field == "posts"
        assert (report.state, other.deleted_at) == (ReportState.OPEN, None)


async def test_limiting_and_suspending_somebody_elsewhere_are_marks_that_can_be_lifted(database: Database) -> None:
    async with database.writing() as session:
        court = await Court(session).open()
        stranger = await elsewhere(session, "troll")
        report = await court.report(stranger)
        for act, marks in (
            (Act.LIMIT, (False, True)), (Act.UNLIMIT, (False, False)), (Act.UNSUSPEND, (False, False)),
        ):  # fmt: skip
            await court.rule(report, act)
            assert (stranger.suspended_at is not None, stranger.limited_at is not None) == marks
        await court.rule(await court.report(stranger), Act.SUSPEND)
        assert stranger.suspended_at == MOMENT
        assert not stranger.suspended_with_server
        assert [decision.act for decision in await session.scalars(select(Decision).order_by(Decision.id))] == [
            Act.LIMIT, Act.UNLIMIT, Act.UNSUSPEND, Act.SUSPEND,
        ]  # fmt: skip
        assert await queued(session) == []


async def test_a_suspended_person_is_out_at_once_and_others_hear_of_it(database: Database) -> None:
    async with database.writing() as session:
        court = await Court(session).open()
        author = court.author
        await follows(session, await elsewhere(session, "f", "f.example"), author)
        account = await session.get_one(Account, author.id)
        secret = await open_session(session, account, now=MOMENT)
        token = await issue_token(session, account, frozenset({"read"}), now=MOMENT)
        waiting = await publish_contribution(session, SITE, author, Draft("Spam"), now=MOMENT)
        await court.rule(await court.report(author), Act.SUSPEND)
        assert await signed_in_by_session(session, secret, now=MOMENT) is None
        assert await signed_in_by_token(session, token) is None
        assert not await may_see(session, ANYONE, waiting)
        update = await the_only(session, "Update")
        assert update.object["suspended"] is True
        assert (update.object["name"], update.object["summary"]) == ("", "")
        states = [row.state for row in await session.scalars(select(Delivery).order_by(Delivery.id))]
        assert states == [DeliveryState.GIVEN_UP, DeliveryState.WAITING]


async def test_who_is_suspended_loses_the_invitations_that_they_made(database: Database) -> None:
    async with database.writing() as session:
        court = await Court(session).open()
        admin, other = [await court.person(handle, Role.ADMINISTRATOR) for handle in ("wim", "tess")]
        _, secret = await create_invitation(session, by=admin.id, now=MOMENT)
        await court.rule(await court.report(admin), Act.SUSPEND, by=other, roles={Role.ADMINISTRATOR})
        assert await find_invitation(session, secret, now=MOMENT) is None
        await session.flush()
        acts = (await session.scalars(select(AuditEntry.act).order_by(AuditEntry.id))).all()
        assert acts == ["invitation-made", "invitation-revoked", "actor-suspended"]


async def test_two_administrators_who_suspend_each_other_at_once_leave_one(database: Database) -> None:
    async with database.writing() as session:
        court = await Court(session).open()
        people = [await court.person(handle, Role.ADMINISTRATOR) for handle in ("wim", "tess")]
        reports = [(await court.report(one)).id for one in people]

    async def suspend(report_id: int, by_id: int) -> None:
        async with database.writing() as session:
            report, by = await session.get_one(Report, report_id), await session.get_one(Actor, by_id)
            ruling = Ruling(Act.SUSPEND, "Dit past niet bij de regels")
            await decide(session, SITE, VAULT, report, [], ruling, by=by, roles={Role.ADMINISTRATOR}, now=MOMENT)

    wim, tess = people
    done = await asyncio.gather(suspend(reports[0], tess.id), suspend(reports[1], wim.id), return_exceptions=True)
    (refused,) = [one for one in done if one is not None]
    assert isinstance(refused, DecisionRefused)
    assert refused.field == "last-administrator"
    async with database.reading() as session:
        assert len(await administrators(session)) == 1


async def test_it_can_be_given_back_as_it_was(database: Database) -> None:
    async with database.writing() as session:
        court = await Court(session).open()
        post = await said(session, court.author)
        report = await court.report(court.author)
        await court.rule(report, Act.SUSPEND)
        await court.rule(report, Act.UNSUSPEND, reason="Te streng")
        assert await may_see(session, ANYONE, post)
        document = write_actor(SITE, await actor_detail(session, court.author))
        assert ("suspended" in document, document["name"]) == (False, "Ada")
        assert (report.act, report.state) == (Act.SUSPEND, ReportState.HANDLED)
        assert len([kind for _, kind in await court.told() if kind == "report"]) == 1


async def test_after_thirty_days_the_account_is_gone_and_every_server_that_followed_is_told_once(
    database: Database,
) -> None:
    async with database.writing() as session:
        court = await Court(session).open()
        author, waiting = court.author, await court.person("wim")
        for handle in ("f", "g"):
            await follows(session, await elsewhere(session, handle, "f.example"), author)
        post = await said(session, author)
        await court.rule(await court.report(author), Act.SUSPEND)
        waiting.suspended_at = MOMENT
        (await session.get_one(Account, waiting.id)).state = AccountState.WAITING
        invitation, _ = await create_invitation(session, by=author.id, lifetime=timedelta(days=90), now=MOMENT)
    assert await remove_suspended(database, SITE, now=MOMENT + timedelta(days=29)) == 0
    assert await remove_suspended(database, SITE, now=MOMENT + timedelta(days=31)) == 1
    async with database.writing() as session:
        gone = await session.get_one(Actor, author.id, populate_existing=True)
        assert (gone.deleted_at is not None, gone.name) == (True, "")
        assert await session.get(Account, author.id) is None
        invitation = await session.get_one(Invitation, invitation.id, populate_existing=True)
        assert invitation.revoked_at is not None
        assert (await session.get_one(Post, post.id, populate_existing=True)).content == ""
        delete = await the_only(session, "Delete")
        assert (delete.read.object_id, delete.inboxes) == (author.uri, shared("f.example"))
        assert (await session.get_one(Actor, waiting.id)).deleted_at is None
    assert await remove_suspended(database, SITE, now=MOMENT + timedelta(days=32)) == 0


@pytest.mark.parametrize("act", Act)
async def test_nobody_decides_about_themselves(database: Database, act: Act) -> None:
    async with database.writing() as session:
        court = await Court(session).open()
        report = await court.report(court.moderator)
        with pytest.raises(DecisionRefused) as refused:
            await court.rule(report, act)
        assert refused.value.field == "self"


async def test_only_an_administrator_decides_about_an_administrator(database: Database) -> None:
    async with database.writing() as session:
        court = await Court(session).open()
        admin, other = await court.person("baas", Role.ADMINISTRATOR), await court.person("chef", Role.ADMINISTRATOR)
        report = await court.report(admin)
        with pytest.raises(DecisionRefused) as refused:
            await court.rule(report, Act.SUSPEND)
        assert refused.value.field == "role"
        assert await court.rule(report, Act.SUSPEND, by=other, roles={Role.ADMINISTRATOR}) is not None


@pytest.mark.parametrize(
    ("act", "why"), [(Act.LIMIT, "act"), (Act.SUSPEND, "act"), (Act.WARN, "act"), (Act.UNSUSPEND, "act")]
)
async def test_our_organisations_and_issues_are_not_suspended(database: Database, act: Act, why: str) -> None:
    async with database.writing() as session:
        court = await Court(session).open()
        network = await here(session, "netwerk", ActorKind.NETWORK)
        with pytest.raises(DecisionRefused) as refused:
            await court.rule(await court.report(network), act)
        assert refused.value.field == why


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2_001, "a\0b", "\ud800"])
async def test_who_is_judged_hears_why(database: Database, reason: str) -> None:
    async with database.writing() as session:
        court = await Court(session).open()
        with pytest.raises(DecisionRefused) as refused:
            await court.rule(await court.report(court.author), Act.LIMIT, reason=reason)
        assert refused.value.field == "reason"


async def test_a_report_is_handled_once(database: Database) -> None:
    async with database.writing() as session:
        court = await Court(session).open()
        report = await court.report(court.author)
        await court.rule(report, Act.DISMISS)
        with pytest.raises(DecisionRefused) as refused:
            await court.rule(report, Act.SUSPEND)
        assert refused.value.field == "state"


async def test_an_objection_lands_in_the_queue_once_and_its_answer_reaches_its_author(database: Database) -> None:
    async with database.writing() as session:
        court = await Court(session).open()
        decision = await court.rule(await court.report(court.author), Act.LIMIT)
        assert decision is not None
        objection = await file_objection(session, court.author, decision, "Ik bedoelde het niet zo", now=MOMENT)
        assert (objection.category, objection.decision_id) == (Category.OBJECTION, decision.id)
        for text in ("Nog eens", " "):
            with pytest.raises(ReportRefused):
                await file_objection(session, court.author, decision, text, now=MOMENT)
        await court.rule(objection, Act.UNLIMIT, reason="Je hebt gelijk")
        assert court.author.limited_at is None
        assert objection.state is ReportState.HANDLED
        kinds = [row.kind for row in await session.scalars(select(Notification).order_by(Notification.id))]
        assert kinds == ["moderation-report", "report", "decision", "moderation-object", "decision"]


async def test_an_objection_that_is_turned_down_is_answered_with_the_reason(database: Database) -> None:
    async with database.writing() as session:
        court = await Court(session).open()
        decision = await court.rule(await court.report(court.author), Act.LIMIT)
        assert decision is not None
        objection = await file_objection(session, court.author, decision, "Oneens", now=MOMENT)
        await court.rule(objection, Act.DISMISS, reason="Het blijft zo")
        mails = list(await session.scalars(select(Mail).order_by(Mail.id)))
        assert mails[-1].facts is not None
        assert open_facts(VAULT, mails[-1].facts)["act"] == "upheld"
        assert court.author.limited_at is not None


async def test_a_report_is_forwarded_once_in_the_name_of_this_server(database: Database) -> None:
    async with database.writing() as session:
        court = await Court(session).open()
        stranger = await elsewhere(session, "troll")
        posts = [await said(session, stranger) for _ in range(2)]
        report = await court.report(stranger, *posts)
        for _ in range(2):
            await forward_report(session, SITE, report, stranger, posts, now=MOMENT)
        flag = await the_only(session, "Flag")
        assert flag.document["actor"] == SITE.application_uri
        assert flag.document["object"] == [stranger.uri, *(post.uri for post in posts)]
        assert flag.document["content"] == "Dit kan niet"
        assert (flag.inboxes, flag.row.is_public) == (shared("utrecht.example"), False)
        assert court.reporter.uri not in flag.row.document


async def test_a_report_about_one_of_ours_goes_nowhere(database: Database) -> None:
    async with database.writing() as session:
        court = await Court(session).open()
        await forward_report(session, SITE, await court.report(court.author), court.author, [], now=MOMENT)
        assert await queued(session) == []
