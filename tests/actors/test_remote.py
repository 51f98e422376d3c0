"""What another server says of its own actors, and how much of it we believe."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from actors.actor import Actor, ActorKey
from actors.database import Database
from actors.issues.tables import Issue, IssueTheme, PhaseChange
from actors.kinds import ActorKind, Phase
from actors.remote import kind_of, store_actor
from federation.documents import ActorDocument, JsonObject
from federation.errors import OriginError
from federation.keys import generate_ed25519, multikey, public_pem
from tests.actors.cast import MOMENT, actor_document, elsewhere, here
from tests.support.keys import key_pair

BRAM = "https://utrecht.example/users/bram"
ISSUE = "https://utrecht.example/vraagstukken/wonen"
UTRECHT = "https://utrecht.example/organisaties/utrecht"


def read(uri: str = BRAM, type_: str = "Person", **more: object) -> ActorDocument:
    return ActorDocument.read(actor_document(uri, type_) | more)


def issue(**more: object) -> ActorDocument:
    terms: JsonObject = {
        "kind": "issue", "host": UTRECHT, "question": "Waar kunnen we wonen?", "why": "Er is <b>te weinig</b>.",
        "phase": "conversation", "themes": ["integration"], "feedbackBy": "2026-06-01T00:00:00Z",
        "perspectivesNeeded": ["jongeren"], "place": "https://identifier.overheid.nl/tooi/id/gemeente/gm0344",
        "published": "2026-02-01T10:00:00Z",
    }  # fmt: skip
    return read(ISSUE, "Group", **(terms | more))


async def keys_of(database: Database, actor: Actor) -> dict[str, str]:
    async with database.reading() as session:
        rows = await session.execute(select(ActorKey.uri, ActorKey.public).where(ActorKey.actor_id == actor.id))
        return dict(rows.all())


@pytest.mark.parametrize(
    ("type_", "word", "kind"),
    [
        ("Person", None, ActorKind.PERSON), ("Service", None, ActorKind.APPLICATION),
        ("Application", None, ActorKind.APPLICATION), ("Organization", None, ActorKind.ORGANISATION),
        ("Group", None, ActorKind.GROUP), ("Group", "issue", ActorKind.ISSUE), ("Group", "network", ActorKind.NETWORK),
        ("Group", "organisation", ActorKind.GROUP), ("Person", "issue", ActorKind.PERSON),
    ],
)  # fmt: skip
def test_the_word_of_an_actor_counts_within_its_type(type_: str, word: str | None, kind: ActorKind) -> None:
    assert kind_of(read(BRAM, type_, kind=word)) is kind


async def test_a_new_actor_is_stored_with_its_keys(database: Database) -> None:
    async with database.writing() as session:
        bram = await store_actor(session, read(), now=MOMENT)
    assert (bram.handle, bram.domain, bram.account) == ("bram", "utrecht.example", "bram@utrecht.example")
    assert not bram.is_local
    assert bram.shared_inbox == "https://utrecht.example/inbox"
    assert bram.fetched_at == MOMENT
    assert await keys_of(database, bram) == {f"{BRAM}#main-key": public_pem(key_pair()[0])}


async def test_storing_again_renews_the_same_row(database: Database) -> None:
    later = MOMENT + timedelta(days=1)
    async with database.writing() as session:
        first = await store_actor(session, read(name="Bram"), now=MOMENT)
    async with database.writing() as session:
        again = await store_actor(session, read(name="Bram de Vries", preferredUsername="bdv"), now=later)
    assert first.id == again.id
    assert (again.name, again.account_key, again.fetched_at) == ("Bram de Vries", "bdv@utrecht.example", later)
    assert again.created_at == MOMENT
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Actor)) == 1


async def test_what_it_says_of_itself_is_cleaned(database: Database) -> None:
    async with database.writing() as session:
        bram = await store_actor(
            session, read(name="<b>Bram</b>\u202e\n", summary="<p onclick=x>Hoi<script>x</script></p>"), now=MOMENT
        )
        nameless = await store_actor(session, read("https://utrecht.example/users/x", name="<i></i>"), now=MOMENT)
    assert bram.name == "Bram"
    assert bram.summary == "<p>Hoi</p>"
    assert nameless.name == "x"


async def test_a_key_that_is_no_longer_published_is_forgotten(database: Database) -> None:
    new = multikey(generate_ed25519())
    async with database.writing() as session:
        bram = await store_actor(session, read(), now=MOMENT)
    renewed = read(
        publicKey=None,
        assertionMethod=[{"id": f"{BRAM}#new", "type": "Multikey", "controller": BRAM, "publicKeyMultibase": new}],
    )
    async with database.writing() as session:
        await store_actor(session, renewed, now=MOMENT)
    assert await keys_of(database, bram) == {f"{BRAM}#new": new}
    async with database.writing() as session:
        assert (await session.scalars(select(ActorKey.algorithm))).one() == "ed25519"
        await store_actor(session, read(publicKey=None), now=MOMENT)
    assert await keys_of(database, bram) == {}


async def test_a_renewed_key_replaces_the_old_one_under_its_name(database: Database) -> None:
    async with database.writing() as session:
        bram = await store_actor(session, read(), now=MOMENT)
        pem = public_pem(key_pair()[1])
        await store_actor(
            session, read(publicKey={"id": f"{BRAM}#main-key", "owner": BRAM, "publicKeyPem": pem}), now=MOMENT
        )
    assert await keys_of(database, bram) == {f"{BRAM}#main-key": pem}


async def test_nobody_takes_over_the_key_of_another_on_their_server(database: Database) -> None:
    """Else who signs with it would pass for that other."""
    mallory = "https://utrecht.example/users/mallory"
    pem = public_pem(key_pair()[1])
    async with database.writing() as session:
        bram = await store_actor(session, read(), now=MOMENT)
        other = await store_actor(
            session,
            read(mallory, publicKey={"id": f"{BRAM}#main-key", "owner": mallory, "publicKeyPem": pem}),
            now=MOMENT,
        )
    assert await keys_of(database, bram) == {f"{BRAM}#main-key": public_pem(key_pair()[0])}
    assert await keys_of(database, other) == {}


async def test_who_is_suspended_stays_so(database: Database) -> None:
    async with database.writing() as session:
        (await store_actor(session, read(), now=MOMENT)).suspended_at = MOMENT
    async with database.writing() as session:
        assert (await store_actor(session, read(name="Nieuw"), now=MOMENT)).suspended_at == MOMENT


async def test_who_is_deleted_stays_so_and_nothing_of_them_comes_back(database: Database) -> None:
    async with database.writing() as session:
        bram = await store_actor(session, read(), now=MOMENT)
        bram.deleted_at, bram.name, bram.summary = MOMENT, "", ""
    async with database.writing() as session:
        again = await store_actor(session, read(name="Bram", summary="Hoi", icon="https://u.example/b.png"), now=MOMENT)
    assert (again.deleted_at, again.name, again.summary, again.icon_url) == (MOMENT, "", "", None)


async def test_no_document_of_another_server_changes_who_lives_here(database: Database) -> None:
    async with database.writing() as session:
        fatima = await here(session, "fatima")
        forged = actor_document(fatima.uri, name="Mallory") | {"inbox": f"{fatima.uri}/elders"}
        with pytest.raises(OriginError):
            await store_actor(session, ActorDocument.read(forged), now=MOMENT)
    async with database.reading() as session:
        found = (await session.scalars(select(Actor))).one()
    assert (found.name, found.inbox, found.is_local) == ("Fatima", f"{fatima.uri}/inbox", True)


async def test_an_issue_is_stored_with_what_it_says(database: Database) -> None:
    async with database.writing() as session:
        host = await elsewhere(session, "utrecht", kind=ActorKind.ORGANISATION, uri=UTRECHT)
        actor = await store_actor(session, issue(), now=MOMENT)
    async with database.reading() as session:
        stored = await session.get_one(Issue, actor.id)
        themes = list(await session.scalars(select(IssueTheme.theme)))
        phases = list(await session.scalars(select(PhaseChange.phase)))
    assert actor.kind is ActorKind.ISSUE
    assert (stored.host_id, stored.question, stored.why) == (host.id, "Waar kunnen we wonen?", "Er is te weinig.")
    assert (stored.phase, themes, phases) == (Phase.CONVERSATION, ["integration"], [Phase.CONVERSATION])
    assert stored.perspectives_needed == ["jongeren"]
    assert stored.feedback_by is not None
    assert stored.published_at.isoformat() == "2026-02-01T10:00:00+00:00"


async def test_an_issue_that_moves_on_is_dated_once_a_phase(database: Database) -> None:
    async with database.writing() as session:
        for phase in ("conversation", "conversation", "feedback"):
            actor = await store_actor(session, issue(phase=phase, themes=["upbringing", "upbringing"]), now=MOMENT)
        assert (await session.get_one(Issue, actor.id)).phase is Phase.FEEDBACK
        assert list(await session.scalars(select(PhaseChange.phase).order_by(PhaseChange.id))) == [
            Phase.CONVERSATION, Phase.FEEDBACK,
        ]  # fmt: skip
        assert list(await session.scalars(select(IssueTheme.theme))) == ["upbringing"]


async def test_an_issue_that_goes_to_and_fro_is_kept_once_a_phase(database: Database) -> None:
    for count in range(6):
        async with database.writing() as session:
            phase, moment = ("conversation", "feedback")[count % 2], MOMENT + timedelta(hours=count)
            await store_actor(session, issue(phase=phase), now=moment)
    async with database.reading() as session:
        assert await session.scalar(select(Issue.phase)) is Phase.FEEDBACK
        changes = list(await session.scalars(select(PhaseChange).order_by(PhaseChange.id)))
    assert [(change.phase, change.at) for change in changes] == [
        (Phase.CONVERSATION, MOMENT + timedelta(hours=4)), (Phase.FEEDBACK, MOMENT + timedelta(hours=5)),
    ]  # fmt: skip


async def test_the_host_of_an_issue_on_another_server_is_not_believed(database: Database) -> None:
    async with database.writing() as session:
        tilburg = await here(session, "tilburg", ActorKind.ORGANISATION)
        foreign = await elsewhere(session, "x", "evil.example", ActorKind.ORGANISATION)
        for host in (tilburg.uri, foreign.uri):
            actor = await store_actor(session, issue(host=host), now=MOMENT)
            assert (await session.get_one(Issue, actor.id)).host_id is None


async def test_an_issue_with_words_that_we_do_not_know_is_still_an_issue(database: Database) -> None:
    async with database.writing() as session:
        actor = await store_actor(
            session,
            issue(phase="paused", question=None, themes=["x" * 500, "ruimte", ""], feedbackBy="ooit"),
            now=MOMENT,
        )
        stored = await session.get_one(Issue, actor.id)
        assert stored.phase is Phase.CONVERSATION
        assert stored.question == actor.name
        assert stored.feedback_by is None
        assert all(len(theme) <= 60 for theme in await session.scalars(select(IssueTheme.theme)))


async def test_the_longest_that_an_actor_can_be_is_stored(database: Database) -> None:
    """PostgreSQL refuses what is longer than a column, which SQLite does not."""
    domain = f"{'a' * 60}." * 4 + "example"
    uri = f"https://{domain}/{'p' * 1_500}"
    document = read(uri, preferredUsername="é" * 100, name="é" * 10_000, summary="x" * 10_000, icon=f"{uri}.png")
    async with database.writing() as session:
        assert (await store_actor(session, document, now=MOMENT)).handle == "é" * 100
