"""Offering roles on an issue and answering: what becomes of it here, and what goes to other servers."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import Database
from actors.issues.hosts import hosts_of, our_host
from actors.issues.voices import perspectives_present
from actors.kinds import ActorKind, IssueRole
from actors.notifications import Notification
from actors.posts.tables import Post
from actors.roles.kinds import RoleState
from actors.roles.queries import role_detail, roles_done_by, roles_on
from actors.roles.store import add_role, role_of_link
from actors.roles.tables import RoleOnIssue
from federation.documents.role import ROLES
from outbox.publish.role_effects import sides_of
from outbox.publish.roles import (
    RoleRefused,
    Wanted,
    answer_application,
    answer_for_them,
    answer_offer,
    apply_for_role,
    leave_for_them,
    leave_role,
    offer_role,
    withdraw_role,
)
from tests.actors.cast import MOMENT, SITE, blocks, elsewhere, follows, here, issue_here, runs, the_instance
from tests.outbox.publish.stage import queued, shared, the_only

WANTED = Wanted(IssueRole.LEAD, "Trek de kar.", "parents")


async def stage(session: AsyncSession) -> tuple[Actor, Actor, Actor]:
    """Return our organisation, its issue and a person here."""
    tilburg = await the_instance(session)
    return tilburg, await issue_here(session, tilburg), await here(session, "fatima")


async def offer(
    session: AsyncSession, issue: Actor, host: Actor, subject: Actor, wanted: Wanted = WANTED
) -> RoleOnIssue:
    return await offer_role(
        session, SITE, issue=issue, host=host, by=host, subject=subject, wanted=wanted, now=MOMENT
    )  # fmt: skip


async def accept(session: AsyncSession, role: RoleOnIssue, by: Actor, *, shown: bool = False) -> None:
    await answer_offer(session, SITE, role, by=by, accepted=True, is_perspective_shown=shown, now=MOMENT)


async def kinds(session: AsyncSession) -> list[tuple[str, int]]:
    rows = await session.execute(select(Notification.kind, Notification.recipient_id).order_by(Notification.id))
    return [(row[0], row[1]) for row in rows]


async def test_an_offer_goes_to_whom_it_is_made_and_to_nobody_else(database: Database) -> None:
    async with database.writing() as session:
        tilburg, issue, _ = await stage(session)
        anna = await elsewhere(session, "anna")
        await follows(session, await elsewhere(session, "bert", "rotterdam.example"), issue)
        await runs(session, "utrecht.example", "samenspraak")
        role = await offer(session, issue, tilburg, anna)
        said = await the_only(session, "Offer")
        assert said.inboxes == shared("utrecht.example")
        assert not said.row.is_public
        assert said.read.target_id == anna.uri
        assert said.object == {
            "id": f"{SITE.base_url}/rollen/{role.id}", "type": "Relationship", "subject": anna.uri,
            "relationship": "https://w3id.org/samenspraak/ns#lead", "object": issue.uri,
            "published": "2026-03-02T09:00:00Z", "content": "Trek de kar.", "perspective": "parents",
        }  # fmt: skip
        # Its software shows the offer: no message tells of it as well.
        assert await queued(session, "Create") == []
        assert await role_detail(session, role.id, []) is None
        assert await role_detail(session, role.id, [anna.id]) is not None
        assert await roles_on(session, issue.id) == []


async def test_a_perspective_is_there_only_when_its_holder_says_so(database: Database) -> None:
    async with database.writing() as session:
        tilburg, issue, fatima = await stage(session)
        await accept(session, await offer(session, issue, tilburg, fatima), fatima)
        assert await perspectives_present(session, [issue.id]) == {}
        karin = await here(session, "karin")
        await accept(session, await offer(session, issue, tilburg, karin), karin, shown=True)
        assert await perspectives_present(session, [issue.id]) == {issue.id: {"parents": 0}}
        documents = [said.object for said in await queued(session, "Add")]
        assert ["perspective" in document for document in documents] == [False, True]


async def test_what_is_asked_is_answered_once_and_may_be_asked_again(database: Database) -> None:
    async with database.writing() as session:
        tilburg, issue, fatima = await stage(session)
        role = await offer(session, issue, tilburg, fatima)
        with pytest.raises(RoleRefused) as again:
            await offer(session, issue, tilburg, fatima)
        assert again.value.field == "already"
        await answer_offer(session, SITE, role, by=fatima, accepted=False, is_perspective_shown=True, now=MOMENT)
        with pytest.raises(RoleRefused):
            await accept(session, role, fatima)
        await accept(session, await offer(session, issue, tilburg, fatima), fatima)
        states = list(await session.scalars(select(RoleOnIssue.state).order_by(RoleOnIssue.id)))
        assert states == [RoleState.DECLINED, RoleState.HELD]


async def test_who_hosts_nothing_offers_nothing_and_who_blocks_is_not_asked(database: Database) -> None:
    async with database.writing() as session:
        tilburg, issue, fatima = await stage(session)
        other = await here(session, "ander", ActorKind.ORGANISATION)
        for host, subject, wanted, field in (
            (other, fatima, WANTED, "issue"),
            (tilburg, issue, WANTED, "subject"),
            (tilburg, fatima, Wanted(IssueRole.HOST, "Help mee."), "role"),
            (tilburg, tilburg, Wanted(IssueRole.HOST, "Help mee."), "already"),
            (tilburg, fatima, Wanted(IssueRole.LEAD, " "), "words"),
            (tilburg, fatima, Wanted(IssueRole.LEAD, "x" * 2_001), "words"),
        ):
            with pytest.raises(RoleRefused) as refused:
                await offer(session, issue, host, subject, wanted)
            assert refused.value.field == field
        await blocks(session, fatima, tilburg)
        with pytest.raises(RoleRefused):
            await offer(session, issue, tilburg, fatima)
        assert await queued(session) == []


async def test_so_many_wait_and_no_more(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("outbox.publish.roles.MOST_OPEN_OFFERS", 1)
    monkeypatch.setattr("outbox.publish.roles.MOST_APPLICATIONS", 1)
    async with database.writing() as session:
        tilburg, issue, fatima = await stage(session)
        karin = await here(session, "karin")
        await offer(session, issue, tilburg, fatima)
        with pytest.raises(RoleRefused):
            await offer(session, issue, tilburg, karin)
        for place, role in enumerate((IssueRole.LEAD, IssueRole.PARTICIPANT)):
            try:
                await apply_for_role(
                    session, SITE, issue=issue, subject=karin, by=karin, wanted=Wanted(role), now=MOMENT
                )  # fmt: skip
            except RoleRefused as refused:
                assert (place, refused.field) == (1, "many")


async def test_an_application_is_granted_by_the_host_alone(database: Database) -> None:
    async with database.writing() as session:
        tilburg, issue, fatima = await stage(session)
        role = await apply_for_role(
            session, SITE, issue=issue, subject=fatima, by=fatima,
            wanted=Wanted(IssueRole.PARTICIPANT, "Ik geef les.", "schools", is_perspective_shown=True), now=MOMENT,
        )  # fmt: skip
        with pytest.raises(RoleRefused):
            await answer_application(session, SITE, role, host=fatima, by=fatima, accepted=True, now=MOMENT)
        await answer_application(session, SITE, role, host=tilburg, by=tilburg, accepted=True, now=MOMENT)
        assert (role.state, role.is_perspective_shown) == (RoleState.HELD, True)
        assert await kinds(session) == [("role-answered", fatima.id)]
        await leave_role(session, SITE, role, by=fatima, now=MOMENT)
        assert [said.object["status"] for said in await queued(session, "Add", "Remove")] == ["held", "left"]
        assert [row.role.state for row in await roles_done_by(session, fatima.id)] == [RoleState.LEFT]


async def test_a_host_ends_a_role_which_then_is_nothing_that_somebody_did(database: Database) -> None:
    async with database.writing() as session:
        tilburg, issue, _ = await stage(session)
        anna = await elsewhere(session, "anna")
        await runs(session, "utrecht.example", "samenspraak")
        role = await offer(session, issue, tilburg, anna)
        with pytest.raises(RoleRefused):
            await accept(session, role, tilburg)  # she answers where she lives
        await answer_for_them(
            session, SITE, await sides_of(session, role), accepted=True, is_perspective_shown=False, now=MOMENT
        )  # fmt: skip
        await withdraw_role(session, SITE, role, side=tilburg, by=tilburg, now=MOMENT)
        assert [said.type for said in await queued(session)] == ["Offer", "Add", "Remove", "Undo"]
        assert await roles_done_by(session, anna.id) == []
        with pytest.raises(RoleRefused):
            await withdraw_role(session, SITE, role, side=tilburg, by=tilburg, now=MOMENT)


# --------------------------------------------------------------- plain software
async def test_who_has_other_software_gets_a_message_with_a_link(database: Database) -> None:
    async with database.writing() as session:
        tilburg, issue, _ = await stage(session)
        anna = await elsewhere(session, "anna", "mastodon.example")
        await runs(session, "mastodon.example", "mastodon")
        role = await offer(session, issue, tilburg, anna)
        said = await the_only(session, "Create")
        assert said.inboxes == shared("mastodon.example")
        assert said.object["to"] == [anna.uri]
        found = re.search(r"/rol/([\w-]{40,})", said.object["content"].replace("<wbr>", ""))
        assert found is not None
        # What is kept of it has no link: who reads the messages of the organisation cannot answer for her.
        note = await session.get_one(Post, role.note_id)
        assert "/rol/" not in note.content + (note.source or "")
        assert role.link_digest is not None
        assert found[1].encode() not in role.link_digest
        assert (await role_of_link(session, found[1], now=MOMENT + timedelta(days=29))) is role
        assert await role_of_link(session, found[1], now=MOMENT + timedelta(days=31)) is None
        assert await role_of_link(session, "iets-anders", now=MOMENT) is None


# ----------------------------------------------------------------------- co-hosts
async def test_two_organisations_host_one_issue(database: Database) -> None:
    async with database.writing() as session:
        tilburg, issue, _ = await stage(session)
        utrecht = await elsewhere(session, "utrecht", kind=ActorKind.ORGANISATION)
        role = await offer(session, issue, tilburg, utrecht, Wanted(IssueRole.HOST, "Doe dit met ons."))
        await answer_for_them(
            session, SITE, await sides_of(session, role), accepted=True, is_perspective_shown=False, now=MOMENT
        )  # fmt: skip
        assert [host.id for host in await hosts_of(session, issue.id)] == [tilburg.id, utrecht.id]
        assert (await our_host(session, issue.id)) is tilburg


async def test_on_an_issue_elsewhere_that_we_host_too_its_own_server_hears_all(database: Database) -> None:
    async with database.writing() as session:
        tilburg, _, fatima = await stage(session)
        theirs = await elsewhere(session, "wonen", "rotterdam.example", ActorKind.ISSUE)
        await add_role(
            session, issue_id=theirs.id, actor_id=tilburg.id, role=IssueRole.HOST, uri="https://rotterdam.example/r/1",
            offer_uri=None, offered_by_id=None, state=RoleState.HELD, at=MOMENT,
        )  # fmt: skip
        anna = await elsewhere(session, "anna", "mastodon.example")
        await runs(session, "mastodon.example", "mastodon")
        role = await offer(session, theirs, tilburg, anna)
        assert (await the_only(session, "Offer")).inboxes == shared("rotterdam.example", "mastodon.example")
        # She answers by the link, which Rotterdam cannot hear of her: it hears of us.
        sides = await sides_of(session, role)
        await answer_for_them(session, SITE, sides, accepted=True, is_perspective_shown=False, now=MOMENT)
        added = await the_only(session, "Add")
        assert (added.read.actor, added.inboxes) == (tilburg.uri, shared("rotterdam.example"))
        await leave_for_them(session, SITE, sides, now=MOMENT)
        assert (await the_only(session, "Remove")).inboxes == shared("rotterdam.example")
        # And one of ours is asked here, and answers to both.
        await accept(session, await offer(session, theirs, tilburg, fatima), fatima)
        assert (await the_only(session, "Accept")).inboxes == shared("rotterdam.example")


def test_other_servers_use_the_words_of_ours() -> None:
    assert {role.value for role in IssueRole} == ROLES
