"""The pages of roles: who does what, asking and joining in, answering, the link of a message, what somebody did."""

import re

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.database import Database, now
from actors.issues.tables import Issue
from actors.kinds import ActorKind, IssueRole, Phase
from actors.posts.tables import Post
from actors.roles.kinds import RoleState
from actors.roles.store import add_role
from actors.roles.tables import RoleOnIssue
from outbox.tables import Activity
from tests.actors.cast import elsewhere, here, issue_here, runs
from tests.support.queries import counted
from tests.web.pages.browser import Pages

ISSUE = "/vraagstukken/jeugd"
OFFER = f"{ISSUE}/rollen/aanbieden"
JOIN = f"{ISSUE}/rollen/meedoen"


@pytest.fixture
async def issue(database: Database, tilburg: Actor) -> Actor:
    async with database.writing() as session:
        return await issue_here(session, tilburg)


async def held(
    database: Database, issue: Actor, actor: Actor, role: IssueRole = IssueRole.LEAD, **more: object
) -> RoleOnIssue:
    async with database.writing() as session:
        row = await add_role(
            session, issue_id=issue.id, actor_id=actor.id, role=role, uri=f"https://x.example/{actor.id}/{role}",
            offer_uri=None, offered_by_id=None, state=RoleState.HELD, at=now(), **more,  # type: ignore[arg-type]
        )  # fmt: skip
        row.decided_at = now()
    return row


async def the_role(database: Database) -> RoleOnIssue:
    async with database.reading() as session:
        return (await session.scalars(select(RoleOnIssue).order_by(RoleOnIssue.id.desc()).limit(1))).one()


async def test_the_issue_tells_who_does_what(pages: Pages, database: Database, issue: Actor) -> None:
    async with database.writing() as session:
        anna = await elsewhere(session, "anna")
        bram = await elsewhere(session, "bram")
    await held(database, issue, anna, perspective="parents", is_perspective_shown=True)
    await held(database, issue, bram, IssueRole.PARTICIPANT, perspective="faith")
    page = await pages.get(ISSUE)
    assert re.search(
        r"Wie doet wat gastheer Gemeente Tilburg trekker Anna .* ouders sinds .* deelnemer Bram", page.main
    )
    assert "geloof" not in page.main.partition("Wie doet wat")[2].partition("Gesprek")[0]
    assert "Ik wil meedoen" in page.main
    assert "Vraag iemand voor een rol" not in page.main


async def test_a_host_asks_somebody_who_says_yes(pages: Pages, database: Database, issue: Actor) -> None:
    karin = await pages.sign_in(admin=True)
    fatima = await pages.person("fatima")
    assert "Vraag iemand voor een rol" in (await pages.get(ISSUE)).main
    form = await pages.get(OFFER)
    assert "Alleen jullie en wie je vraagt, zien deze vraag." in form.main
    wrong = await pages.submit(OFFER, OFFER, who="@niemand@nergens.example", role="", words="")
    assert wrong.status == 422
    assert "Kies een rol." in wrong.main
    assert "We kunnen dit account niet vinden." in wrong.main
    sent = await pages.submit(OFFER, OFFER, who="fatima", role="lead", perspective="parents", words="Trek de kar.")
    assert (sent.status, sent.location) == (303, "/rollen?bericht=rol-gevraagd")
    assert "Wie Gemeente Tilburg vroeg" in (await pages.get("/rollen")).main
    again = await pages.submit(OFFER, OFFER, who="@fatima", role="lead", words="Nog eens.")
    assert "Deze rol is er al, of is al gevraagd." in again.main
    role = await the_role(database)

    await pages.be(fatima)
    assert "vraagt je voor een rol bij Jeugd in de wijk" in (await pages.get("/meldingen")).main
    assert "Je bent gevraagd" in (await pages.get("/rollen")).main
    page = await pages.get(f"/rollen/{role.id}")
    assert "Trek de kar." in page.main
    assert "Dan kan iedereen lezen dat je deze rol hebt." in page.main
    said = await pages.submit(f"/rollen/{role.id}", f"/rollen/{role.id}", what="ja", is_perspective_shown="1")
    assert said.status == 303
    assert "trekker Fatima ouders" in (await pages.get(ISSUE)).main
    done = (await pages.get("/personen/fatima")).main
    assert "Heeft dit eerder gedaan trekker ouders Jeugd in de wijk" in done
    assert "Verberg mijn perspectief" in (await pages.get(f"/rollen/{role.id}")).main
    assert (await pages.submit(f"/rollen/{role.id}", f"/rollen/{role.id}", what="verbergen")).status == 303
    assert "trekker Fatima ouders" not in (await pages.get(ISSUE)).main
    # Twice is once: what cannot be done any more says so.
    late = await pages.submit(f"/rollen/{role.id}", f"/rollen/{role.id}", what="nee")
    assert late.status == 422
    assert (await the_role(database)).state is RoleState.HELD
    stopped = await pages.submit(f"/rollen/{role.id}", f"/rollen/{role.id}", what="stoppen")
    assert stopped.status == 303
    assert "trekker" not in (await pages.get(ISSUE)).main
    assert "tot" in (await pages.get("/personen/fatima")).main.partition("Heeft dit eerder gedaan")[2][:80]
    await pages.be(karin)
    assert "beëindigde een rol bij Jeugd in de wijk" in (await pages.get("/meldingen")).main


