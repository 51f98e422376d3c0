"""Publishing knowledge products, and founding networks."""

import pytest
from sqlalchemy import select

from actors.database import Database
from actors.kinds import ActorKind, KnowledgeKind, PostKind
from actors.knowledge.tables import KnowledgeIssue, KnowledgeProduct
from actors.local import HandleError
from actors.media.store import StoredDocument
from actors.media.tables import Attachment
from actors.networks.tables import Network
from actors.posts.store import PostRefused
from federation.documents import ActorDocument, PostDocument
from federation.vocabulary import PUBLIC
from outbox.publish.knowledge import MOST_DOCUMENTS, KnowledgeDraft, publish_knowledge
from outbox.publish.networks import found_network
from tests.actors.cast import MOMENT, SITE, elsewhere, follows, here, issue_here
from tests.outbox.publish.stage import queued, shared, the_only
from tests.support.keys import key_pair, key_ring

GUIDE = StoredDocument("ab" * 32, "gids.pdf", "application/pdf", 1_234)


def draft(**more: object) -> KnowledgeDraft:
    values: dict[str, object] = {
        "title": "Gids", "kind": KnowledgeKind.GUIDE, "summary": "Kort", "source": "# Kop\n\nTekst",
        "licence": "https://creativecommons.org/licenses/by/4.0/", "documents": [(GUIDE, "De gids")],
    } | more  # fmt: skip
    return KnowledgeDraft(**values)


async def test_a_knowledge_product_goes_to_followers_and_to_its_issue(database: Database) -> None:
    async with database.writing() as session:
        author = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue = await elsewhere(session, "wonen", "utrecht.example", ActorKind.ISSUE)
        await follows(session, await elsewhere(session, "a", "a.example"), author)
        post = await publish_knowledge(session, SITE, author, draft(issues=[issue]), now=MOMENT)
        create = await the_only(session, "Create")
        product = await session.get_one(KnowledgeProduct, post.id)
        about = list(await session.scalars(select(KnowledgeIssue.issue_id)))
        attachment = (await session.scalars(select(Attachment))).one()
    assert post.kind is PostKind.KNOWLEDGE
    assert (product.kind, product.licence) == (KnowledgeKind.GUIDE, "https://creativecommons.org/licenses/by/4.0/")
    assert about == [issue.id]
    assert create.inboxes == shared("a.example", "utrecht.example")
    read = PostDocument.read(create.object)
    assert (read.type, read.name, read.audience) == ("Article", "Gids", (issue.uri,))
    assert read.attachments[0].url == attachment.url


async def test_a_knowledge_product_of_use_for_more_issues_is_told_to_each_of_them(database: Database) -> None:
    async with database.writing() as session:
        author = await here(session, "tilburg", ActorKind.ORGANISATION)
        here_ = await issue_here(session, author)
        await follows(session, await elsewhere(session, "v", "v.example"), here_)
        others = [await elsewhere(session, "x", f"{name}.example", ActorKind.ISSUE) for name in ("a", "b")]
        await publish_knowledge(session, SITE, author, draft(issues=[others[0], others[1], here_]), now=MOMENT)
        create = await the_only(session, "Create")
        announced = {inbox for one in await queued(session, "Announce") for inbox in one.inboxes}
    assert create.inboxes == shared("a.example", "b.example")
    assert set(create.object["issue"]) == {others[0].uri, others[1].uri, here_.uri}
    assert announced == shared("v.example")


async def test_a_knowledge_product_about_an_issue_of_ours_is_passed_on(database: Database) -> None:
    async with database.writing() as session:
        author = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue = await issue_here(session, author)
        await follows(session, await elsewhere(session, "v", "v.example"), issue)
        await publish_knowledge(session, SITE, author, draft(issues=[issue]), now=MOMENT)
        announced = await queued(session, "Announce")
    assert {one.inboxes for one in announced} == {shared("v.example")}
    assert {one.is_wrapped for one in announced} == {True, False}


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"title": " "}, "title"),
        ({"source": ""}, "text"),
        ({"summary": "x" * 501}, "summary"),
        ({"licence": "javascript:alert(1)"}, "licence"),
        ({"licence": "CC BY"}, "licence"),
        ({"licence": "https://x.example/\0"}, "licence"),
        ({"documents": [(GUIDE, "x")] * (MOST_DOCUMENTS + 1)}, "documents"),
        ({"themes": ["x" * 101]}, "themes"),
    ],
)
async def test_a_knowledge_product_that_will_not_do_is_refused(
    database: Database, more: dict[str, object], field: str
) -> None:
    async with database.writing() as session:
        author = await here(session, "tilburg", ActorKind.ORGANISATION)
        with pytest.raises(PostRefused) as refused:
            await publish_knowledge(session, SITE, author, draft(**more), now=MOMENT)
        assert refused.value.field == field
        assert await queued(session) == []


async def test_a_knowledge_product_is_of_use_for_issues_and_for_nothing_else(database: Database) -> None:
    async with database.writing() as session:
        author = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue, person = await issue_here(session, author), await elsewhere(session, "bram")
        for issues in ([author], [person], [issue, person]):
            with pytest.raises(PostRefused) as refused:
                await publish_knowledge(session, SITE, author, draft(issues=issues), now=MOMENT)
            assert refused.value.field == "issues"
        assert await queued(session) == []


async def test_a_network_is_an_actor_of_which_the_followers_of_its_host_hear(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        await follows(session, await elsewhere(session, "a", "a.example"), host)
        actor = await found_network(
            session, SITE, key_ring(), key_pair(),
            host=host, handle="Wijkraad", name="<b>De</b> wijkraad", summary="**Wij**", now=MOMENT,
        )  # fmt: skip
        create = await the_only(session, "Create")
        network = await session.get_one(Network, actor.id)
    assert (actor.kind, actor.handle, actor.name) == (ActorKind.NETWORK, "wijkraad", "De wijkraad")
    assert (network.host_id, network.is_closed) == (host.id, False)
    assert create.inboxes == shared("a.example")
    assert (create.read.actor, create.read.to) == (host.uri, (PUBLIC,))
    group = ActorDocument.read(create.object)
    assert (group.id, group.kind, group.host) == (actor.uri, "network", host.uri)


async def test_a_network_needs_a_handle_of_its_own(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        for handle in ("tilburg", "a b", "admin"):
            with pytest.raises(HandleError):
                await found_network(
                    session, SITE, key_ring(), key_pair(), host=host, handle=handle, name="x", summary="", now=MOMENT
                )
