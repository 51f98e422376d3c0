"""Issues say who holds a role on them, on whatever server; hosts on two servers; leaving."""

from sqlalchemy import select

from actors.issues.hosts import hosts_of, is_host
from actors.kinds import IssueRole
from actors.roles.kinds import RoleState
from actors.roles.tables import EarlyAnswer, RoleOnIssue
from inbox.tables import ArrivalState
from outbox.publish.roles import answer_offer, leave_role
from tests.inbox.peers import Remote
from tests.inbox.role_giving import DONE, added, held, made_co_host, offer, offered, relationship, roles, states, verbs
from tests.inbox.stage import SITE, Stage


async def test_an_issue_says_who_holds_a_role_and_that_it_is_over(stage: Stage, theirs: Remote, anna: Remote) -> None:
    await stage.meet(theirs)
    role = held(theirs, anna, perspective="parents", perspectiveShown=True)
    assert await stage.hear(theirs, added(theirs, role), added(theirs, role)) == DONE
    (row,) = await roles(stage)
    assert (row.state, row.perspective, row.is_perspective_shown) == (RoleState.HELD, "parents", True)
    hidden = {name: value for name, value in role.items() if not name.startswith("perspective")}
    await stage.hear(theirs, added(theirs, hidden), added(theirs, role))
    (row,) = await roles(stage)
    assert (row.perspective, row.is_perspective_shown) == (None, False)  # also when what was shown before comes late
    over = added(theirs, {**role, "status": "left"}, "Remove")
    assert await stage.hear(theirs, over, over, added(theirs, role)) == (ArrivalState.IGNORED, "over already")
    assert await states(stage) == [RoleState.LEFT]


async def test_a_role_over_before_it_came_is_not_held(stage: Stage, theirs: Remote, anna: Remote) -> None:
    await stage.meet(theirs)
    role = held(theirs, anna)
    await stage.hear(theirs, added(theirs, role, "Remove"))
    assert (await stage.hear(theirs, added(theirs, role)))[0] is ArrivalState.IGNORED
    assert await roles(stage) == []


async def test_an_issue_says_nothing_of_another_issue_nor_of_ours_who_did_not_say_so(
    stage: Stage, theirs: Remote, anna: Remote
) -> None:
    await stage.meet(theirs)
    evil = Remote(stage.world, "bad.example", "evil", "Group", kind="issue", question="?")
    await stage.meet(evil)
    of_another = relationship(evil, anna.uri, theirs.uri, status="held")
    assert (await stage.hear(evil, added(evil, of_another)))[0] is ArrivalState.REFUSED
    assert (await stage.hear(evil, added(evil, held(evil, stage.fatima))))[0] is ArrivalState.IGNORED
    assert (await stage.hear(anna, anna.activity("Add", of_another, target=f"{anna.uri}/rollen")))[
        0
    ] is ArrivalState.REFUSED
    # Whoever names the id of another's role takes nothing from it.
    role = held(theirs, anna)
    assert await stage.hear(evil, added(evil, {**held(evil, anna), "id": role["id"]})) == DONE
    assert await stage.hear(theirs, added(theirs, role)) == DONE
    assert (await stage.hear(evil, added(evil, {**held(evil, anna), "id": role["id"]}, "Remove"))) == DONE
    assert sorted(await states(stage)) == [RoleState.HELD, RoleState.WITHDRAWN]


# ---------------------------------------------------------------------- co-hosts
async def test_a_co_host_elsewhere_offers_roles_on_our_issue(stage: Stage, utrecht: Remote, anna: Remote) -> None:
    await made_co_host(stage, utrecht)
    asked = offer(utrecht, relationship(utrecht, anna.uri, stage.issue.uri))
    assert await stage.hear(utrecht, asked) == DONE
    assert await stage.hear(anna, anna.activity("Accept", asked)) == DONE
    assert await states(stage) == [RoleState.HELD, RoleState.HELD]
    assert "Add" in await verbs(stage)
    undone = utrecht.activity("Undo", asked)
    assert await stage.hear(utrecht, undone) == DONE
    assert await states(stage) == [RoleState.HELD, RoleState.WITHDRAWN]
    assert "Remove" in await verbs(stage)


