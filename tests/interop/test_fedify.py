"""A stranger's server, written on Fedify, takes part in an issue of ours; and we in what it says.

Everything is real: our command line and server processes on each database, their HTTP signatures
and ours, over sockets. The names are https names; maps at both ends lead them to loopback.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select

from actors.posts.tables import Post
from actors.relations import Follow
from tests.support.fedify import MISSING, Fedify, is_installed, running_fedify
from tests.support.instances import RunningInstance
from tests.support.pictures import picture

pytestmark = [pytest.mark.interop, pytest.mark.skipif(not is_installed(), reason=MISSING), pytest.mark.timeout(180)]

OURS = "tilburg.example"
THEIRS = "peer.example"
ALICE = f"https://{THEIRS}/users/alice"
ISSUE = f"https://{OURS}/vraagstukken/veilig-online"


@pytest.fixture
async def meeting(
    database_url: str, tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> AsyncIterator[tuple[RunningInstance, Fedify]]:
    """Our instance with one issue, and the peer: both running, each able to reach the other."""
    ours, theirs, control = (unused_tcp_port_factory() for _ in range(3))
    instance = RunningInstance(
        "Gemeente Tilburg", OURS, ours, tmp_path / "tilburg", database_url, {THEIRS: f"http://127.0.0.1:{theirs}"}
    )
    async with AsyncExitStack() as stack:
        peer = await stack.enter_async_context(
            running_fedify(theirs, control, origin=f"https://{THEIRS}", hosts={OURS: f"http://127.0.0.1:{ours}"})
        )
        await instance.make()
        await instance.run(
            "issue", "publish", "--title", "Veilig online", "--question", "Wat hebben ouders nodig?",
            "--theme", "online-resilience", "--feedback-by", "2027-03-01",
        )  # fmt: skip
        stack.push_async_callback(instance.stop)
        await instance.start()
        yield instance, peer


async def eventually(question: Callable[[], Awaitable[bool]], what: str, *, seconds: float = 15.0) -> None:
    """Wait until something holds."""
    try:
        async with asyncio.timeout(seconds):
            while not await question():
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail(f"{what}, after {seconds} s")


async def test_a_fedify_actor_follows_an_issue_takes_part_and_withdraws(
    meeting: tuple[RunningInstance, Fedify],
) -> None:
    tilburg, peer = meeting

    # It finds the issue as its users would, by the account, and follows it.
    looked_up = await peer.get("lookup", q=f"@veilig-online@{OURS}", **{"as": "alice"})
    assert (looked_up["type"], looked_up["id"]) == ("Group", ISSUE)
    await peer.post("follow", handle=f"@veilig-online@{OURS}")
    accept = await peer.received("Accept", about=ISSUE)
    assert accept["auth"]["httpVerified"], accept["auth"]

    async def followed() -> bool:
        relations = await peer.get("relations")
        return bool(relations["following"][ISSUE]["state"] == "accepted")

    await eventually(followed, "the follow was not accepted")

    # What somebody says on our pages is announced to it, wrapped and bare, signed by the issue.
    await tilburg.sign_in()
    typed = {"text": "Ouders vragen om **uitleg**.", "picture-1": BytesIO(picture()), "alt-1": "Ouders op het plein"}
    status, _ = await tilburg.submit("/vraagstukken/veilig-online", "/vraagstukken/veilig-online/inbreng", typed)
    assert status == 303
    announced = await peer.received("Announce", about="Ouders vragen om")
    assert announced["actor"] == ISSUE
    assert announced["json"]["object"]["type"] == "Create"
    assert announced["auth"]["httpVerified"]
    said = announced["json"]["object"]["object"]
    bare = await peer.received("Announce", about=f'"object": "{said["id"]}"')
    assert bare["actor"] == ISSUE
    assert bare["resolved"]["type"] == "Note", bare["resolved"]
    image = (await peer.get("lookup", q=said["id"], **{"as": "alice"}))["json"]["attachment"]
    assert (image["type"], image["name"], image["width"], image["height"]) == (
        "Image", "Ouders op het plein", 1_200, 800,
    )  # fmt: skip
    assert image["url"].startswith(f"https://{OURS}/documenten/")

    # It answers, and its answer stands on our page, in the conversation.
    answer = await peer.post(
        "note",
        content="<p>En om <script>alert(1)</script>oefenen met kinderen.</p>",
        inReplyTo=said["id"],
        to=["public"],
        cc=[ISSUE, said["attributedTo"]],
    )

    async def shown() -> bool:
        return "oefenen met kinderen" in await tilburg.page("/vraagstukken/veilig-online")

    await eventually(shown, "the answer is not on the page")
    page = await tilburg.page("/vraagstukken/veilig-online")
    assert "alert(1)" not in page
    assert f"@alice@{THEIRS}" in page

    # It hears its own answer passed on, edits it, and withdraws it.
    await peer.received("Announce", about=answer["object"])
    await peer.post("edit", object=answer["object"], content="<p>En om samen oefenen.</p>")

    async def edited() -> bool:
        return "samen oefenen" in await tilburg.page("/vraagstukken/veilig-online")

    await eventually(edited, "the edit is not on the page")
    await peer.post("delete", object=answer["object"])

    async def withdrawn() -> bool:
        return "samen oefenen" not in await tilburg.page("/vraagstukken/veilig-online")

    await eventually(withdrawn, "the withdrawn answer is still on the page")

    # It undoes its follow: nothing is left of it here.
    await peer.post("unfollow", url=ISSUE)

    async def gone() -> bool:
        database = tilburg.database()
        try:
            async with database.reading() as session:
                return not (await session.scalars(select(Follow).where(Follow.uri.contains(THEIRS)))).all()
        finally:
            await database.close()

    await eventually(gone, "the follow is still there")


async def test_we_follow_a_fedify_actor_answer_it_and_withdraw(meeting: tuple[RunningInstance, Fedify]) -> None:
    tilburg, peer = meeting
    assert "pending" in await tilburg.run("follow", "karin", f"@alice@{THEIRS}")
    follow = await peer.received("Follow", about=ALICE)
    assert follow["auth"]["httpVerified"]

    async def accepted() -> bool:
        return "accepted" in await tilburg.run("follow", "karin", f"acct:alice@{THEIRS}")

    await eventually(accepted, "the follow was not accepted")

    # What it says arrives here, with its mark-up cleaned.
    note = await peer.post("note", content='<p>Hallo <a href="javascript:alert(1)">buren</a></p>')
    post = await _post(tilburg, note["object"])
    assert post.content.startswith("<p>Hallo <a")
    assert "javascript" not in post.content

    # We answer on our page; it arrives there as a reply that mentions alice.
    await tilburg.sign_in()
    status, where = await tilburg.submit(f"/inbreng/{post.id}", f"/inbreng/{post.id}/antwoord", {"text": "Dag Alice!"})
    assert status == 303, where
    reply = await peer.received("Create", about="Dag Alice")
    assert reply["json"]["object"]["inReplyTo"] == note["object"]
    assert reply["auth"]["httpVerified"]

    # We withdraw it; a Tombstone arrives there, and stands here.
    ours = reply["json"]["object"]["id"]
    status, _ = await tilburg.submit(ours, f"{ours}/intrekken", {})
    assert status == 303
    deleted = await peer.received("Delete", about=ours)
    assert deleted["json"]["object"]["type"] == "Tombstone"
    assert (await tilburg.get(ours))[0] == 410

    # When its account goes, what it said goes.
    await peer.post("delete", object=ALICE)

    async def buried() -> bool:
        return (await _post(tilburg, note["object"])).deleted_at is not None

    await eventually(buried, "the posts of a deleted actor are still there")


async def test_requests_that_it_forges_are_refused(meeting: tuple[RunningInstance, Fedify]) -> None:
    tilburg, peer = meeting
    inbox = f"https://{OURS}/inbox"
    note = {
        "type": "Create",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "cc": [ISSUE],
        "object": {
            "id": f"https://{THEIRS}/users/alice/notes/forged",
            "type": "Note",
            "attributedTo": ALICE,
            "content": "vervalst",
            "to": ["https://www.w3.org/ns/activitystreams#Public"],
            "cc": [ISSUE],
        },
    }
    for fault in (
        {"fault": "wrong-key"},
        {"fault": "body"},
        {"fault": "no-digest"},
        {"sign": "none"},
        {"date": -13 * 3600},
        {"date": 2 * 3600},
        {"signAs": "bob", "keyId": f"https://{THEIRS}/users/bob#main-key"},
    ):
        answer = await peer.post("send", inbox=inbox, activity=note, **fault)
        assert 400 <= answer["status"] < 500, (fault, answer["status"], answer["answer"])
        assert answer["answer"].startswith('{"error"'), answer["answer"]
    await asyncio.sleep(0.5)
    assert "vervalst" not in await tilburg.page("/vraagstukken/veilig-online")


async def test_it_reads_what_we_publish(meeting: tuple[RunningInstance, Fedify], tmp_path: Path) -> None:
    tilburg, peer = meeting
    text = tmp_path / "gids.md"
    text.write_text("# Begin\n\nMaak *samen* afspraken.\n")
    uri = await tilburg.run(
        "knowledge", "publish", str(text), "--title", "Gids voor ouders", "--kind", "guide",
        "--summary", "Hoe je begint.", "--issue", "veilig-online",
    )  # fmt: skip
    article = await peer.get("lookup", q=uri, **{"as": "alice"})
    assert article["type"] == "Article"
    conversation = await peer.get("collection", url=f"{ISSUE}/context")
    assert {"id": uri, "type": "Article"} in conversation["items"]
    followers = await peer.get("collection", url=f"{ISSUE}/followers")
    assert followers["items"] == []
    described = await peer.get("nodeinfo", host=f"http://127.0.0.1:{tilburg.port}")
    assert described["strict"]["software"]["name"] == "samenspraak", described


async def _post(instance: RunningInstance, uri: str) -> Post:
    database = instance.database()
    try:
        async with asyncio.timeout(15):
            while True:
                async with database.reading() as session:
                    found = (await session.scalars(select(Post).where(Post.uri == uri))).one_or_none()
                if found is not None:
                    return found
                await asyncio.sleep(0.1)
    finally:
        await database.close()
