"""What another instance has said already is taken in, each thing from its own origin."""

from typing import Any

import pytest
from aiohttp import web

from actors.instances.tables import Instance
from actors.kinds import IssueRole, PostKind
from actors.posts.tables import Post
from actors.roles.kinds import RoleState
from actors.roles.tables import RoleOnIssue
from federation.documents import JsonObject
from federation.errors import DocumentError, FederationError, Gone
from federation.vocabulary import NAMESPACE, PUBLIC
from inbox.backfill import Backfill
from tests.inbox.peers import Remote, World
from tests.inbox.stage import SITE, Stage

HOST = "utrecht.example"


class Neighbour:
    """Another instance of ours, as its documents show it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.organisation = Remote(
            world, HOST, "gemeente", "Organization",
            issues=f"https://{HOST}/gemeente/issues", knowledgeProducts=f"https://{HOST}/gemeente/knowledge",
        )  # fmt: skip
        self.issue = Remote(
            world, HOST, "vraag", "Group", kind="issue", host=self.organisation.uri, question="Wat nu?",
            context=f"https://{HOST}/vraag/context",
        )  # fmt: skip
        self.application = Remote(world, HOST, "actor", "Application")
        self.metadata: JsonObject = {"nodeName": "Utrecht", "samenspraak": {"organisation": self.organisation.uri}}
        self.json(f"https://{HOST}/.well-known/nodeinfo", self.links())
        self.json(f"https://{HOST}/nodeinfo/2.1", self.nodeinfo())

    def links(self) -> JsonObject:
        rel = "http://nodeinfo.diaspora.software/ns/schema/2.1"
        return {"links": [{"rel": rel, "href": f"https://{HOST}/nodeinfo/2.1"}]}

    def nodeinfo(self) -> JsonObject:
        return {
            "version": "2.1",
            "software": {"name": "samenspraak", "version": "1.2"},
            "protocols": ["activitypub"],
            "usage": {},
            "metadata": self.metadata,
        }

    def json(self, url: str, content: Any) -> None:
        async def answer(_request: web.Request) -> web.Response:
            return web.json_response(content)

        self.world.answers[url] = answer

    def list(self, uri: str, items: list[Any], *, size: int = 2) -> None:
        """Serve a collection in pages."""
        self.world.publish({"id": uri, "type": "OrderedCollection", "first": f"{uri}?page=1"})
        pages = [items[start : start + size] for start in range(0, max(len(items), 1), size)]
        for number, page in enumerate(pages, start=1):
            document: JsonObject = {
                "id": f"{uri}?page={number}",
                "type": "OrderedCollectionPage",
                "partOf": uri,
                "orderedItems": page,
            }
            if number < len(pages):
                document["next"] = f"{uri}?page={number + 1}"
            self.world.publish(document)


@pytest.fixture
def neighbour(world: World) -> Neighbour:
    return Neighbour(world)


@pytest.fixture
def backfill(stage: Stage) -> Backfill:
    return Backfill(stage.database, SITE, stage.resolver, stage.client)


class TestLink:
    @pytest.mark.parametrize("address", [f"https://{HOST}", f"https://{HOST}/vraagstukken", HOST])
    async def test_its_nodeinfo_names_the_organisation(
        self, stage: Stage, neighbour: Neighbour, backfill: Backfill, address: str
    ) -> None:
        instance = await backfill.link(address)
        organisation = await stage.actor(neighbour.organisation.uri)
        assert organisation is not None
        assert (instance.domain, instance.name, instance.software, instance.actor_id) == (
            HOST,
            "Utrecht",
            "samenspraak",
            organisation.id,
        )
        assert instance.linked_at is not None

    async def test_an_account_leads_there_too(self, stage: Stage, neighbour: Neighbour, backfill: Backfill) -> None:
        uri = neighbour.application.uri
        links = [{"rel": "self", "type": "application/activity+json", "href": uri}]
        subject = f"acct:actor@{HOST}"
        neighbour.json(f"https://{HOST}/.well-known/webfinger?resource={subject}", {"subject": subject, "links": links})
        assert (await backfill.link(f"actor@{HOST}")).domain == HOST

    async def test_linking_again_renews_it(self, stage: Stage, neighbour: Neighbour, backfill: Backfill) -> None:
        await backfill.link(HOST)
        neighbour.metadata["nodeName"] = "Utrecht & omstreken"
        neighbour.json(f"https://{HOST}/nodeinfo/2.1", neighbour.nodeinfo())
        assert (await backfill.link(HOST)).name == "Utrecht & omstreken"
        assert len(await stage.rows(Instance)) == 1

    async def test_an_organisation_of_another_server_is_not_believed(
        self, stage: Stage, neighbour: Neighbour, backfill: Backfill
    ) -> None:
        neighbour.metadata["samenspraak"] = {"organisation": "https://rotterdam.example/gemeente"}
        neighbour.json(f"https://{HOST}/nodeinfo/2.1", neighbour.nodeinfo())
        with pytest.raises(DocumentError):
            await backfill.link(HOST)

    async def test_we_do_not_link_with_ourselves(self, backfill: Backfill) -> None:
        with pytest.raises(FederationError):
            await backfill.link("https://tilburg.example")

    async def test_who_does_not_answer_is_not_linked(self, stage: Stage, backfill: Backfill) -> None:
        with pytest.raises(Gone):
            await backfill.link("rotterdam.example")
        assert await stage.rows(Instance) == []


class TestCollect:
    async def test_issues_and_knowledge_are_taken_in_once(
        self, stage: Stage, neighbour: Neighbour, backfill: Backfill
    ) -> None:
        organisation = neighbour.organisation
        products = [
            organisation.note(name=f"Stuk {number}", postType="knowledge", kind="guide") | {"type": "Article"}
            for number in range(3)
        ]
        outcome = organisation.note(name="Gedaan", postType="outcome", answers=[], issue=neighbour.issue.uri)
        products.append(outcome | {"type": "Article"})
        for product in products:
            neighbour.world.publish(product)
        foreign = Remote(neighbour.world, "rotterdam.example", "vraag", "Group", kind="issue")
        neighbour.list(f"https://{HOST}/gemeente/issues", [neighbour.issue.uri, foreign.uri])
        embedded = [{"id": product["id"], "type": "Article", "content": "<p>Vals</p>"} for product in products]
        neighbour.list(f"https://{HOST}/gemeente/knowledge", embedded)
        instance = await backfill.link(HOST)
        assert await backfill.collect(instance) == 5
        issue = await stage.actor(neighbour.issue.uri)
        assert issue is not None
        assert await stage.actor(foreign.uri) is None
        kinds = {post.uri: (post.kind, post.space_id, post.content) for post in await stage.rows(Post)}
        assert kinds[products[0]["id"]] == (PostKind.KNOWLEDGE, None, "<p>Hallo</p>")
        assert kinds[outcome["id"]] == (PostKind.OUTCOME, issue.id, "<p>Hallo</p>")
        assert (await stage.rows(Instance))[0].backfilled_at is not None
        asked = neighbour.world.asked[products[0]["id"]]
        assert await backfill.collect(instance) == 0
        assert neighbour.world.asked[products[0]["id"]] == asked
        assert len(await stage.rows(Post)) == 4

    async def test_what_cannot_be_had_is_left_out(self, stage: Stage, neighbour: Neighbour, backfill: Backfill) -> None:
        good = neighbour.organisation.note(name="Stuk", postType="knowledge", kind="tool") | {"type": "Article"}
        neighbour.world.publish(good)
        forged = neighbour.organisation.note() | {"attributedTo": "https://rotterdam.example/wim"}
        neighbour.world.publish(forged)
        items = [f"https://{HOST}/gone/1", good["id"], forged["id"], 7, None, {"id": 3}, "geen adres"]
        neighbour.list(f"https://{HOST}/gemeente/issues", [])
        neighbour.list(f"https://{HOST}/gemeente/knowledge", items)
        assert await backfill.collect(await backfill.link(HOST)) == 1
        assert [post.uri for post in await stage.rows(Post)] == [good["id"]]

    async def test_a_list_without_end_comes_to_an_end(
        self, stage: Stage, neighbour: Neighbour, backfill: Backfill
    ) -> None:
        uri = f"https://{HOST}/gemeente/issues"
        pages = 0

        async def endless(request: web.Request) -> web.Response:
            nonlocal pages
            pages += 1
            here = f"https://{request.host}{request.path_qs}"
            following = f"https://{HOST}/gemeente/issues/{pages}"
            neighbour.world.answers[following] = endless
            document = {"id": here, "type": "OrderedCollectionPage", "orderedItems": [], "next": following}
            return web.json_response(document, content_type="application/activity+json")

        neighbour.world.answers[uri] = endless
        neighbour.list(f"https://{HOST}/gemeente/knowledge", [])
        assert await backfill.collect(await backfill.link(HOST)) == 0
        assert pages <= 25

    async def test_a_list_that_goes_round_comes_to_an_end(
        self, stage: Stage, neighbour: Neighbour, backfill: Backfill
    ) -> None:
        uri = f"https://{HOST}/gemeente/issues"
        neighbour.world.publish({"id": uri, "type": "OrderedCollection", "next": uri, "orderedItems": []})
        neighbour.list(f"https://{HOST}/gemeente/knowledge", [])
        assert await backfill.collect(await backfill.link(HOST)) == 0
        assert neighbour.world.asked[uri] == 1


class TestConversation:
    async def test_each_contribution_comes_from_its_own_server(
        self, stage: Stage, neighbour: Neighbour, backfill: Backfill, anna: Remote
    ) -> None:
        wim = neighbour.world.person("rotterdam.example", "wim")
        first = anna.note("<p>Eerst</p>", to=[PUBLIC, neighbour.issue.uri])
        second = wim.note("<p>Daarna</p>", to=[PUBLIC], inReplyTo=first["id"])
        private = wim.note("<p>Geheim</p>", to=[neighbour.issue.uri], cc=[])
        own = f"{SITE.base_url}/inbreng/1"
        newest_first = [private["id"], second["id"], own, {"id": first["id"], "content": "<p>Vals</p>"}]
        neighbour.list(f"https://{HOST}/vraag/context", newest_first)
        assert await backfill.conversation(neighbour.issue.uri) == 2
        issue = await stage.actor(neighbour.issue.uri)
        assert issue is not None
        posts = {post.uri: post for post in await stage.rows(Post)}
        assert posts.keys() == {first["id"], second["id"]}
        assert posts[first["id"]].content == "<p>Eerst</p>"
        assert {post.space_id for post in posts.values()} == {issue.id}
        assert posts[second["id"]].thread_id == posts[first["id"]].id
        assert await stage.notified() == []
        assert await backfill.conversation(neighbour.issue.uri) == 0

    async def test_a_conversation_of_another_server_is_not_its_own(
        self, stage: Stage, neighbour: Neighbour, backfill: Backfill
    ) -> None:
        neighbour.issue.more["context"] = "https://rotterdam.example/context"
        neighbour.issue.publish_self()
        assert await backfill.conversation(neighbour.issue.uri) == 0


async def test_who_holds_which_role_is_taken_in_as_each_issue_lists_it(
    stage: Stage, world: World, neighbour: Neighbour, backfill: Backfill
) -> None:
    anna, evil = world.person("rotterdam.example", "anna"), f"https://{HOST}/andere-vraag"
    listed = f"https://{HOST}/vraag/rollen"
    neighbour.issue.more["roles"] = listed
    neighbour.issue.publish_self()
    role = {"type": "Relationship", "relationship": f"{NAMESPACE}lead", "status": "held"}
    neighbour.list(
        listed,
        [
            {**role, "id": f"{listed}/1", "subject": anna.uri, "object": neighbour.issue.uri},
            {**role, "id": f"{listed}/2", "subject": anna.uri, "object": evil},
            {**role, "id": f"{listed}/3", "subject": stage.fatima.uri, "object": neighbour.issue.uri},
            {"type": "Relationship"},
        ],
    )
    neighbour.list(f"https://{HOST}/gemeente/issues", [neighbour.issue.uri])
    neighbour.list(f"https://{HOST}/gemeente/knowledge", [])
    for _ in range(2):
        await backfill.collect(await backfill.link(f"https://{HOST}"))
    (row,) = await stage.rows(RoleOnIssue)
    assert (row.uri, row.state, row.role) == (f"{listed}/1", RoleState.HELD, IssueRole.LEAD)
