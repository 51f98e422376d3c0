"""Three instances of ours, each its own process and database, federate over sockets.

SQLite and PostgreSQL take part together: the host of the issue runs on the one, the ministry on the other.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import func, select

from actors.actor import Actor
from actors.database import now
from actors.kinds import PostKind, Verdict
from actors.knowledge.tables import Answer
from actors.local import local_actor
from actors.notifications import Notification
from actors.posts.tables import Post
from deploy.settings import Settings
from deploy.wiring import Parts, wire
from outbox.publish.contributions import Draft, publish_contribution, withdraw_post
from outbox.publish.outcomes import Answered, publish_outcome
from outbox.tables import Delivery, DeliveryState
from tests.support.instances import RunningInstance, made_together

pytestmark = pytest.mark.timeout(480)

ISSUE = "veilig-online"


@pytest.fixture
async def three(
    postgresql_url: str, tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> AsyncIterator[tuple[RunningInstance, RunningInstance, RunningInstance]]:
    """Tilburg with an issue, the ministry, and a network organisation, all running."""
    names = {"tilburg.example": "Gemeente Tilburg", "szw.example": "Ministerie", "stemmen.example": "Nieuwe Stemmen"}
    async with AsyncExitStack() as stack:
        made = await made_together(
            stack, names, folder=tmp_path, free_port=unused_tcp_port_factory,
            postgresql={"szw.example": postgresql_url},
        )  # fmt: skip
        await made[0].publish_issue()
        for instance in made:
            await instance.start()
        yield made[0], made[1], made[2]


async def eventually(question: Callable[[], Awaitable[bool]], what: str, *, seconds: float = 20.0) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not await question():
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail(f"{what}, after {seconds} s")


def parts_of(instance: RunningInstance) -> AbstractAsyncContextManager[Parts]:
    return wire(Settings.from_environment(instance.environment))


async def say(parts: Parts, text: str, *, answers: str | None = None) -> str:
    """Have karin say something in Tilburg's issue, from her own instance; returns its id."""
    issue = await parts.resolver.account(f"{ISSUE}@tilburg.example")
    async with parts.database.writing() as session:
        karin = await local_actor(session, "karin")
        assert karin is not None
        parent = await session.scalar(select(Post).where(Post.uri == answers)) if answers else None
        draft = Draft(text, space=issue, reply_to=parent)
        return (await publish_contribution(session, parts.site, karin, draft, now=now())).uri


async def known(parts: Parts, uri: str) -> Post | None:
    async with parts.database.reading() as session:
        return (await session.scalars(select(Post).where(Post.uri == uri))).one_or_none()


async def test_what_somebody_on_a_third_server_says_reaches_the_followers_and_is_answered(
    three: tuple[RunningInstance, RunningInstance, RunningInstance],
) -> None:
    tilburg, szw, stemmen = three
    await szw.run("follow", "karin", f"@{ISSUE}@tilburg.example")
    async with AsyncExitStack() as stack:
        here, ministry, third = [await stack.enter_async_context(parts_of(one)) for one in (tilburg, szw, stemmen)]

        async def followed() -> bool:
            return "accepted" in await szw.run("follow", "karin", f"@{ISSUE}@tilburg.example")

        await eventually(followed, "the follow was not accepted")

        # Said on the third server, passed on by the issue, fetched by the ministry where it was said.
        uri = await say(third, "Begin bij wat jongeren zelf vertellen.")

        async def arrived() -> bool:
            return await known(ministry, uri) is not None

        await eventually(arrived, "the contribution did not reach the ministry")
        post = await known(ministry, uri)
        assert post is not None
        async with ministry.database.reading() as session:
            issue = await session.scalar(select(Actor).where(Actor.account_key == f"{ISSUE}@tilburg.example"))
        assert issue is not None
        assert post.space_id == issue.id
        assert "wat jongeren zelf" in await szw.page(f"/vraagstukken/elders/{issue.id}")

        # The host answers it in an outcome; its author hears so on the third server.
        async with here.database.writing() as session:
            ours = await local_actor(session, ISSUE)
            karin = await local_actor(session, "karin")
            contribution = await session.scalar(select(Post).where(Post.uri == uri))
            assert ours is not None
            assert karin is not None
            assert contribution is not None
            await publish_outcome(
                session, here.site, ours, by=karin, title="Wat we doen", source="We beginnen daar.",
                answers=[Answered(contribution, Verdict.ADOPTED, "Dit nemen we over.")], now=now(),
            )  # fmt: skip

        async def heard() -> bool:
            async with third.database.reading() as session:
                return "outcome" in (await session.scalars(select(Notification.kind))).all()

        await eventually(heard, "the contributor did not hear of the outcome")
        async with third.database.reading() as session:
            answer = (await session.scalars(select(Answer))).one()
        assert (answer.contribution_uri, answer.verdict) == (uri, Verdict.ADOPTED)

        # Withdrawn on the third server, it is withdrawn everywhere.
        async with third.database.writing() as session:
            mine = await session.scalar(select(Post).where(Post.uri == uri))
            karin = await local_actor(session, "karin")
            assert mine is not None
            assert karin is not None
            await withdraw_post(session, third.site, karin, mine, now=now())

        async def withdrawn() -> bool:
            places = [await known(parts, uri) for parts in (here, ministry)]
            return all(post is not None and post.deleted_at is not None for post in places)

        await eventually(withdrawn, "the withdrawal did not reach everyone")


