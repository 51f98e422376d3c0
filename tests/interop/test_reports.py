"""What is reported to the moderators of another server arrives there, and names nobody: over sockets.

The other server is one of ours the first time, which has to make a report of it, and a stranger's the second.
"""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase

from actors.actor import Actor
from actors.moderation.kinds import Category, ReportState
from actors.moderation.tables import Report, ReportedPost
from actors.posts.tables import Post
from tests.interop.test_instances import eventually, parts_of, say
from tests.support.fedify import MISSING, is_installed, running_fedify
from tests.support.instances import RunningInstance

pytestmark = pytest.mark.timeout(240)

OURS, THEIRS = "tilburg.example", "szw.example"
PEER = "peer.example"
ALICE = f"https://{PEER}/users/alice"
ISSUE = f"https://{OURS}/vraagstukken/veilig-online"
COMMENT = "Dit is haat, en dat hoort hier niet."


@pytest.fixture
async def tilburg(
    database_url: str, tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> AsyncIterator[tuple[RunningInstance, dict[str, int]]]:
    """Our instance with one issue, and the ports at which it looks for the others."""
    ports = {name: unused_tcp_port_factory() for name in (OURS, THEIRS, PEER)}
    hosts = {name: f"http://127.0.0.1:{ports[name]}" for name in (THEIRS, PEER)}
    instance = RunningInstance("Gemeente Tilburg", OURS, ports[OURS], tmp_path / "tilburg", database_url, hosts)
    await instance.make()
    await instance.run(
        "issue", "publish", "--title", "Veilig online", "--question", "Wat nu?", "--theme", "online-resilience",
        "--feedback-by", "2027-03-01",
    )  # fmt: skip
    await instance.start()
    yield instance, ports
    await instance.stop()


async def rows(instance: RunningInstance, table: type[DeclarativeBase], *where: Any) -> list[Any]:
    database = instance.database()
    try:
        async with database.reading() as session:
            return list(await session.scalars(select(table).where(*where)))
    finally:
        await database.close()


async def arrived(instance: RunningInstance, words: str) -> Post:
    """Return the post with these words, once our instance has it."""

    async def is_here() -> bool:
        return bool(await rows(instance, Post, Post.content.contains(words)))

    await eventually(is_here, "what is to be reported did not arrive")
    (post,) = await rows(instance, Post, Post.content.contains(words))
    assert isinstance(post, Post)
    return post


async def report(instance: RunningInstance, post: Post) -> None:
    """Report a post on our pages, and have it told to its own server."""
    await instance.sign_in()
    form = f"/melden?post={post.id}"
    fields = {"post": post.id, "posts": post.id, "category": "hate", "comment": COMMENT, "forward": "1"}
    status, leads_to = await instance.submit(form, "/melden", fields)
    assert (status, leads_to) == (303, "/melden/overzicht?bericht=gemeld")


async def test_a_report_lands_with_the_moderators_of_the_other_instance(
    tilburg: tuple[RunningInstance, dict[str, int]], tmp_path: Path
) -> None:
    ours, ports = tilburg
    theirs = RunningInstance(
        "Ministerie", THEIRS, ports[THEIRS], tmp_path / "szw", f"sqlite:///{tmp_path / 'szw.sqlite3'}",
        {OURS: f"http://127.0.0.1:{ports[OURS]}"},
    )  # fmt: skip
    await theirs.make()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(theirs.stop)
        await theirs.start()
        async with parts_of(theirs) as parts:
            uri = await say(parts, "Een lelijk woord.")
        await report(ours, await arrived(ours, "Een lelijk woord."))

        async def is_filed() -> bool:
            return bool(await rows(theirs, Report))

        await eventually(is_filed, "the report did not arrive")
        (filed,) = await rows(theirs, Report)
        assert (filed.category, filed.state, filed.comment) == (Category.ELSEWHERE, ReportState.OPEN, COMMENT)
        (reporter,) = await rows(theirs, Actor, Actor.id == filed.reporter_id)
        assert reporter.uri == f"https://{OURS}/actor"
        (about,) = await rows(theirs, Actor, Actor.id == filed.about_id)
        assert about.uri == f"https://{THEIRS}/personen/karin"
        (reported,) = await rows(theirs, ReportedPost)
        assert [post.uri for post in await rows(theirs, Post, Post.id == reported.post_id)] == [uri]
        assert not await rows(theirs, Actor, Actor.uri == f"https://{OURS}/personen/karin")


@pytest.mark.interop
@pytest.mark.skipif(not is_installed(), reason=MISSING)
async def test_a_report_is_heard_by_a_stranger_signed_and_without_the_name_of_who_reported(
    tilburg: tuple[RunningInstance, dict[str, int]], unused_tcp_port: int
) -> None:
    ours, ports = tilburg
    hosts = {OURS: f"http://127.0.0.1:{ports[OURS]}"}
    async with running_fedify(ports[PEER], unused_tcp_port, origin=f"https://{PEER}", hosts=hosts) as peer:
        await peer.post("follow", handle=f"@veilig-online@{OURS}")
        await peer.received("Accept", about=ISSUE)
        note = await peer.post("note", content="<p>Een lelijk woord.</p>", to=["public"], cc=[ISSUE])
        await report(ours, await arrived(ours, "Een lelijk woord."))
        flag = await peer.received("Flag", about=note["object"])
        assert flag["auth"]["httpVerified"], flag["auth"]
        assert flag["actor"] == f"https://{OURS}/actor"
        assert set(flag["json"]["object"]) == {ALICE, note["object"]}
        assert flag["json"]["content"] == COMMENT
        assert "karin" not in json.dumps(flag["json"]).lower()