async def test_who_is_no_side_does_not_see_what_was_asked(pages: Pages, database: Database, issue: Actor) -> None:
    await pages.sign_in(admin=True)
    await pages.person("fatima")
    await pages.submit(OFFER, OFFER, who="fatima", role="lead", words="Trek de kar.")
    role = await the_role(database)
    path = f"/rollen/{role.id}"
    await pages.sign_in("bram")
    assert (await pages.get(path)).status == 404
    assert (await pages.submit("/rollen", path, what="ja")).status == 404
    assert (await pages.get(OFFER)).status == 403
    assert (await pages.post(OFFER, await pages.hidden(JOIN) | {"who": "bram", "role": "lead"})).status == 403
    await pages.be(None)
    assert (await pages.get(path)).location.startswith("/inloggen")
    assert (await pages.get(path, Accept="application/activity+json")).status == 404
    assert (await pages.get(f"{ISSUE}/rollen?page=1", Accept="application/activity+json")).markup.count("Relation") == 0
    assert (await the_role(database)).state is RoleState.OFFERED


@pytest.mark.parametrize(("what", "state"), [("toekennen", RoleState.HELD), ("afwijzen", RoleState.REFUSED)])
async def test_somebody_asks_to_join_and_the_host_decides(
    pages: Pages, database: Database, issue: Actor, what: str, state: RoleState
) -> None:
    fatima = await pages.sign_in("fatima")
    form = await pages.get(JOIN)
    assert "Alleen de gastheer leest je vraag." in form.main
    assert (await pages.submit(JOIN, JOIN, role="host")).status == 422
    sent = await pages.submit(JOIN, JOIN, role="practitioner", words="Ik geef les.", perspective="schools")
    assert sent.location == "/rollen?bericht=rol-aangevraagd"
    assert "Wat je zelf vroeg" in (await pages.get("/rollen")).main
    role = await the_role(database)
    path = f"/rollen/{role.id}"
    # Nobody grants it to themselves.
    assert (await pages.submit(path, path, what="toekennen")).status == 422
    await pages.sign_in(admin=True)
    assert "Zij willen meedoen" in (await pages.get("/rollen")).main
    assert "Ik geef les." in (await pages.get(path)).main
    assert (await pages.submit(path, path, what=what)).status == 303
    assert (await the_role(database)).state is state
    await pages.be(fatima)
    assert "gaf antwoord over een rol bij Jeugd in de wijk" in (await pages.get("/meldingen")).main


async def test_an_organisation_asks_to_host_an_issue_elsewhere(pages: Pages, database: Database) -> None:
    async with database.writing() as session:
        utrecht = await elsewhere(session, "utrecht", kind=ActorKind.ORGANISATION)
        theirs = await elsewhere(session, "wonen", kind=ActorKind.ISSUE, name="Wonen")
        session.add(Issue(actor_id=theirs.id, host_id=utrecht.id, question="Waar?", phase=Phase.AGENDA,
                          published_at=now()))  # fmt: skip
    await pages.sign_in(admin=True)
    join = f"/vraagstukken/elders/{theirs.id}/rollen/meedoen"
    assert "Je vraag gaat naar utrecht.example." in (await pages.get(join)).main
    sent = await pages.submit(join, join, role="host", name_of="organisation", words="Wij doen graag mee.")
    assert sent.status == 303
    offer = f"/vraagstukken/elders/{theirs.id}/rollen/aanbieden"
    assert (await pages.get(offer)).status == 403
    async with database.writing() as session:
        (await session.scalars(select(RoleOnIssue))).one().state = RoleState.HELD
    assert "Vraag iemand voor een rol" in (await pages.get(f"/vraagstukken/elders/{theirs.id}")).main
    assert (await pages.get(offer)).status == 200


