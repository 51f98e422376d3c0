"""Roles on an issue between servers: asked, answered, taken back; twice, out of order, by the wrong actor."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.kinds import IssueRole
from actors.roles.kinds import RoleState
from actors.roles.store import MOST_APPLICATIONS
from actors.roles.tables import RoleOnIssue
from inbox.tables import ArrivalState
from outbox.publish.roles import Wanted, answer_offer, apply_for_role, withdraw_role
from tests.inbox.peers import Remote, World
from tests.inbox.role_giving import DONE, offer, offered, relationship, roles, states, verbs
from tests.inbox.stage import SITE, Stage


# ------------------------------------------------- offered by us, answered there
@pytest.mark.parametrize(("verb", "state"), [("Accept", RoleState.HELD), ("Reject", RoleState.DECLINED)])
async def test_whom_we_offered_a_role_answers_once(
    stage: Stage, anna: Remote, verb: str, state: RoleState
) -> None:  # fmt: skip
    asked = await offered(stage, await stage.meet(anna), perspective="parents")
    answer = anna.activity(verb, asked, perspectiveShown=True)
    assert await stage.hear(anna, answer, answer) == DONE
    (role,) = await roles(stage)
    assert role.state is state
    assert role.is_perspective_shown is (verb == "Accept")
    assert (await verbs(stage)).count("Add") == (1 if verb == "Accept" else 0)
    # Another answer after it changes nothing, unless whoever holds it wants no more of it.
    other = "Reject" if verb == "Accept" else "Accept"
    await stage.hear(anna, anna.activity(other, asked))
    assert await states(stage) == [RoleState.LEFT if verb == "Accept" else RoleState.DECLINED]


async def test_an_answer_may_name_the_offer_by_its_id_alone(stage: Stage, anna: Remote) -> None:
    asked = await offered(stage, await stage.meet(anna), perspective="parents")
    assert await stage.hear(anna, anna.activity("Accept", asked["id"])) == DONE
    (role,) = await roles(stage)
    assert role.state is RoleState.HELD
    assert not role.is_perspective_shown


async def test_that_a_role_is_held_goes_to_followers_without_what_is_private(stage: Stage, anna: Remote) -> None:
    actor = await stage.meet(anna)
    bert = await stage.meet(stage.world.person("rotterdam.example", "bert"))
    await stage.add_follow(bert, stage.issue)
    asked = await offered(stage, actor, perspective="parents")
    assert "rotterdam.example/bert/inbox" not in "".join(await stage.deliveries())
    await stage.hear(anna, anna.activity("Accept", asked))
    added = next(one for one in await stage.said() if one["type"] == "Add")
    assert (added["actor"], added["target"]) == (stage.issue.uri, f"{stage.issue.uri}/rollen")
    assert added["object"]["subject"] == anna.uri
    assert not {"perspective", "content"} & added["object"].keys()
    assert any("rotterdam.example/bert" in inbox for inbox in await stage.deliveries())


async def test_nobody_accepts_what_was_offered_to_another(stage: Stage, anna: Remote) -> None:
    asked = await offered(stage, await stage.meet(anna))
    mallory = stage.world.person("utrecht.example", "mallory")
    assert (await stage.hear(mallory, mallory.activity("Accept", asked)))[0] is ArrivalState.REFUSED
    assert await states(stage) == [RoleState.OFFERED]


async def test_what_was_taken_back_is_not_accepted_any_more(stage: Stage, anna: Remote) -> None:
    asked = await offered(stage, await stage.meet(anna))
    async with stage.database.writing() as session:
        (role,) = await session.scalars(select(RoleOnIssue))
        host = await session.get_one(Actor, stage.local["gemeente"].id)
        await withdraw_role(session, SITE, role, side=host, by=stage.fatima, now=stage.clock())
    assert (await stage.hear(anna, anna.activity("Accept", asked)))[0] is ArrivalState.IGNORED
    assert await states(stage) == [RoleState.WITHDRAWN]
    assert "Undo" in await verbs(stage)
    # It may be offered anew.
    again = await offered(stage, await stage.actor(anna.uri) or stage.fatima)
    assert await stage.hear(anna, anna.activity("Accept", again)) == DONE
    assert await states(stage) == [RoleState.WITHDRAWN, RoleState.HELD]


async def test_who_holds_a_role_leaves_it_also_before_their_yes_came(stage: Stage, anna: Remote) -> None:
    asked = await offered(stage, await stage.meet(anna))
    left = anna.activity("Leave", asked["object"])
    mallory = stage.world.person("utrecht.example", "mallory")
    assert (await stage.hear(mallory, mallory.activity("Leave", asked["object"])))[0] is ArrivalState.IGNORED
    await stage.hear(anna, left, anna.activity("Accept", asked), left)
    assert await states(stage) == [RoleState.LEFT]
    assert not {"Add", "Remove"} & set(await verbs(stage))


async def test_leaving_a_role_that_is_held_is_told_to_followers_and_hosts(stage: Stage, anna: Remote) -> None:
    asked = await offered(stage, await stage.meet(anna))
    await stage.hear(anna, anna.activity("Accept", asked), anna.activity("Leave", asked["object"]))
    removed = next(one for one in await stage.said() if one["type"] == "Remove")
    assert removed["object"]["status"] == "left"
    assert await states(stage) == [RoleState.LEFT]


async def test_an_instance_that_was_away_for_a_day_catches_up(stage: Stage, anna: Remote) -> None:
    asked = await offered(stage, await stage.meet(anna))
    accepted, left = anna.activity("Accept", asked), anna.activity("Leave", asked["object"])
    stage.clock.advance(timedelta(days=1, hours=2))
    # What waited for it comes at once, signed anew and in another order.
    await stage.send(anna, left)
    await stage.send(anna, accepted)
    await stage.send(anna, left)
    await stage.handle()
    assert await states(stage) == [RoleState.LEFT]


@pytest.mark.parametrize("hidden_first", [False, True])
async def test_who_holds_a_role_hides_its_perspective_and_nobody_else_does(
    stage: Stage, anna: Remote, hidden_first: bool
) -> None:
    asked = await offered(stage, await stage.meet(anna), perspective="parents")
    accepted = anna.activity("Accept", asked, perspectiveShown=True)
    hidden = anna.activity("Update", {**asked["object"], "perspectiveShown": False})
    mallory = stage.world.person("utrecht.example", "mallory")
    assert (await stage.hear(mallory, mallory.activity("Update", hidden["object"])))[0] is ArrivalState.IGNORED
    await stage.hear(anna, *([hidden, accepted] if hidden_first else [accepted, hidden, hidden]))
    (role,) = await roles(stage)
    assert (role.state, role.perspective, role.is_perspective_shown) == (RoleState.HELD, None, False)
    added = [one["object"] for one in await stage.said() if one["type"] == "Add"]
    assert ["perspective" in one for one in added] == ([False] if hidden_first else [True, False])


# ------------------------------------------------- offered there, to one of ours
async def test_one_of_ours_is_offered_a_role_by_the_host_of_another_issue(
    stage: Stage, utrecht: Remote, theirs: Remote
) -> None:
    asked = offer(utrecht, relationship(utrecht, stage.fatima.uri, theirs.uri, perspective="parents"))
    assert await stage.hear(utrecht, asked, asked) == DONE
    (role,) = await roles(stage)
    assert (role.state, role.role, role.expectation) == (RoleState.OFFERED, IssueRole.LEAD, "Help ons op weg.")
    assert await stage.notified() == [("role-offered", stage.fatima.id)]
    async with stage.database.writing() as session:
        role = await session.get_one(RoleOnIssue, role.id)
        await answer_offer(
            session, SITE, role, by=stage.fatima, accepted=True, is_perspective_shown=True, now=stage.clock()
        )  # fmt: skip
    accept = (await stage.said())[-1]
    assert (accept["type"], accept["object"]["id"], accept["perspectiveShown"]) == ("Accept", asked["id"], True)
    assert set(accept["to"]) == {utrecht.uri, theirs.uri}
    assert await states(stage) == [RoleState.HELD]


async def test_who_hosts_nothing_offers_nothing(stage: Stage, utrecht: Remote, theirs: Remote) -> None:
    for mallory in (
        stage.world.person("bad.example", "mallory", type="Organization"),
        stage.world.person("utrecht.example", "mallory", type="Organization"),
        stage.world.person("bad.example", "mal"),
    ):
        on_theirs = offer(mallory, relationship(mallory, stage.fatima.uri, theirs.uri))
        on_ours = offer(mallory, relationship(mallory, stage.fatima.uri, stage.issue.uri))
        assert (await stage.hear(mallory, on_theirs))[0] is ArrivalState.REFUSED
        assert (await stage.hear(mallory, on_ours))[0] is ArrivalState.REFUSED
    of_another = relationship(utrecht, stage.fatima.uri, theirs.uri) | {"id": "https://bad.example/rollen/1"}
    assert (await stage.hear(utrecht, offer(utrecht, of_another)))[0] is ArrivalState.REFUSED
    assert await roles(stage) == []


async def test_a_co_host_offers_when_the_issue_itself_says_that_it_is_one(
    stage: Stage, theirs: Remote, world: World
) -> None:
    rotterdam = world.person("rotterdam.example", "rotterdam", type="Organization")
    asked = offer(rotterdam, relationship(rotterdam, stage.fatima.uri, theirs.uri))
    assert (await stage.hear(rotterdam, asked))[0] is ArrivalState.REFUSED
    theirs.more["coHosts"] = [rotterdam.uri]
    theirs.publish_self()
    again = offer(rotterdam, relationship(rotterdam, stage.fatima.uri, theirs.uri))
    assert await stage.hear(rotterdam, again) == DONE
    assert await states(stage) == [RoleState.OFFERED]


async def test_an_offer_undone_before_it_came_has_no_effect(stage: Stage, utrecht: Remote, theirs: Remote) -> None:
    asked = offer(utrecht, relationship(utrecht, stage.fatima.uri, theirs.uri))
    await stage.hear(utrecht, utrecht.activity("Undo", asked))
    assert (await stage.hear(utrecht, asked))[0] is ArrivalState.IGNORED
    assert await roles(stage) == []


async def test_only_who_made_an_offer_takes_it_back(stage: Stage, utrecht: Remote, theirs: Remote) -> None:
    asked = offer(utrecht, relationship(utrecht, stage.fatima.uri, theirs.uri))
    await stage.hear(utrecht, asked)
    mallory = stage.world.person("utrecht.example", "mallory")
    forged = mallory.activity("Undo", {**asked, "actor": mallory.uri})
    assert (await stage.hear(mallory, forged))[0] is ArrivalState.REFUSED
    assert await states(stage) == [RoleState.OFFERED]
    undone = utrecht.activity("Undo", asked)
    assert await stage.hear(utrecht, undone, undone) == DONE
    assert await states(stage) == [RoleState.WITHDRAWN]
    assert ("role-ended", stage.fatima.id) in await stage.notified()


async def test_a_newer_offer_stands_in_for_one_whose_end_is_on_its_way(
    stage: Stage, utrecht: Remote, theirs: Remote
) -> None:
    first, second = (offer(utrecht, relationship(utrecht, stage.fatima.uri, theirs.uri)) for _ in range(2))
    await stage.hear(utrecht, first, second, utrecht.activity("Undo", first))
    assert await states(stage) == [RoleState.WITHDRAWN, RoleState.OFFERED]


async def test_so_many_offers_and_no_more_wait_on_one_issue(
    stage: Stage, utrecht: Remote, theirs: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.handlers.role.MOST_OPEN_OFFERS", 2)
    for word in ("lead", "participant", "practitioner"):
        await stage.hear(utrecht, offer(utrecht, relationship(utrecht, stage.fatima.uri, theirs.uri, word)))
    assert len(await roles(stage)) == 2


async def test_long_words_are_cut(stage: Stage, utrecht: Remote, theirs: Remote) -> None:
    many = relationship(utrecht, stage.fatima.uri, theirs.uri, content="x" * 9_000, perspective="y" * 900)
    await stage.hear(utrecht, offer(utrecht, many))
    (role,) = await roles(stage)
    assert (len(role.expectation), len(role.perspective or "")) == (2_000, 200)


# --------------------------------------------------------- who asks for a role
async def test_somebody_elsewhere_asks_for_a_role_and_takes_that_back(stage: Stage, anna: Remote) -> None:
    await stage.meet(anna)
    asked = anna.activity(
        "Offer", relationship(anna, anna.uri, stage.issue.uri, "participant", perspectiveShown=True),
        to=[stage.issue.uri], target=stage.issue.uri,
    )  # fmt: skip
    assert await stage.hear(anna, asked, asked) == DONE
    (role,) = await roles(stage)
    assert (role.state, role.is_application) == (RoleState.APPLIED, True)
    # Nobody grants it to themselves.
    assert (await stage.hear(anna, anna.activity("Accept", asked)))[0] is ArrivalState.REFUSED
    assert await states(stage) == [RoleState.APPLIED]
    undone = anna.activity("Undo", asked)
    assert await stage.hear(anna, undone, undone) == DONE
    assert await states(stage) == [RoleState.WITHDRAWN]
    assert not {"Add", "Remove"} & set(await verbs(stage))


async def test_nobody_asks_for_a_role_for_another(stage: Stage, anna: Remote) -> None:
    bert = stage.world.person("utrecht.example", "bert")
    await stage.meet(bert)
    asked = anna.activity("Offer", relationship(anna, bert.uri, stage.issue.uri, "participant"))
    assert (await stage.hear(anna, asked))[0] is ArrivalState.REFUSED
    assert await roles(stage) == []


async def test_a_server_asks_for_so_many_roles_a_day_and_no_more(stage: Stage) -> None:
    for place in range(MOST_APPLICATIONS + 2):
        person = stage.world.person("utrecht.example", f"p{place}")
        await stage.hear(person, person.activity("Offer", relationship(person, person.uri, stage.issue.uri)))
    assert len(await roles(stage)) == MOST_APPLICATIONS
    stage.clock.advance(timedelta(days=1, minutes=1))
    later = stage.world.person("utrecht.example", "later")
    assert await stage.hear(later, later.activity("Offer", relationship(later, later.uri, stage.issue.uri))) == DONE


@pytest.mark.parametrize(("verb", "state"), [("Accept", RoleState.HELD), ("Reject", RoleState.REFUSED)])
async def test_what_one_of_ours_asked_is_answered_by_who_hosts_the_issue(
    stage: Stage, utrecht: Remote, theirs: Remote, verb: str, state: RoleState
) -> None:
    await stage.meet(utrecht)
    issue = await stage.meet(theirs)
    async with stage.database.writing() as session:
        await apply_for_role(
            session, SITE, issue=issue, subject=stage.fatima, by=stage.fatima,
            wanted=Wanted(IssueRole.PARTICIPANT, "Ik woon er."), now=stage.clock(),
        )  # fmt: skip
    asked = (await stage.said())[-1]
    assert (asked["target"], await stage.deliveries()) == (theirs.uri, {f"{theirs.uri}/inbox"})
    mallory = stage.world.person("bad.example", "mallory", type="Organization")
    assert (await stage.hear(mallory, mallory.activity(verb, asked)))[0] is ArrivalState.REFUSED
    answer = utrecht.activity(verb, asked["id"])
    await stage.hear(utrecht, answer, answer)
    assert await states(stage) == [state]
    assert await stage.notified() == [("role-answered", stage.fatima.id)]
