"""Posts on the wire: each kind is read by our own reader as it was written, and addressed to whom it is for."""

from datetime import timedelta

import pytest

from actors.database import Database
from actors.ids import new_id
from actors.kinds import ActorKind, KnowledgeKind, PostKind, Verdict
from actors.knowledge.tables import Answer, KnowledgeIssue, KnowledgeProduct
from actors.media.store import StoredDocument
from actors.posts.detail import details
from actors.posts.store import Draft, write_post
from actors.posts.tables import Meeting, PollOption, Post
from actors.serialize.collection import write_collection, write_page
from actors.serialize.moments import stamp
from actors.serialize.post import audience_of, write_tombstone
from actors.serialize.post import write_post as write_document
from federation.audience import Visibility
from federation.documents import JsonObject, PostDocument, dump, parse
from federation.vocabulary import PUBLIC
from tests.actors.cast import MOMENT, SITE, elsewhere, here, issue_here, said


async def written(session, post: Post) -> JsonObject:
    await session.flush()
    (detail,) = await details(session, [post])
    return parse(dump(write_document(SITE, detail)))


async def test_a_contribution_is_read_as_it_was_written(database: Database) -> None:
    async with database.writing() as session:
        author, bram = await here(session, "fatima"), await elsewhere(session, "bram")
        issue = await issue_here(session, await here(session, "tilburg", ActorKind.ORGANISATION))
        root = await said(session, bram, space_id=issue.id)
        draft = Draft("Ik **vind** dit, @bram@utrecht.example", reply_to=root, themes=["young-people"], language="nl")
        post = await write_post(session, SITE, author, draft, now=MOMENT)
        document = await written(session, post)
    read = PostDocument.read(document)
    assert (read.id, read.type, read.attributed_to) == (post.uri, "Note", author.uri)
    assert (read.content, read.language) == (post.content, "nl")
    assert read.source is not None
    assert (read.source.content, read.source.media_type) == (post.source, "text/markdown")
    assert (read.in_reply_to, read.context, read.audience) == (root.uri, f"{issue.uri}/context", (issue.uri,))
    assert read.mentions == (bram.uri,)
    assert read.hashtags == ("youngpeople",)
    assert (read.published, read.updated) == (MOMENT, None)
    assert document["tag"][0]["name"] == "@bram@utrecht.example"
    assert document["replies"] == f"{post.uri}/replies"


async def test_an_edit_tells_when(database: Database) -> None:
    async with database.writing() as session:
        post = await said(session, await here(session, "fatima"), updated_at=MOMENT + timedelta(hours=1))
        read = PostDocument.read(await written(session, post))
    assert read.updated == MOMENT + timedelta(hours=1)


async def test_a_knowledge_product_is_read_as_it_was_written(database: Database) -> None:
    guide = StoredDocument("ab" * 32, "gids.pdf", "application/pdf", 1_234)
    async with database.writing() as session:
        author = await here(session, "fatima")
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue, other = await issue_here(session, host), await issue_here(session, host, "wonen")
        draft = Draft(
            "# Kop\n\nTekst", kind=PostKind.KNOWLEDGE, title="Een <gids>", summary="Kort & goed", language="nl",
            space=issue, themes=["integration"], documents=[(guide, "De gids zelf")],
        )  # fmt: skip
        post = await write_post(session, SITE, author, draft, now=MOMENT)
        session.add(KnowledgeProduct(post_id=post.id, kind=KnowledgeKind.GUIDE, licence="https://l.example/by"))
        await session.flush()
        session.add_all(KnowledgeIssue(post_id=post.id, issue_id=about.id) for about in (issue, other))
        document = await written(session, post)
    read = PostDocument.read(document)
    assert (read.type, read.name, read.summary, read.license) == (
        "Article",
        post.name,
        "Kort & goed",
        "https://l.example/by",
    )
    assert (document["kind"], document["postType"]) == ("guide", "knowledge")
    assert set(document["issue"]) == {issue.uri, other.uri}
    (attachment,) = read.attachments
    assert (attachment.url, attachment.media_type) == (
        f"https://tilburg.example/documenten/{'ab' * 32}/gids.pdf",
        "application/pdf",
    )
    assert attachment.name == "De gids zelf"
    assert "<h2>Kop</h2>" in read.content
    assert document["preview"]["type"] == "Note"
    assert "Kort &amp; goed" in document["preview"]["content"]
    assert post.uri in document["preview"]["content"]