async def test_the_ministry_sees_what_was_published_before_and_after_the_link(
    three: tuple[RunningInstance, RunningInstance, RunningInstance], tmp_path: Path
) -> None:
    tilburg, szw, _ = three
    text = tmp_path / "gids.md"
    text.write_text("# Begin\n\nMaak afspraken.\n")
    knowledge = ("knowledge", "publish", str(text), "--kind", "guide", "--theme", "upbringing", "--title")
    await tilburg.run(*knowledge, "Gids van ervoor")
    said = await szw.run("link", "https://tilburg.example")
    assert said.startswith("linked with Gemeente Tilburg")
    page = await szw.page("/netwerk")
    assert "Veilig online" in page
    assert "Gids van ervoor" in page
    assert "Gemeente Tilburg" in page

    await tilburg.run(*knowledge, "Gids van erna")
    await tilburg.run(
        "issue", "publish", "--title", "Buren in gesprek", "--question", "Hoe?", "--theme", "polarisation"
    )

    async def shown() -> bool:
        page = await szw.page("/netwerk")
        return "Gids van erna" in page and "Buren in gesprek" in page

    await eventually(shown, "what came after the link is not shown")
    filtered = await szw.page("/netwerk?theme=polarisation")
    assert "Buren in gesprek" in filtered
    assert "Veilig online" not in filtered


@pytest.mark.kill
async def test_servers_that_are_killed_again_and_again_lose_nothing_and_repeat_nothing(
    three: tuple[RunningInstance, RunningInstance, RunningInstance],
) -> None:
    tilburg, szw, stemmen = three
    for follower in (szw, stemmen):
        await follower.run("follow", "karin", f"@{ISSUE}@tilburg.example")
    async with AsyncExitStack() as stack:
        here, ministry, third = [await stack.enter_async_context(parts_of(one)) for one in (tilburg, szw, stemmen)]

        async def followed() -> bool:
            states = [await one.run("follow", "karin", f"@{ISSUE}@tilburg.example") for one in (szw, stemmen)]
            return all("accepted" in state for state in states)

        await eventually(followed, "the follows were not accepted")
        said: list[str] = []
        for turn in range(6):
            said += [await say(here, f"Ronde {turn}, zin {number}.") for number in range(5)]
            said += [await say(third, f"Ronde {turn}, van elders {number}.") for number in range(3)]
            await asyncio.sleep(0.05 * (turn % 4))
            victim = three[turn % 3]
            assert victim.process is not None
            os.killpg(victim.process.pid, signal.SIGKILL)
            await victim.process.wait()
            await victim.start()

        async def everywhere() -> bool:
            for parts in (here, ministry, third):
                async with parts.database.reading() as session:
                    if set(await session.scalars(select(Post.uri).where(Post.uri.in_(said)))) != set(said):
                        return False
                    waits = select(func.count()).where(Delivery.state == DeliveryState.WAITING)
                    if await session.scalar(waits):
                        return False
            return True

        # What a killed process held comes back after its lease; a host that was down rests for a while.
        await eventually(everywhere, "not everything arrived", seconds=360)
        for parts in (here, ministry, third):
            async with parts.database.reading() as session:
                query = select(func.count()).where(Post.kind == PostKind.CONTRIBUTION, Post.uri.in_(said))
                assert await session.scalar(query) == len(said)
                undelivered = select(func.count()).where(Delivery.state != DeliveryState.DELIVERED)
                assert await session.scalar(undelivered) == 0
