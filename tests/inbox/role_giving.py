"""Who gives whom a role on an issue in the tests: an organisation elsewhere with an issue, and ours."""

import pytest

from actors.actor import Actor
from actors.kinds import IssueRole
from actors.roles.kinds import RoleState
from actors.roles.store import add_role
from actors.roles.tables import RoleOnIssue
from federation.documents import JsonObject
from federation.vocabulary import NAMESPACE
from inbox.tables import ArrivalState
from outbox.publish.roles import Wanted, offer_role
from tests.inbox.peers import Remote, World
from tests.inbox.stage import SITE, Stage

DONE = (ArrivalState.DONE, "")


@pytest.fixture
def utrecht(world: World) -> Remote:
    """An organisation on another server, with an issue of its own."""
    return world.person("utrecht.example", "utrecht", type="Organization")


@pytest.fixture
def theirs(world: World, utrecht: Remote) -> Remote:
    """The issue of another server."""
    return Remote(
        world, "utrecht.example", "wonen", "Group", kind="issue", question="Wie woont waar?", host=utrecht.uri,
        phase="conversation", published="2026-03-01T09:00:00Z",
    )  # fmt: skip


def relationship(by: Remote, subject: str, issue: str, role: str = "lead", **more: object) -> JsonObject:
    """Return a role as a server writes it."""
    return {
        "id": by.new_uri("rollen"), "type": "Relationship", "subject": subject, "object": issue,
        "relationship": f"{NAMESPACE}{role}", "content": "Help ons op weg.", **more,
    }  # fmt: skip


def offer(by: Remote, role: JsonObject) -> JsonObject:
    return by.activity("Offer", role, to=[role["subject"]], target=role["subject"])


async def roles(stage: Stage) -> list[RoleOnIssue]:
    return await stage.rows(RoleOnIssue)


async def states(stage: Stage) -> list[RoleState]:
    return [row.state for row in await roles(stage)]


async def offered(stage: Stage, subject: Actor, role: IssueRole = IssueRole.LEAD, **more: object) -> JsonObject:
    """Have the organisation here offer a role on its issue; return the Offer."""
    async with stage.database.writing() as session:
        host = await session.get_one(Actor, stage.local["gemeente"].id)
        issue = await session.get_one(Actor, stage.issue.id)
        await offer_role(
            session, SITE, issue=issue, host=host, by=stage.fatima, subject=subject,
            wanted=Wanted(role, "Trek de kar.", **more), now=stage.clock(),  # type: ignore[arg-type]
        )  # fmt: skip
    return next(one for one in reversed(await stage.said()) if one["type"] == "Offer")


async def verbs(stage: Stage) -> list[str]:
    return [one["type"] for one in await stage.said()]


async def made_co_host(stage: Stage, utrecht: Remote) -> Actor:
    """Have an organisation elsewhere host our issue with us."""
    actor = await stage.meet(utrecht)
    async with stage.database.writing() as session:
        await add_role(
            session, issue_id=stage.issue.id, actor_id=actor.id, role=IssueRole.HOST, uri="https://tilburg.example/r",
            offer_uri="https://tilburg.example/o", offered_by_id=stage.local["gemeente"].id, state=RoleState.HELD,
            at=stage.clock(),
        )  # fmt: skip
    return actor


def held(theirs: Remote, subject: Remote | Actor, role: str = "lead", **more: object) -> JsonObject:
    return relationship(theirs, subject.uri, theirs.uri, role, status="held", **more)


def added(theirs: Remote, role: JsonObject, verb: str = "Add") -> JsonObject:
    return theirs.activity(verb, role, target=f"{theirs.uri}/rollen")
