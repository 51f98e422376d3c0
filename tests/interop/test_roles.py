"""Two running instances host one issue together; and somebody of another make takes a role on it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.database import now
from actors.issues.hosts import our_host
from actors.kinds import Verdict
from actors.local import local_actor
from actors.notifications import Notification
from actors.posts.tables import Post
from actors.roles.kinds import RoleState
from actors.roles.tables import RoleOnIssue
from deploy.wiring import Parts
from outbox.publish.outcomes import Answered, publish_outcome
from tests.interop.test_fedify import ISSUE as ISSUE_URI
from tests.interop.test_fedify import meeting as meeting_with_fedify
from tests.interop.test_instances import eventually, known, parts_of, say
from tests.support.fedify import MISSING, Fedify, is_installed
from tests.support.instances import RunningInstance, made_together

pytestmark = pytest.mark.timeout(300)

meeting = meeting_with_fedify
ISSUE = "/vraagstukken/veilig-online"
OFFER = f"{ISSUE}/rollen/aanbieden"


@pytest.fixture
async def two(
    postgresql_url: str, tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> AsyncIterator[tuple[RunningInstance, RunningInstance]]:
    """Tilburg with an issue, and a network organisation: both running, karin signed in at each."""
    names = {"tilburg.example": "Gemeente Tilburg", "stemmen.example": "Nieuwe Stemmen"}
    async with AsyncExitStack() as stack:
        made = await made_together(
            stack, names, folder=tmp_path, free_port=unused_tcp_port_factory,
            postgresql={"stemmen.example": postgresql_url},
        )  # fmt: skip
        await made[0].publish_issue()
        for instance in made:
            await instance.start()
            await instance.sign_in()
        yield made[0], made[1]


async def newest_role(parts: Parts) -> RoleOnIssue | None:
    async with parts.database.reading() as session:
        return (await session.scalars(select(RoleOnIssue).order_by(RoleOnIssue.id.desc()).limit(1))).one_or_none()


async def in_state(parts: Parts, state: RoleState, *, word: str) -> bool:
    async with parts.database.reading() as session:
        query = select(RoleOnIssue.id).where(RoleOnIssue.state == state, RoleOnIssue.role == word)
        return await session.scalar(query) is not None


async def test_two_instances_host_one_issue(two: tuple[RunningInstance, RunningInstance]) -> None:
    tilburg, stemmen = two
    await stemmen.run("follow", "karin", "@veilig-online@tilburg.example")
    async with AsyncExitStack() as stack:
        here, there = [await stack.enter_async_context(parts_of(one)) for one in (tilburg, stemmen)]

        # Tilburg asks the network organisation to host the issue with it, which says yes.
        asked = {"who": "@stemmen@stemmen.example", "role": "host", "words": "Doe dit samen met ons."}
        status, where = await tilburg.submit(OFFER, OFFER, asked)
        assert status == 303, where

        async def offered() -> bool:
            return await in_state(there, RoleState.OFFERED, word="host")

        await eventually(offered, "the offer did not come")
        assert "vraagt je voor een rol bij Veilig online" in await stemmen.page("/meldingen")
        role = await newest_role(there)
        assert role is not None
        status, where = await stemmen.submit(f"/rollen/{role.id}", f"/rollen/{role.id}", {"what": "ja"})
        assert status == 303, where

        async def hosted() -> bool:
            return "Nieuwe Stemmen" in (await tilburg.page(ISSUE)).partition("Wie doet wat")[2].partition("</dl>")[0]

        await eventually(hosted, "the yes did not arrive")
        document = (await tilburg.get(ISSUE))[1]
        assert document["coHosts"] == ["https://stemmen.example/organisaties/stemmen"]

        # The co-host asks somebody of Tilburg for a role on it; its answer goes to both.
        issue = await there.resolver.account("veilig-online@tilburg.example")
        theirs = f"/vraagstukken/elders/{issue.id}"
        assert "Vraag iemand voor een rol" in await stemmen.page(theirs)
        form = f"{theirs}/rollen/aanbieden"
        asked = {"who": "@karin@tilburg.example", "role": "lead", "words": "Trek de kar."}
        status, where = await stemmen.submit(form, form, asked)
        assert status == 303, where

        async def asked_here() -> bool:
            return await in_state(here, RoleState.OFFERED, word="lead")

        await eventually(asked_here, "the offer of the co-host did not come")
        role = await newest_role(here)
        assert role is not None
        status, where = await tilburg.submit(f"/rollen/{role.id}", f"/rollen/{role.id}", {"what": "ja"})
        assert status == 303, where

        async def led() -> bool:
            return "trekker" in (await stemmen.page(theirs)).partition("Wie doet wat")[2].partition("</dl>")[0]

        await eventually(led, "the co-host did not hear who leads")

        # People of both take part, and the co-host tells what was done with that.
        said = [await say(here, "Begin bij de scholen."), await say(there, "Vraag het de jongeren zelf.")]

        async def all_there() -> bool:
            return all([await known(parts, uri) is not None for parts in (here, there) for uri in said])

        await eventually(all_there, "what was said did not reach both")
        async with there.database.writing() as session:
            host = await our_host(session, issue.id)
            karin = await local_actor(session, "karin")
            space = await session.get_one(Actor, issue.id)
            contributions = list(await session.scalars(select(Post).where(Post.uri.in_(said))))
            assert host is not None
            assert karin is not None
            assert len(contributions) == 2
            outcome = await publish_outcome(
                session, there.site, space, by=karin, host=host, title="Wat wij doen", source="Dat doen we.",
                answers=[Answered(one, Verdict.ADOPTED, "Goed plan.") for one in contributions], now=now(),
            )  # fmt: skip

        async def heard() -> bool:
            for parts in (here, there):
                async with parts.database.reading() as session:
                    if "outcome" not in (await session.scalars(select(Notification.kind))).all():
                        return False
            return True

        await eventually(heard, "not everyone who contributed heard what was done with it")
        stored = await known(here, outcome.uri)
        assert stored is not None
        assert stored.kind.value == "outcome"
        assert "Wat wij doen" in await tilburg.page(ISSUE)

        # It stops hosting: from then on it speaks for the issue no more.
        async with there.database.reading() as session:
            own = (await session.scalars(select(RoleOnIssue.id).where(RoleOnIssue.role == "host"))).one()
        status, where = await stemmen.submit(f"/rollen/{own}", f"/rollen/{own}", {"what": "stoppen"})
        assert status == 303, where

        async def alone() -> bool:
            return "coHosts" not in (await tilburg.get(ISSUE))[1]

        await eventually(alone, "the issue still has two hosts")


@pytest.mark.interop
@pytest.mark.skipif(not is_installed(), reason=MISSING)
async def test_somebody_of_another_make_takes_a_role_and_leaves_it(meeting: tuple[RunningInstance, Fedify]) -> None:
    tilburg, peer = meeting
    await tilburg.sign_in()
    asked = {"who": "@alice@peer.example", "role": "practitioner", "words": "Praat met vijf ouders."}
    status, where = await tilburg.submit(OFFER, OFFER, asked)
    assert status == 303, where

    # It gets the offer, signed by the host; and, as nothing says that its software shows one, a message too.
    offer = await peer.received("Offer", about="Praat met vijf ouders.")
    assert offer["auth"]["httpVerified"], offer["auth"]
    assert offer["json"]["object"]["subject"] == "https://peer.example/users/alice"
    message = await peer.received("Create", about="/rol/")
    assert message["json"]["object"]["to"] == ["https://peer.example/users/alice"]

    host = offer["json"]["actor"]
    await peer.post("activity", type="Accept", object=offer["json"]["id"], to=[host, ISSUE_URI])

    async def shown() -> bool:
        return "@alice@peer.example" in (await tilburg.page(ISSUE)).partition("Wie doet wat")[2].partition("</dl>")[0]

    await eventually(shown, "the yes did not arrive")
    added = await peer.received("Add", about="practitioner")
    assert (added["json"]["actor"], added["auth"]["httpVerified"]) == (ISSUE_URI, True)
    listed = await peer.get("fetch", url=f"{ISSUE_URI}/rollen?page=1")
    assert [item["subject"] for item in listed["document"]["orderedItems"]] == ["https://peer.example/users/alice"]

    await peer.post("activity", type="Leave", object=added["json"]["object"], to=[host, ISSUE_URI])

    async def left() -> bool:
        return not await shown()

    await eventually(left, "it still has the role")
    await peer.received("Remove", about="left")
