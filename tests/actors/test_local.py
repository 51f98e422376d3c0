"""Making actors of our own, and finding them."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, NoResultFound

from actors.actor import Actor
from actors.database import Database
from actors.ids import new_id
from actors.kinds import ActorKind
from actors.local import (
    RESERVED_HANDLES,
    HandleError,
    application_actor,
    check_handle,
    free_handle,
    handle_from,
    local_actor,
    own_organisation,
)
from tests.actors.cast import MOMENT, SITE, elsewhere, here, the_instance


@pytest.mark.parametrize("handle", ["a", "fatima", "Fatima", "wijk-9", "a_b", "9", "a" * 60])
def test_a_handle_is_taken_in_lower_case(handle: str) -> None:
    assert check_handle(handle) == handle.lower()


@pytest.mark.parametrize(
    "handle",
    ["", "-a", "a-", "_a", "a b", "a.b", "a/b", "a@b", "é", "a" * 61, "a\n", "\0", "..", "%2e", "ａ", "İ", "ſ",
     *sorted(RESERVED_HANDLES), "ADMIN"],
)  # fmt: skip
def test_what_is_no_handle_is_refused(handle: str) -> None:
    with pytest.raises(HandleError):
        check_handle(handle)


@pytest.mark.parametrize(
    ("title", "handle"),
    [
        ("Veilig online opgroeien", "veilig-online-opgroeien"),
        ("Hoe ging het écht, daar in België?", "hoe-ging-het-echt-daar-in-belgie"),
        ("  ", "vraagstuk"),
        ("الحوار", "vraagstuk"),
        ("x" * 200, "x" * 50),
        ("woord " * 30, "-".join(["woord"] * 8)),
        ("../../etc/passwd", "etc-passwd"),
    ],
)
def test_a_title_gives_a_handle(title: str, handle: str) -> None:
    assert handle_from(title) == handle
    assert check_handle(handle) == handle


async def test_a_handle_that_is_taken_gets_a_number(database: Database) -> None:
    async with database.writing() as session:
        for handle in ("jeugd", "jeugd-2", "jeugdzorg"):
            await here(session, handle, ActorKind.ISSUE)
        assert await free_handle(session, "jeugd") == "jeugd-3"
        assert await free_handle(session, "jeugdzorg") == "jeugdzorg-2"
        assert await free_handle(session, "wonen") == "wonen"
        assert await free_handle(session, "admin") == "admin-2"


async def test_a_handle_is_given_once_whatever_kind_of_actor_has_it(database: Database) -> None:
    async with database.writing() as session:
        await here(session, "jeugd", ActorKind.ISSUE)
        with pytest.raises(HandleError, match="taken"):
            await here(session, "Jeugd", ActorKind.PERSON)


async def test_the_handle_of_who_is_deleted_is_not_given_again(database: Database) -> None:
    async with database.writing() as session:
        (await here(session, "fatima")).deleted_at = MOMENT
        await session.flush()
        with pytest.raises(HandleError, match="taken"):
            await here(session, "fatima")


async def test_the_database_too_refuses_a_second_of_a_handle(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.writing() as session:
            await here(session, "fatima")
            twin = Actor(
                id=new_id(), uri=f"{SITE.base_url}/twin", kind=ActorKind.PERSON, is_local=True, handle="FATIMA",
                domain=SITE.domain, inbox=f"{SITE.base_url}/twin/inbox", created_at=MOMENT, updated_at=MOMENT,
            )  # fmt: skip
            session.add(twin)


async def test_actors_of_other_servers_may_share_a_handle(database: Database) -> None:
    async with database.writing() as session:
        await here(session, "fatima")
        await elsewhere(session, "fatima")
        found = await local_actor(session, "FATIMA")
        assert found is not None
        assert found.is_local


@pytest.mark.parametrize("handle", ["", "nobody", "a\0b", "\ud800", "x" * 5_000, "%", "a'; drop table actors; --"])
async def test_who_is_not_here_is_not_found(database: Database, handle: str) -> None:
    async with database.reading() as session:
        assert await local_actor(session, handle) is None


async def test_a_new_actor_has_all_addresses_under_its_own(database: Database) -> None:
    async with database.writing() as session:
        fatima = await here(session, "Fatima", summary="Ik **zorg**<script>alert(1)</script>")
        application = await here(session, "instantie", ActorKind.APPLICATION)
    assert fatima.uri == "https://tilburg.example/personen/fatima"
    assert fatima.inbox == f"{fatima.uri}/inbox"
    assert fatima.shared_inbox == "https://tilburg.example/inbox"
    assert fatima.account == "fatima@tilburg.example"
    assert "<strong>zorg</strong>" in fatima.summary
    assert "<script" not in fatima.summary
    assert application.uri == "https://tilburg.example/actor"
    assert application.inbox == "https://tilburg.example/actor/inbox"


async def test_the_instance_finds_itself(database: Database) -> None:
    async with database.writing() as session:
        for find in (application_actor, own_organisation):
            with pytest.raises(NoResultFound):
                await find(session)
        await elsewhere(session, "utrecht", kind=ActorKind.ORGANISATION)
        organisation = await the_instance(session)
        await here(session, "wijkraad", ActorKind.ORGANISATION)
        assert (await own_organisation(session)).id == organisation.id
        assert (await application_actor(session)).handle == "instantie"
        assert len((await session.scalars(select(Actor))).all()) == 4