async def test_an_outcome_is_read_as_it_was_written(database: Database) -> None:
    async with database.writing() as session:
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        bram, issue = await elsewhere(session, "bram"), await issue_here(session, host)
        contributions = [await said(session, bram, space_id=issue.id) for _ in Verdict]
        draft = Draft("Dank", kind=PostKind.OUTCOME, title="Wat we deden", space=issue, also_to=[bram])
        post = await write_post(session, SITE, host, draft, now=MOMENT)
        for contribution, verdict in zip(contributions, Verdict, strict=True):
            session.add(
                Answer(
                    outcome_id=post.id, contribution_uri=contribution.uri, verdict=verdict, reason=f"Omdat {verdict}"
                )
            )
        document = await written(session, post)
    read = PostDocument.read(document)
    assert document["postType"] == "outcome"
    assert read.issue == issue.uri
    assert {(one.contribution, one.verdict, one.reason) for one in read.answers} == {
        (contribution.uri, verdict.value, f"Omdat {verdict}")
        for contribution, verdict in zip(contributions, Verdict, strict=True)
    }
    assert bram.uri in read.cc


async def test_a_poll_is_read_as_it_was_written(database: Database) -> None:
    async with database.writing() as session:
        post = await said(session, await here(session, "fatima"), kind=PostKind.POLL, type="Question")
        session.add_all(PollOption(post_id=post.id, position=at, name=name, votes=at) for at, name in enumerate("ab"))
        read = PostDocument.read(await written(session, post))
    assert read.poll is not None
    assert [(option.name, option.votes) for option in read.poll.options] == [("a", 0), ("b", 1)]
    assert not read.poll.multiple


async def test_a_meeting_is_read_as_it_was_written(database: Database) -> None:
    async with database.writing() as session:
        author = await here(session, "fatima")
        post = await said(session, author, kind=PostKind.MEETING, type="Event", name="Wijkoverleg")
        session.add(
            Meeting(post_id=post.id, starts_at=MOMENT, ends_at=MOMENT + timedelta(hours=2), location="Wijkhuis")
        )
        read = PostDocument.read(await written(session, post))
        bare = await said(session, author, kind=PostKind.MEETING, type="Event")
        assert PostDocument.read(await written(session, bare)).start is None
    assert (read.start, read.end, read.location) == (MOMENT, MOMENT + timedelta(hours=2), "Wijkhuis")


FOLLOWERS = "https://tilburg.example/personen/fatima/followers"
BRAM = "https://utrecht.example/users/bram"
ISSUE = "https://tilburg.example/vraagstukken/jeugd"


@pytest.mark.parametrize(
    ("visibility", "in_space", "to", "cc"),
    [
        (Visibility.PUBLIC, False, [PUBLIC], [FOLLOWERS, BRAM]),
        (Visibility.PUBLIC, True, [PUBLIC, ISSUE], [FOLLOWERS, BRAM]),
        (Visibility.UNLISTED, False, [FOLLOWERS], [PUBLIC, BRAM]),
        (Visibility.UNLISTED, True, [FOLLOWERS, ISSUE], [PUBLIC, BRAM]),
        (Visibility.FOLLOWERS, False, [FOLLOWERS], [BRAM]),
        (Visibility.MEMBERS, True, [ISSUE], [BRAM]),
        (Visibility.DIRECT, False, [BRAM], []),
    ],
)
async def test_a_post_is_addressed_to_whom_it_is_for(
    database: Database, visibility: Visibility, in_space: bool, to: list[str], cc: list[str]
) -> None:
    async with database.writing() as session:
        author, bram = await here(session, "fatima"), await elsewhere(session, "bram")
        issue = await issue_here(session, await here(session, "tilburg", ActorKind.ORGANISATION))
        post = await said(session, author, visibility, names=[bram], space_id=issue.id if in_space else None)
        (detail,) = await details(session, [post])
        document = await written(session, post)
    assert [list(part) for part in audience_of(detail)] == [to, cc]
    assert (document["to"], document["cc"]) == (to, cc)