async def test_a_yes_that_overtook_the_offer_of_a_co_host_counts_when_that_comes(
    stage: Stage, utrecht: Remote, anna: Remote
) -> None:
    await made_co_host(stage, utrecht)
    asked = offer(utrecht, relationship(utrecht, anna.uri, stage.issue.uri))
    assert await stage.hear(anna, anna.activity("Accept", asked)) == DONE
    assert await states(stage) == [RoleState.HELD]  # the co-host's own
    assert await stage.hear(utrecht, asked) == DONE
    assert await states(stage) == [RoleState.HELD, RoleState.HELD]
    assert await stage.rows(EarlyAnswer) == []


async def test_a_yes_to_an_offer_that_nobody_could_make_is_not_remembered(
    stage: Stage, utrecht: Remote, anna: Remote
) -> None:
    await stage.meet(utrecht)
    asked = offer(utrecht, relationship(utrecht, anna.uri, stage.issue.uri))
    assert (await stage.hear(anna, anna.activity("Accept", asked)))[0] is ArrivalState.IGNORED
    assert await stage.rows(EarlyAnswer) == []


async def test_an_organisation_elsewhere_comes_to_host_our_issue_and_leaves_it(stage: Stage, utrecht: Remote) -> None:
    actor = await stage.meet(utrecht)
    asked = await offered(stage, actor, IssueRole.HOST)
    await stage.hear(utrecht, utrecht.activity("Accept", asked))
    async with stage.database.reading() as session:
        assert [host.handle for host in await hosts_of(session, stage.issue.id)] == ["gemeente", "utrecht"]
    await stage.hear(utrecht, utrecht.activity("Leave", asked["object"]))
    async with stage.database.reading() as session:
        assert not await is_host(session, stage.issue.id, actor.id)


async def test_a_co_host_gives_feedback_that_our_issue_passes_on(stage: Stage, utrecht: Remote) -> None:
    await made_co_host(stage, utrecht)
    said = await stage.say(stage.fatima, space_id=stage.issue.id)
    article = utrecht.note(
        type="Article", name="Wat wij doen", postType="outcome", issue=stage.issue.uri,
        to=["https://www.w3.org/ns/activitystreams#Public", stage.issue.uri, stage.fatima.uri],
        answers=[{"type": "Answer", "object": said.uri, "verdict": "adopted", "reason": "Goed plan."}],
    )  # fmt: skip
    assert await stage.hear(utrecht, utrecht.create(article)) == DONE
    post = await stage.post(article["id"])
    assert post is not None
    assert (post.kind.value, post.space_id) == ("outcome", stage.issue.id)
    assert ("outcome", stage.fatima.id) in await stage.notified()
    # Who hosts it beside the municipality does not thereby own it.
    removed = utrecht.activity("Delete", stage.issue.uri)
    assert (await stage.hear(utrecht, removed))[0] is ArrivalState.REFUSED


async def test_leaving_reaches_the_issue_when_one_of_ours_leaves(stage: Stage, utrecht: Remote, theirs: Remote) -> None:
    await stage.hear(utrecht, offer(utrecht, relationship(utrecht, stage.fatima.uri, theirs.uri)))
    async with stage.database.writing() as session:
        (role,) = await session.scalars(select(RoleOnIssue))
        await answer_offer(
            session, SITE, role, by=stage.fatima, accepted=True, is_perspective_shown=False, now=stage.clock()
        )  # fmt: skip
        await leave_role(session, SITE, role, by=stage.fatima, now=stage.clock())
    left = (await stage.said())[-1]
    assert (left["type"], left["object"]["id"]) == ("Leave", role.uri)
    assert await states(stage) == [RoleState.LEFT]
