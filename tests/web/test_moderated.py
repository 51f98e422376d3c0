"""What is hidden, or said by somebody suspended, stands in no way out; what is limited stands in no list.

A word that nobody else says is looked for in all answers, to anyone, to a person who follows its author, and to
a server that signs. The same answers hold it before the moderators decide and after that is lifted.
"""

from collections.abc import Awaitable, Callable

import pytest

from actors.actor import Actor
from actors.database import Database, wake_after_commit
from actors.ids import new_id
from actors.kinds import KnowledgeKind, PostKind
from actors.knowledge.tables import KnowledgeProduct
from actors.notifications import Notification
from actors.posts.detail import details
from actors.posts.tables import Featured, Post
from actors.wakeups import CHANGED
from outbox.publish.contributions import announce_post
from tests.actors.cast import MOMENT, SITE, follows, here, issue_here, said
from tests.web.server import ACTIVITY, Instance, known_peer

CANARY = "kanariepiet"
HTML = "text/html"
Set = Callable[[bool], Awaitable[None]]


class Scene:
    """An author who says the word wherever something can be said, and everyone who might read it."""

    def __init__(self, database: Database, instance: Instance, organisation: Actor) -> None:
        self.database, self.instance, self.organisation = database, instance, organisation

    async def open(self) -> "Scene":
        self.peer = await known_peer(self.database, "bram")
        async with self.database.writing() as session:
            organisation = await session.get_one(Actor, self.organisation.id)
            self.author = await here(session, "ada", name="Ada")
            self.reader = await here(session, "rian")
            issue = await issue_here(session, organisation)
            await follows(session, self.reader, self.author)
            await follows(session, await session.get_one(Actor, self.peer.id), self.author)
            words = f"<p>{CANARY}</p>"
            first = await said(session, organisation, space_id=issue.id, content="<p>Vraag</p>")
            self.post = await said(
                session, self.author, space_id=issue.id, content=words, reply_to_id=first.id, thread_id=first.id
            )
            self.product = await said(
                session, self.author, kind=PostKind.KNOWLEDGE, type="Article", content=words, name=CANARY,
                summary=CANARY,
            )  # fmt: skip
            session.add(KnowledgeProduct(post_id=self.product.id, kind=KnowledgeKind.GUIDE))
            session.add(Featured(actor_id=self.author.id, post_id=self.post.id, created_at=MOMENT))
            session.add(
                Notification(
                    id=new_id(), recipient_id=self.reader.id, kind="mention", from_id=self.author.id,
                    post_id=self.post.id, created_at=MOMENT,
                )
            )  # fmt: skip
            self.activities = []
            for detail in await details(session, [self.post, self.product]):
                document = await announce_post(session, SITE, detail, "Create", now=MOMENT)
                self.activities.append(document["id"])
        self.cookie = await self.instance.sign_in(self.reader)
        return self

    def paths(self) -> list[str]:
        ada, jeugd, tilburg = "/personen/ada", "/vraagstukken/jeugd", "/organisaties/tilburg"
        found = ["/", "/netwerk", "/kennis", "/meldingen", "/vraagstukken", ada, jeugd, tilburg]
        found += [f"/inbreng/{self.post.id}", f"/kennis/{self.product.id}", f"/melden?post={self.post.id}"]
        found += [uri.removeprefix(SITE.base_url) for uri in self.activities]
        for collection in (f"{ada}/outbox", f"{ada}/featured", f"{jeugd}/context", f"{jeugd}/outbox",
                           f"{tilburg}/knowledge"):  # fmt: skip
            found += [collection, f"{collection}?page=1"]
        return found

    async def tells(self) -> dict[str, set[str]]:
        """Return which ways out hold the word or name the posts, to each reader."""
        names = [CANARY.encode(), f"/{self.post.id}".encode(), f"/{self.product.id}".encode()]
        told: dict[str, set[str]] = {"anyone": set(), "follower": set(), "server": set()}
        for path in self.paths():
            for accept in (HTML, ACTIVITY):
                answers = {
                    "anyone": await self.instance.get(path, Accept=accept),
                    "follower": await self.instance.get(path, Accept=accept, Cookie=self.cookie),
                }
                if accept == ACTIVITY:
                    answers["server"] = await self.instance.get_signed(path, self.peer.uri)
                for reader, answer in answers.items():
                    body = answer.body.replace(path.encode(), b"")
                    if any(name in body for name in names) and answer.status == 200:
                        told[reader].add(path)
        return told

    async def set(self, table: type[Actor] | type[Post], ids: list[int], column: str, *, on: bool) -> None:
        async with self.database.writing() as session:
            for row_id in ids:
                setattr(await session.get_one(table, row_id), column, MOMENT if on else None)
            wake_after_commit(session, CHANGED)


@pytest.fixture
async def scene(database: Database, instance: Instance, organisation: Actor) -> Scene:
    return await Scene(database, instance, organisation).open()


@pytest.mark.parametrize("by", ["hidden", "suspended"])
async def test_what_is_moderated_is_out_of_every_way_out_and_back_when_lifted(scene: Scene, by: str) -> None:
    before = await scene.tells()
    assert len(before["anyone"]) >= 12
    for on in (True, False):
        if by == "hidden":
            await scene.set(Post, [scene.post.id, scene.product.id], "hidden_at", on=on)
        else:
            await scene.set(Actor, [scene.author.id], "suspended_at", on=on)
        told = await scene.tells()
        assert told == ({reader: set() for reader in before} if on else before)


async def test_what_a_limited_person_said_is_read_where_it_stands_and_listed_nowhere(scene: Scene) -> None:
    await scene.set(Actor, [scene.author.id], "limited_at", on=True)
    told = (await scene.tells())["anyone"]
    lists = {"/", "/kennis", "/netwerk", "/organisaties/tilburg/knowledge", "/organisaties/tilburg/knowledge?page=1"}
    assert not told & lists
    assert {"/vraagstukken/jeugd", f"/inbreng/{scene.post.id}", f"/kennis/{scene.product.id}", "/personen/ada"} <= told
    page = (await scene.instance.get("/vraagstukken/jeugd", Accept=HTML)).body.decode()
    assert page.index("De moderatoren laten dit minder zien.") < page.index(CANARY)


async def test_a_suspended_person_is_a_document_without_words_and_no_page(scene: Scene) -> None:
    await scene.set(Actor, [scene.author.id], "suspended_at", on=True)
    document = (await scene.instance.get("/personen/ada")).document
    assert (document["suspended"], document["name"], "publicKey" in document) == (True, "", True)
    assert (await scene.instance.get("/personen/ada", Accept=HTML)).status == 404
    assert (await scene.instance.get("/personen/ada/outbox")).status == 404


async def test_an_answer_to_what_is_gone_keeps_its_place_below_a_trace(scene: Scene) -> None:
    async with scene.database.writing() as session:
        reader = await session.get_one(Actor, scene.reader.id)
        await said(
            session, reader, space_id=scene.post.space_id, reply_to_id=scene.post.id, thread_id=scene.post.thread_id,
            content="<p>Een antwoord</p>",
        )  # fmt: skip
    await scene.set(Actor, [scene.author.id], "suspended_at", on=True)
    page = (await scene.instance.get("/vraagstukken/jeugd", Accept=HTML)).body.decode()
    assert "Een antwoord" in page
    assert CANARY not in page and "Ada" not in page
    assert f'id="inbreng-{scene.post.id}"' in page
