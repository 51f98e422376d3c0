"""An organisation that holds the role of host gives feedback as well, and on no other issue."""

import pytest

from actors.database import Database
from actors.ids import new_id
from actors.kinds import ActorKind, IssueRole, PostKind
from actors.knowledge.queries import outcomes_of
from actors.roles.kinds import RoleState
from actors.roles.tables import RoleOnIssue
from actors.visibility import ANYONE
from tests.actors.cast import MOMENT, elsewhere, here, issue_here, said


@pytest.mark.parametrize(
    ("role", "state", "shown"),
    [
        (IssueRole.HOST, RoleState.HELD, True),
        (IssueRole.HOST, RoleState.LEFT, True),
        (IssueRole.HOST, RoleState.OFFERED, False),
        (IssueRole.LEAD, RoleState.HELD, False),
    ],
)
async def test_who_holds_the_role_of_host_gives_feedback(
    database: Database, role: IssueRole, state: RoleState, shown: bool
) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue, other = await issue_here(session, host), await issue_here(session, host, "wonen")
        co_host = await elsewhere(session, "breda", "breda.example", ActorKind.ORGANISATION)
        uri = f"https://breda.example/rollen/{new_id()}"
        session.add(
            RoleOnIssue(
                id=new_id(), uri=uri, issue_id=issue.id, actor_id=co_host.id, role=role, state=state, offered_at=MOMENT
            )
        )
        for space in (issue, other):
            await said(session, co_host, kind=PostKind.OUTCOME, space_id=space.id, name="Wat Breda deed")
    async with database.reading() as session:
        assert [card.author.id for card in await outcomes_of(session, ANYONE, issue.id)] == [co_host.id] * shown
        assert await outcomes_of(session, ANYONE, other.id) == []
