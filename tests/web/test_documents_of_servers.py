"""What other servers ask: actors, posts, collections, and the well-known addresses."""

import json
from datetime import timedelta

import pytest

from actors.actor import Actor
from actors.database import Database
from actors.ids import new_id
from actors.kinds import ActorKind, PostKind
from actors.local import local_actor
from actors.posts.store import Draft
from actors.posts.tables import Featured, Post
from federation.audience import Visibility
from federation.documents import ActorDocument
from outbox.publish.contributions import publish_contribution, withdraw_post
from outbox.tables import Activity
from tests.actors.cast import MOMENT, SITE, belongs, elsewhere, follows, here, issue_here, said
from tests.web.server import Instance, known_peer

HTML = "text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.mark.parametrize(
    ("kind", "folder"),
    [(ActorKind.PERSON, "personen"), (ActorKind.ORGANISATION, "organisaties"), (ActorKind.NETWORK, "netwerken")],
)
async def test_an_actor_is_found_at_its_id_by_its_kind(
    instance: Instance, database: Database, kind: ActorKind, folder: str
) -> None:
    async with database.writing() as session:
        actor = await here(session, "wijkraad", kind)
    answer = await instance.get(f"/{folder}/wijkraad")
    assert answer.status == 200
    assert ActorDocument.read(answer.document).id == actor.uri
    for other in {"personen", "organisaties", "netwerken", "vraagstukken"} - {folder}:
        assert (await instance.get(f"/{other}/wijkraad")).status == 404


async def test_an_issue_is_found_with_what_it_carries(
    instance: Instance, database: Database, organisation: Actor
) -> None:
    async with database.writing() as session:
        issue = await issue_here(session, organisation, question="Wat is er nodig?")
    read = ActorDocument.read((await instance.get("/vraagstukken/jeugd")).document)
    assert (read.id, read.kind, read.question, read.host) == (issue.uri, "issue", "Wat is er nodig?", organisation.uri)


async def test_the_servers_own_actor_is_found_at_its_address_and_at_the_top(instance: Instance) -> None:
    for path in ("/actor", "/"):
        read = ActorDocument.read((await instance.get(path)).document)
        assert (read.id, read.type) == (SITE.application_uri, "Application")
        assert read.keys


async def test_people_get_pages_and_servers_get_documents_at_one_address(instance: Instance) -> None:
    document = await instance.get("/organisaties/tilburg")
    page = await instance.get("/organisaties/tilburg", Accept=HTML)
    assert document.headers["Content-Type"].startswith("application/activity+json")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "Accept" in document.headers["Vary"]
    assert "Accept" in page.headers["Vary"]
    again = await instance.get("/organisaties/tilburg")
    assert again.body == document.body


async def test_what_is_kept_is_renewed_at_once_when_it_changes(instance: Instance, database: Database) -> None:
    first = await instance.get("/organisaties/tilburg/outbox")
    assert first.document["totalItems"] == 0
    async with database.writing() as session:
        author = await local_actor(session, "tilburg")
        assert author is not None
        await publish_contribution(session, SITE, author, Draft("Hallo"), now=MOMENT)
    assert (await instance.get("/organisaties/tilburg/outbox")).document["totalItems"] == 1