@pytest.mark.parametrize("visibility", [Visibility.FOLLOWERS, Visibility.MEMBERS, Visibility.DIRECT])
async def test_what_is_not_for_everyone_never_addresses_everyone(database: Database, visibility: Visibility) -> None:
    async with database.writing() as session:
        author, bram = await here(session, "fatima"), await elsewhere(session, "bram")
        issue = await issue_here(session, await here(session, "tilburg", ActorKind.ORGANISATION))
        post = await said(session, author, visibility, names=[bram], space_id=issue.id)
        told = dump(await written(session, post)).decode()
    assert PUBLIC not in told.replace('"https://www.w3.org/ns/activitystreams"', "")


async def test_a_direct_post_has_no_collection_of_answers(database: Database) -> None:
    async with database.writing() as session:
        author, bram = await here(session, "fatima"), await elsewhere(session, "bram")
        assert "replies" not in await written(session, await said(session, author, Visibility.DIRECT, names=[bram]))


async def test_what_is_withdrawn_leaves_only_that_it_was(database: Database) -> None:
    async with database.writing() as session:
        post = await said(session, await here(session, "fatima"), deleted_at=MOMENT, name="Geheim")
    document = parse(dump(write_tombstone(post)))
    assert set(document) == {"@context", "id", "type", "formerType", "deleted"}
    assert (document["type"], document["formerType"], document["deleted"]) == (
        "Tombstone",
        "Note",
        "2026-03-02T09:00:00Z",
    )


def test_a_moment_is_written_in_utc_to_the_second() -> None:
    assert stamp(MOMENT.replace(microsecond=999_999)) == "2026-03-02T09:00:00Z"


def test_a_collection_counts_and_leads_to_its_first_page() -> None:
    head = write_collection("https://t.example/outbox", 41)
    assert (head["type"], head["totalItems"], head["first"]) == (
        "OrderedCollection",
        41,
        "https://t.example/outbox?page=1",
    )
    assert "first" not in write_collection("https://t.example/followers", 41, paged=False)


def test_a_page_leads_to_the_next_until_there_is_none() -> None:
    page = write_page("https://t.example/outbox", ["a"], after=None, next_after=7)
    assert (page["id"], page["next"]) == ("https://t.example/outbox?page=1", "https://t.example/outbox?page=1&after=7")
    last = write_page("https://t.example/outbox", ["b"], after=7, next_after=None)
    assert last["id"] == page["next"]
    assert "next" not in last
    assert (last["type"], last["partOf"], last["orderedItems"]) == (
        "OrderedCollectionPage",
        "https://t.example/outbox",
        ["b"],
    )


async def test_ids_that_many_readers_take_for_numbers_are_written_as_addresses(database: Database) -> None:
    """JavaScript loses the last digits of a 64-bit number: none may stand in a document as one."""
    async with database.writing() as session:
        document = await written(session, await said(session, await here(session, "fatima"), id=new_id()))

    def numbers(value: object) -> list[int]:
        if isinstance(value, dict):
            return [number for part in value.values() for number in numbers(part)]
        if isinstance(value, list):
            return [number for part in value for number in numbers(part)]
        return [value] if isinstance(value, int) and not isinstance(value, bool) else []

    assert all(abs(number) < 2**53 for number in numbers(document))
