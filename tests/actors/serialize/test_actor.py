"""Actors on the wire: what we write, our own reader reads, and so does everyone else's."""

from datetime import timedelta

import pytest

from actors.actor import Organisation
from actors.database import Database
from actors.issues.store import set_themes
from actors.issues.tables import Issue
from actors.kinds import ActorKind, Phase
from actors.networks.tables import Network
from actors.serialize.actor import actor_detail, write_actor, write_actor_tombstone
from federation.documents import ActorDocument, dump, parse
from tests.actors.cast import MOMENT, SITE, here, issue_here


def through_the_wire(document) -> ActorDocument:
    return ActorDocument.read(parse(dump(document)))


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        (ActorKind.PERSON, "Person"), (ActorKind.ORGANISATION, "Organization"), (ActorKind.NETWORK, "Group"),
        (ActorKind.ISSUE, "Group"), (ActorKind.APPLICATION, "Application"),
    ],
)  # fmt: skip
async def test_every_kind_of_actor_is_read_as_it_was_written(database: Database, kind: ActorKind, type_: str) -> None:
    handle = "instantie" if kind is ActorKind.APPLICATION else "wijkraad"
    async with database.writing() as session:
        actor = await here(session, handle, kind, name="De wijkraad", summary="Wij **praten**")
        if kind is ActorKind.ISSUE:
            session.add(Issue(actor_id=actor.id, question="Wat?", phase=Phase.AGENDA, published_at=MOMENT))
        await session.flush()
        document = write_actor(SITE, await actor_detail(session, actor))
    read = through_the_wire(document)
    assert (read.id, read.type, read.handle, read.name) == (actor.uri, type_, handle, "De wijkraad")
    assert (read.inbox, read.outbox, read.followers) == (actor.inbox, actor.outbox, actor.followers)
    assert read.shared_inbox == "https://tilburg.example/inbox"
    assert read.summary == "<p>Wij <strong>praten</strong></p>"
    assert read.following == f"{(actor.followers or '').removesuffix('followers')}following"
    assert len(read.keys) == 2
    assert document["@context"][0] == "https://www.w3.org/ns/activitystreams"


async def test_an_actor_called_followers_has_its_own_collections(database: Database) -> None:
    async with database.writing() as session:
        actor = await here(session, "followers")
        read = through_the_wire(write_actor(SITE, await actor_detail(session, actor)))
    assert read.followers == "https://tilburg.example/personen/followers/followers"
    assert read.following == "https://tilburg.example/personen/followers/following"


async def test_an_issue_tells_all_that_it_carries(database: Database) -> None:
    place = "https://identifier.overheid.nl/tooi/id/gemeente/gm0855"
    promised = MOMENT + timedelta(days=30)
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        actor = await issue_here(
            session, host, question="Wat is <nodig>?", why="Omdat & daarom.", phase=Phase.CONVERSATION, place=place,
            perspectives_needed=["jongeren", "ouders"], feedback_by=promised,
        )  # fmt: skip
        await set_themes(session, actor.id, ["young-people", "integration"])
        await session.flush()
        document = write_actor(SITE, await actor_detail(session, actor))
    read = through_the_wire(document)
    assert (read.kind, read.phase, read.question, read.why) == (
        "issue",
        "conversation",
        "Wat is <nodig>?",
        "Omdat & daarom.",
    )
    assert (read.host, read.attributed_to, read.place) == (host.uri, host.uri, place)
    assert read.themes == ("integration", "young-people")
    assert read.perspectives_needed == ("jongeren", "ouders")
    assert read.feedback_by == promised.replace(microsecond=0)
    assert read.context == f"{actor.uri}/context"
    fields = dict(read.fields)
    assert fields["Vraag"] == "Wat is &lt;nodig&gt;?"
    assert fields["Fase"] == "in gesprek"
    assert fields["Terugkoppeling uiterlijk"] == "2026-04-01"
    assert {tag["name"] for tag in document["tag"]} == {"#youngpeople", "#integration"}


@pytest.mark.parametrize("phase", Phase)
async def test_every_phase_has_a_word_for_people_elsewhere(database: Database, phase: Phase) -> None:
    async with database.writing() as session:
        actor = await issue_here(session, await here(session, "tilburg", ActorKind.ORGANISATION), phase=phase)
        read = through_the_wire(write_actor(SITE, await actor_detail(session, actor)))
    assert read.phase == phase.value
    assert dict(read.fields)["Fase"]


async def test_an_organisation_tells_who_it_is_and_where_its_issues_are(database: Database) -> None:
    async with database.writing() as session:
        actor = await here(session, "tilburg", ActorKind.ORGANISATION)
        session.add(
            Organisation(actor_id=actor.id, identifier="https://identifier.overheid.nl/tooi/id/gemeente/gm0855")
        )
        await session.flush()
        read = through_the_wire(write_actor(SITE, await actor_detail(session, actor)))
    assert read.identifier == "https://identifier.overheid.nl/tooi/id/gemeente/gm0855"
    assert (read.issues, read.knowledge_products) == (f"{actor.uri}/issues", f"{actor.uri}/knowledge")
    assert read.also_known_as == ()


async def test_a_network_names_its_host_and_nobody_else(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        actor = await here(session, "wijkraad", ActorKind.NETWORK)
        session.add(Network(actor_id=actor.id, host_id=host.id))
        await session.flush()
        read = through_the_wire(write_actor(SITE, await actor_detail(session, actor)))
    assert (read.kind, read.host) == ("network", host.uri)


async def test_no_secret_and_no_address_for_mail_is_told(database: Database) -> None:
    async with database.writing() as session:
        actor = await here(session, "fatima")
        told = dump(write_actor(SITE, await actor_detail(session, actor))).decode()
    assert "PRIVATE" not in told
    assert "@tilburg" not in told


async def test_who_is_deleted_leaves_only_that_they_were(database: Database) -> None:
    async with database.writing() as session:
        actor = await here(session, "fatima")
        actor.deleted_at = MOMENT
    document = write_actor_tombstone(actor)
    assert {key: document[key] for key in ("id", "type", "formerType", "deleted")} == {
        "id": actor.uri, "type": "Tombstone", "formerType": "Person", "deleted": "2026-03-02T09:00:00Z",
    }  # fmt: skip
    assert set(document) == {"@context", "id", "type", "formerType", "deleted"}