async def test_who_has_a_document_already_does_not_get_it_again(instance: Instance) -> None:
    first = await instance.get("/organisaties/tilburg")
    again = await instance.get("/organisaties/tilburg", If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")


async def test_who_is_deleted_is_gone(instance: Instance, database: Database) -> None:
    async with database.writing() as session:
        (await here(session, "fatima")).deleted_at = MOMENT
    answer = await instance.get("/personen/fatima")
    assert answer.status == 410
    assert answer.document["type"] == "Tombstone"
    assert (await instance.get("/personen/fatima/outbox")).status == 410
    assert (await instance.ask("GET", "/.well-known/webfinger?resource=acct:fatima@tilburg.example")).status == 410


@pytest.mark.parametrize(
    "resource",
    [
        "acct:tilburg@tilburg.example", "acct:TILBURG@Tilburg.example", "acct:%40tilburg%40tilburg.example",
        "tilburg@tilburg.example", "https://tilburg.example/organisaties/tilburg",
    ],
)  # fmt: skip
async def test_webfinger_finds_an_actor_by_account_and_by_address(instance: Instance, resource: str) -> None:
    answer = await instance.ask("GET", f"/.well-known/webfinger?resource={resource}")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("application/jrd+json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    told = json.loads(answer.body)
    assert told["subject"] == "acct:tilburg@tilburg.example"
    links = {link["rel"]: link for link in told["links"]}
    assert links["self"]["href"] == "https://tilburg.example/organisaties/tilburg"
    assert links["self"]["type"] == "application/activity+json"


@pytest.mark.parametrize(
    ("resource", "handle"),
    [
        ("acct:instantie@tilburg.example", "instantie"), ("https://tilburg.example", "instantie"),
        ("https://tilburg.example/", "instantie"), ("https://tilburg.example/actor", "instantie"),
    ],
)  # fmt: skip
async def test_webfinger_finds_the_server_itself(instance: Instance, resource: str, handle: str) -> None:
    told = json.loads((await instance.ask("GET", f"/.well-known/webfinger?resource={resource}")).body)
    assert told["subject"] == f"acct:{handle}@tilburg.example"


@pytest.mark.parametrize(
    ("resource", "status"),
    [
        ("", 400), ("onzin", 400), ("acct:tilburg", 400), ("acct:niemand@tilburg.example", 404),
        ("acct:tilburg@utrecht.example", 404), ("https://utrecht.example/organisaties/tilburg", 404),
        ("https://tilburg.example/personen/tilburg", 404), ("https://tilburg.example/organisaties/tilburg/outbox", 404),
        ("acct:til%00burg@tilburg.example", 400), ("acct:%ff@tilburg.example", 400), ("mailto:a@tilburg.example", 400),
        ("https://tilburg.example/@%00", 404), ("https://tilburg.example/personen/%00", 404), ("x" * 5_000, 400),
    ],
)  # fmt: skip
async def test_webfinger_says_what_is_not_here(instance: Instance, resource: str, status: int) -> None:
    assert (await instance.ask("GET", f"/.well-known/webfinger?resource={resource}")).status == status
    assert (await instance.ask("GET", "/.well-known/webfinger")).status == 400


async def test_nodeinfo_tells_the_software_and_counts_without_names(instance: Instance, database: Database) -> None:
    async with database.writing() as session:
        organisation = await local_actor(session, "tilburg")
        assert organisation is not None
        await issue_here(session, organisation)
        await said(session, organisation)
        await said(session, organisation, deleted_at=MOMENT)
        await said(session, await elsewhere(session, "bram"))
    links = json.loads((await instance.ask("GET", "/.well-known/nodeinfo")).body)["links"]
    schemas = {link["rel"].rsplit("/", 1)[1]: link["href"] for link in links if "nodeinfo" in link["rel"]}
    assert set(schemas) == {"2.0", "2.1"}
    for version, href in schemas.items():
        answer = await instance.ask("GET", href.removeprefix(SITE.base_url))
        told = json.loads(answer.body)
        assert f"schema/{version}#" in answer.headers["Content-Type"]
        assert (told["version"], told["software"]["name"], told["protocols"]) == (
            version,
            "samenspraak",
            ["activitypub"],
        )
        assert told["openRegistrations"] is False
        assert told["usage"]["localPosts"] == 1
    assert (await instance.ask("GET", "/nodeinfo/9.9")).status == 404


async def test_host_meta_leads_to_webfinger(instance: Instance) -> None:
    answer = await instance.ask("GET", "/.well-known/host-meta")
    assert answer.headers["Content-Type"].startswith("application/xrd+xml")
    assert b"https://tilburg.example/.well-known/webfinger?resource={uri}" in answer.body


async def test_an_outbox_is_paged_newest_first_and_holds_what_is_public(
    instance: Instance, database: Database, organisation: Actor
) -> None:
    async with database.writing() as session:
        author = await session.get_one(Actor, organisation.id)
        bram = await elsewhere(session, "bram")
        for number in range(45):
            await publish_contribution(
                session, SITE, author, Draft(f"Nummer {number}"), now=MOMENT + timedelta(minutes=number)
            )
        draft = Draft(f"Geheim @{bram.account}", visibility=Visibility.DIRECT)
        await publish_contribution(session, SITE, author, draft, now=MOMENT)
    head = (await instance.get("/organisaties/tilburg/outbox")).document
    assert (head["totalItems"], head["type"]) == (45, "OrderedCollection")
    items, sizes, page = [], [], head["first"]
    while page:
        document = (await instance.get(page.removeprefix(SITE.base_url))).document
        assert document["id"] == page
        items += document["orderedItems"]
        sizes.append(len(document["orderedItems"]))
        page = document.get("next")
    assert sizes == [40, 5]
    assert [item["type"] for item in items] == ["Create"] * 45
    assert "Nummer 44" in items[0]["object"]["content"]
    assert "Geheim" not in json.dumps(items)
    assert len({item["id"] for item in items}) == 45


async def test_what_is_withdrawn_stands_in_no_collection_and_its_activity_is_gone(
    instance: Instance, database: Database, organisation: Actor
) -> None:
    async with database.writing() as session:
        author = await session.get_one(Actor, organisation.id)
        issue = await issue_here(session, author)
        post = await publish_contribution(session, SITE, author, Draft("Kanarie", space=issue), now=MOMENT)
        session.add(Featured(actor_id=author.id, post_id=post.id, created_at=MOMENT))
    create = (await instance.get("/organisaties/tilburg/outbox?page=1")).document["orderedItems"][0]
    assert (await instance.get(create["id"].removeprefix(SITE.base_url))).status == 200
    async with database.writing() as session:
        author = await session.get_one(Actor, organisation.id)
        await withdraw_post(session, SITE, author, await session.get_one(Post, post.id), now=MOMENT)
    assert (await instance.get(create["id"].removeprefix(SITE.base_url))).status == 404
    for path in ("organisaties/tilburg/outbox", "organisaties/tilburg/featured", "organisaties/tilburg/knowledge",
                 "vraagstukken/jeugd/outbox", "vraagstukken/jeugd/context"):  # fmt: skip
        assert b"anarie" not in (await instance.get(f"/{path}?page=1")).body
    answer = await instance.get(f"/inbreng/{post.id}")
    assert (answer.status, answer.document["type"]) == (410, "Tombstone")


async def test_an_issues_conversation_holds_what_everyone_may_see(
    instance: Instance, database: Database, organisation: Actor
) -> None:
    async with database.writing() as session:
        host = await session.get_one(Actor, organisation.id)
        issue = await issue_here(session, host)
        bram = await elsewhere(session, "bram")
        public = await said(session, bram, space_id=issue.id)
        answer = await said(session, host, space_id=issue.id, reply_to_id=public.id, reply_to_uri=public.uri)
        for visibility in (Visibility.FOLLOWERS, Visibility.MEMBERS, Visibility.DIRECT):
            await said(session, bram, visibility, space_id=issue.id)
        await said(session, bram)
    assert (await instance.get("/vraagstukken/jeugd/context")).document["totalItems"] == 2
    page = (await instance.get("/vraagstukken/jeugd/context?page=1")).document
    assert page["orderedItems"] == [answer.uri, public.uri]
    assert (await instance.get("/organisaties/tilburg/context")).status == 404


async def test_an_organisation_lists_its_issues_and_its_knowledge(
    instance: Instance, database: Database, organisation: Actor
) -> None:
    async with database.writing() as session:
        host = await session.get_one(Actor, organisation.id)
        issue = await issue_here(session, host)
        product = await said(session, host, kind=PostKind.KNOWLEDGE)
        await said(session, host, Visibility.UNLISTED, kind=PostKind.KNOWLEDGE)
        await said(session, host)
    issues = (await instance.get("/organisaties/tilburg/issues?page=1")).document
    knowledge = (await instance.get("/organisaties/tilburg/knowledge?page=1")).document
    assert issues["orderedItems"] == [issue.uri]
    assert knowledge["orderedItems"] == [product.uri]


@pytest.mark.parametrize("collection", ["followers", "following"])
@pytest.mark.parametrize("query", ["", "?page=1", "?page=1&after=1", "?page=true"])
async def test_no_list_of_people_is_ever_served(
    instance: Instance, database: Database, organisation: Actor, collection: str, query: str
) -> None:
    async with database.writing() as session:
        actor = await session.get_one(Actor, organisation.id)
        bram = await elsewhere(session, "bram")
        await follows(session, bram, actor)
        await follows(session, actor, bram)
        network = await here(session, "wijkraad", ActorKind.NETWORK)
        await follows(session, bram, network)
        await belongs(session, bram, network)
    for path in ("/organisaties/tilburg", "/netwerken/wijkraad", "/actor"):
        answer = await instance.get(f"{path}/{collection}{query}")
        assert answer.status == 200
        assert b"bram" not in answer.body
        assert not {"first", "orderedItems", "items"} & set(answer.document)
    assert (await instance.get(f"/organisaties/tilburg/{collection}")).document["totalItems"] == 1


async def test_the_answers_to_a_post_are_those_that_everyone_may_see(
    instance: Instance, database: Database, organisation: Actor
) -> None:
    async with database.writing() as session:
        author = await session.get_one(Actor, organisation.id)
        bram = await elsewhere(session, "bram")
        post = await said(session, author)
        answer = await said(session, bram, reply_to_id=post.id, reply_to_uri=post.uri)
        await said(session, bram, Visibility.DIRECT, reply_to_id=post.id, reply_to_uri=post.uri)
        hidden = await said(session, author, Visibility.FOLLOWERS)
    assert (await instance.get(f"/inbreng/{post.id}/replies?page=1")).document["orderedItems"] == [answer.uri]
    assert (await instance.get(f"/inbreng/{hidden.id}/replies")).status == 404


PRIVATE = [Visibility.FOLLOWERS, Visibility.MEMBERS, Visibility.DIRECT]


@pytest.mark.parametrize("visibility", PRIVATE)
async def test_what_is_not_public_is_not_there_for_anyone_and_is_for_whom_it_is_for(
    instance: Instance, database: Database, organisation: Actor, visibility: Visibility
) -> None:
    named, stranger = await known_peer(database, "bram"), await known_peer(database, "mallory")
    async with database.writing() as session:
        author = await session.get_one(Actor, organisation.id)
        space = await here(session, "wijkraad", ActorKind.NETWORK)
        post = await said(session, author, visibility, names=[named], space_id=space.id, content="<p>Kanarie</p>")
        await belongs(session, named, space)
    path = f"/inbreng/{post.id}"
    seen = await instance.get_signed(path, named.uri)
    assert seen.status == 200
    assert seen.post.content == "<p>Kanarie</p>"
    assert seen.headers["Cache-Control"] == "private, no-store"
    tampered = await instance.get_signed(path, named.uri, Date="Mon, 02 Mar 2026 09:00:00 GMT")
    borrowed = await instance.get_signed(f"{path}?x=1", named.uri)
    assert borrowed.status == 200
    for answer in (
        await instance.get(path),
        await instance.get(path, Accept=HTML),
        await instance.get(path, Signature="onzin"),
        await instance.get_signed(path, stranger.uri),
        tampered,
        await instance.get(path),
    ):
        assert answer.status == 404
        assert b"anarie" not in answer.body
    for listing in ("outbox", "featured", "knowledge"):
        assert b"anarie" not in (await instance.get(f"/organisaties/tilburg/{listing}?page=1")).body


async def test_a_signature_for_another_path_opens_nothing(
    instance: Instance, database: Database, organisation: Actor
) -> None:
    named = await known_peer(database, "bram")
    async with database.writing() as session:
        author = await session.get_one(Actor, organisation.id)
        one, other = [await said(session, author, Visibility.DIRECT, names=who) for who in ([named], [])]
    signed = await instance.get_signed(f"/inbreng/{one.id}", named.uri)
    assert signed.status == 200
    assert (await instance.get_signed(f"/inbreng/{other.id}", named.uri)).status == 404


@pytest.mark.parametrize("column", ["suspended_at", "deleted_at"])
async def test_who_is_suspended_or_gone_sees_what_anyone_sees(
    instance: Instance, database: Database, organisation: Actor, column: str
) -> None:
    named = await known_peer(database, "bram")
    async with database.writing() as session:
        author = await session.get_one(Actor, organisation.id)
        post = await said(session, author, Visibility.DIRECT, names=[named])
        public = await said(session, author)
        setattr(await session.get_one(Actor, named.id), column, MOMENT)
    assert (await instance.get_signed(f"/inbreng/{post.id}", named.uri)).status == 404
    assert (await instance.get_signed(f"/inbreng/{public.id}", named.uri)).status == 200


async def test_a_person_signed_in_here_sees_what_they_are_named_in_and_it_is_kept_for_nobody_else(
    instance: Instance, database: Database, organisation: Actor
) -> None:
    async with database.writing() as session:
        fatima = await here(session, "fatima")
        author = await session.get_one(Actor, organisation.id)
        post = await said(session, author, Visibility.DIRECT, names=[fatima], content="<p>Kanarie</p>")
    cookie = await instance.sign_in(fatima)
    for accept in ("application/activity+json", HTML):
        seen = await instance.get(f"/inbreng/{post.id}", Accept=accept, Cookie=cookie)
        assert seen.status == 200
        assert b"Kanarie" in seen.body
        assert "no-store" in seen.headers["Cache-Control"]
        assert "private" in seen.headers["Cache-Control"]
        anyone = await instance.get(f"/inbreng/{post.id}", Accept=accept)
        assert anyone.status == 404
        assert b"anarie" not in anyone.body


async def test_a_post_is_found_under_its_own_kind_only(
    instance: Instance, database: Database, organisation: Actor
) -> None:
    async with database.writing() as session:
        post = await said(session, await session.get_one(Actor, organisation.id))
        remote = await said(session, await elsewhere(session, "bram"))
    assert (await instance.get(f"/inbreng/{post.id}")).post.id == post.uri
    for path in (f"/kennis/{post.id}", f"/terugkoppelingen/{post.id}", f"/inbreng/{remote.id}", "/inbreng/1"):
        assert (await instance.get(path)).status == 404


async def test_an_activity_that_is_not_public_is_not_served(
    instance: Instance, database: Database, organisation: Actor
) -> None:
    async with database.writing() as session:
        for public in (True, False):
            activity_id = new_id()
            uri = SITE.activity_uri(activity_id)
            session.add(
                Activity(
                    id=activity_id, uri=uri, actor_id=organisation.id, type="Create", object_uri="x",
                    document=json.dumps({"id": uri}), is_public=public, created_at=MOMENT,
                )
            )  # fmt: skip
            await session.flush()
            if public:
                shown = activity_id
            else:
                hidden = activity_id
    assert (await instance.get(f"/activities/{shown}")).document["id"] == SITE.activity_uri(shown)
    assert (await instance.get(f"/activities/{hidden}")).status == 404
