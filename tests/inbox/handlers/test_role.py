"""Roles on an issue between servers: asked, answered, taken back, left; twice, out of order, by the wrong actor."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.instances.tables import Instance
from actors.issues.hosts import hosts_of, is_host
from actors.kinds import IssueRole
from actors.roles.kinds import RoleState
from actors.roles.store import MOST_APPLICATIONS, add_role
from actors.roles.tables import EarlyAnswer, RoleOnIssue
from federation.documents import JsonObject
from federation.vocabulary import NAMESPACE
from inbox.tables import ArrivalState
from outbox.publish.roles import Wanted, answer_offer, apply_for_role, leave_role, offer_role, withdraw_role
from tests.inbox.peers import Remote, World
from tests.inbox.stage import SITE, Stage

DONE = (ArrivalState.DONE, "")


# ------------------------------------------------------------------ the cast
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


# ------------------------------------------------------ what an issue itself says
def held(theirs: Remote, subject: Remote | Actor, role: str = "lead", **more: object) -> JsonObject:
    return relationship(theirs, subject.uri, theirs.uri, role, status="held", **more)


def added(theirs: Remote, role: JsonObject, verb: str = "Add") -> JsonObject:
    return theirs.activity(verb, role, target=f"{theirs.uri}/rollen")


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


# ----------------------------------------------------------- answered by a message
async def asked_by_message(stage: Stage) -> tuple[Remote, JsonObject]:
    """Have somebody with other software be asked; return them, and the message that they got."""
    berta = stage.world.person("mastodon.example", "berta")
    actor = await stage.meet(berta)
    async with stage.database.writing() as session:
        session.add(Instance(domain="mastodon.example", software="mastodon", created_at=stage.clock()))
    await offered(stage, actor, perspective="parents")
    message = (await stage.said())[-1]
    assert message["type"] == "Create"
    return berta, message["object"]


def reply(sender: Remote, message: JsonObject, content: str) -> JsonObject:
    host = message["attributedTo"]
    return sender.create(sender.note(content, to=[host], inReplyTo=message["id"]) | {"cc": []})


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (
            '<p><span class="h-card"><a href="https://x.example">@<span>gemeente</span></a></span> Ja!</p>',
            RoleState.HELD,
        ),
        ("<p>@gemeente@tilburg.example</p><p>nee.</p>", RoleState.DECLINED),
        ("<p>Yes</p>", RoleState.HELD),
        ("<p>Ja, maar pas in mei</p>", RoleState.OFFERED),
    ],
)
async def test_who_knows_no_roles_answers_with_one_word(stage: Stage, said: str, state: RoleState) -> None:
    berta, message = await asked_by_message(stage)
    answer = reply(berta, message, said)
    assert await stage.hear(berta, answer, answer) == DONE
    (role,) = await roles(stage)
    assert (role.state, role.is_perspective_shown) == (state, False)
    thanked = [one for one in await stage.said() if one["type"] == "Create" and "Dank je wel" in str(one["object"])]
    assert len(thanked) == (0 if state is RoleState.OFFERED else 1)
    assert (await verbs(stage)).count("Add") == (1 if state is RoleState.HELD else 0)


async def test_nobody_else_answers_with_one_word_nor_too_late(stage: Stage) -> None:
    berta, message = await asked_by_message(stage)
    mallory = stage.world.person("mastodon.example", "mallory")
    await stage.hear(mallory, reply(mallory, message, "<p>ja</p>"))
    assert await states(stage) == [RoleState.OFFERED]
    stage.clock.advance(timedelta(days=31))
    await stage.hear(berta, reply(berta, message, "<p>ja</p>"))
    assert await states(stage) == [RoleState.OFFERED]


async def test_a_co_host_tells_who_took_a_role_that_cannot_tell_it_themselves(stage: Stage, utrecht: Remote) -> None:
    await made_co_host(stage, utrecht)
    berta = stage.world.person("mastodon.example", "berta")
    await stage.meet(berta)
    role = relationship(utrecht, berta.uri, stage.issue.uri)
    asked = offer(utrecht, role)
    await stage.hear(utrecht, asked)
    told = utrecht.activity("Add", {**role, "status": "held"}, target=f"{stage.issue.uri}/rollen")
    # Of people whose software knows roles a co-host is not believed: they say so themselves.
    async with stage.database.writing() as session:
        session.add(Instance(domain="mastodon.example", software="samenspraak", created_at=stage.clock()))
    assert (await stage.hear(utrecht, told))[0] is ArrivalState.REFUSED
    async with stage.database.writing() as session:
        (await session.get_one(Instance, "mastodon.example")).software = "mastodon"
    again = utrecht.activity("Add", {**role, "status": "held"}, target=f"{stage.issue.uri}/rollen")
    assert await stage.hear(utrecht, again, again) == DONE
    assert await states(stage) == [RoleState.HELD, RoleState.HELD]
    left = utrecht.activity("Remove", {**role, "status": "left"}, target=f"{stage.issue.uri}/rollen")
    assert await stage.hear(utrecht, left) == DONE
    assert await states(stage) == [RoleState.HELD, RoleState.LEFT]
    assert {"Add", "Remove"} <= set(await verbs(stage))