# --------------------------------------------------------------------- the link
async def linked(pages: Pages, database: Database) -> str:
    """Have somebody with other software be asked; return the path of the link that went to them."""
    async with database.writing() as session:
        await elsewhere(session, "anna", "mastodon.example")
        await runs(session, "mastodon.example", "mastodon")
    await pages.sign_in(admin=True)
    asked = await pages.submit(
        OFFER, OFFER, who="@anna@mastodon.example", role="lead", perspective="parents", words="Trek de kar."
    )  # fmt: skip
    assert asked.status == 303
    await pages.be(None)
    async with database.reading() as session:
        sent = (await session.scalars(select(Activity.document).where(Activity.type == "Create"))).one()
    found = re.search(r"/rol/[\w-]{40,}", sent)
    assert found is not None
    return found[0]


async def test_the_link_of_a_message_is_read_and_answered_without_an_account(
    pages: Pages, database: Database, issue: Actor
) -> None:
    path = await linked(pages, database)
    for _ in range(2):  # programs that check links open them too
        page = await pages.get(path)
        assert "Je leest dit als @anna@mastodon.example." in page.main
        assert "Trek de kar." in page.main
        assert page.headers["Cache-Control"] == "private, no-store"
    assert (await the_role(database)).state is RoleState.OFFERED
    said = await pages.submit(path, path, what="ja", is_perspective_shown="1")
    assert (said.status, said.location) == (303, path)
    assert "Je hebt deze rol. Iedereen kan dat lezen." in (await pages.get(path)).main
    role = await the_role(database)
    assert (role.state, role.is_perspective_shown) == (RoleState.HELD, True)
    assert "trekker Anna" in (await pages.get(ISSUE)).main
    # It answers once, and later lets them leave.
    await pages.submit(path, path, what="nee")
    assert (await the_role(database)).state is RoleState.HELD
    await pages.submit(path, path, what="stoppen")
    assert "Je bent gestopt met deze rol." in (await pages.get(path)).main
    assert (await the_role(database)).state is RoleState.LEFT


async def test_a_link_that_was_made_up_or_is_over_opens_nothing(
    pages: Pages, database: Database, issue: Actor
) -> None:  # fmt: skip
    path = await linked(pages, database)
    for wrong in ("/rol/bestaat-niet", f"{path}x", "/rol/%00"):
        page = await pages.get(wrong)
        assert page.status == 404
        assert "Deze link werkt niet meer" in page.main
    async with database.writing() as session:
        role = (await session.scalars(select(RoleOnIssue))).one()
        role.link_until = now()
    assert (await pages.get(path)).status == 404
    assert (await pages.submit("/inloggen", path, what="ja")).status == 404
    assert (await the_role(database)).state is RoleState.OFFERED


async def test_the_message_here_has_no_link(pages: Pages, database: Database, issue: Actor) -> None:
    await linked(pages, database)
    async with database.reading() as session:
        note = (await session.scalars(select(Post))).one()
    assert "/rol/" not in note.content
    assert "alleen voor wie het bericht kreeg" in note.content


# -------------------------------------------------------------------- for servers
async def test_servers_read_who_does_what_in_pages(pages: Pages, database: Database, issue: Actor) -> None:
    async with database.writing() as session:
        people = [await elsewhere(session, f"p{number}") for number in range(45)]
    for person in people:
        role = await held(database, issue, person, perspective="parents")
    asked = {"Accept": "application/activity+json"}
    assert '"roles":"https://tilburg.example/vraagstukken/jeugd/rollen"' in (await pages.get(ISSUE, **asked)).markup
    head = await pages.get(f"{ISSUE}/rollen", **asked)
    assert '"totalItems":45' in head.markup
    first = await pages.get(f"{ISSUE}/rollen?page=1", **asked)
    assert first.markup.count('"Relationship"') == 40
    assert "parents" not in first.markup
    following = re.search(r'"next":"https://tilburg.example([^"]+)"', first.markup)
    assert following is not None
    assert (await pages.get(following[1], **asked)).markup.count('"Relationship"') == 5
    assert (await pages.get(f"{ISSUE}/rollen")).location == f"{ISSUE}#rollen"
    # What another server minted is not ours to answer for.
    assert (await pages.get(f"/rollen/{role.id}", **asked)).status == 404


async def test_the_number_of_questions_stays_the_same(pages: Pages, database: Database, issue: Actor) -> None:
    karin = await pages.sign_in(admin=True)
    asked: dict[str, set[int]] = {}
    for total in (1, 12):
        for number in range(total):
            async with database.writing() as session:
                person = await here(session, f"p{total}-{number}")
            await held(database, issue, person)
            await held(database, issue, karin, list(IssueRole)[number % 7]) if total == 12 and number < 5 else None
        for path in (ISSUE, "/rollen", "/personen/karin", f"{ISSUE}/rollen/aanbieden"):
            await pages.get(f"{path}?a={total}")
            with counted(database) as statements:
                assert (await pages.get(f"{path}?n={total}")).status == 200
            asked.setdefault(path, set()).add(len(statements))
    assert all(len(counts) == 1 for counts in asked.values()), asked
