"""Writing posts: what is stored of a draft, and what becomes of it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from actors.database import Database
from actors.ids import new_id
from actors.kinds import ActorKind, PostKind
from actors.media.store import StoredDocument
from actors.media.tables import Attachment
from actors.posts.store import Draft, PostRefused, adopt_orphans, bury_posts, edit_post, is_space, write_post
from actors.posts.tables import Featured, Meeting, Mention, PollOption, Post, PostTheme, Reaction
from actors.wakeups import CHANGED, Wakeups
from federation.audience import Visibility
from tests.actors.cast import MOMENT, SITE, elsewhere, here, issue_here, said

GUIDE = StoredDocument("ab" * 32, "gids.pdf", "application/pdf", 1_234)


async def mentions(session, post: Post) -> set[int]:
    return set(await session.scalars(select(Mention.actor_id).where(Mention.post_id == post.id)))


async def test_a_contribution_is_stored_clean_with_its_source(database: Database) -> None:
    bell = Wakeups(database).bell(CHANGED)
    async with database.writing() as session:
        author = await here(session, "fatima")
        draft = Draft("Ik denk **dit**.<script>x</script>", themes=["Integration", "integration"])
        post = await write_post(session, SITE, author, draft, now=MOMENT)
        themes = list(await session.scalars(select(PostTheme.theme)))
    assert "<strong>dit</strong>" in post.content
    assert "<script" not in post.content
    assert post.source == "Ik denk **dit**.<script>x</script>"
    assert (post.type, post.is_local, post.visibility) == ("Note", True, Visibility.PUBLIC)
    assert post.uri == post.url == f"https://tilburg.example/inbreng/{post.id}"
    assert post.thread_id == post.id
    assert themes == ["integration"]
    assert bell.is_set()


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft(""), "text"),
        (Draft(" \n\t "), "text"),
        (Draft("x" * 5_001), "text"),
        (Draft("a\0b"), "text"),
        (Draft("a\ud800b"), "text"),
        (Draft("x", kind=PostKind.KNOWLEDGE), "title"),
        (Draft("x", kind=PostKind.OUTCOME, title="  "), "title"),
        (Draft("x", kind=PostKind.KNOWLEDGE, title="<b></b>\u202e"), "title"),
        (Draft("x", kind=PostKind.KNOWLEDGE, title="x" * 201), "title"),
        (Draft("x", kind=PostKind.KNOWLEDGE, title="x", summary="x" * 501), "summary"),
        (Draft("x" * 100_001, kind=PostKind.KNOWLEDGE, title="x"), "text"),
        (Draft("x", themes=["x" * 101]), "themes"),
        (Draft("x", language="x" * 36), "language"),
    ],
)
async def test_a_draft_that_cannot_be_stored_is_refused_by_the_part_that_is_wrong(
    database: Database, draft: Draft, field: str
) -> None:
    async with database.writing() as session:
        author = await here(session, "fatima")
        with pytest.raises(PostRefused) as refused:
            await write_post(session, SITE, author, draft, now=MOMENT)
        assert refused.value.field == field
        assert await session.scalar(select(func.count()).select_from(Post)) == 0


@pytest.mark.parametrize("title", ["a\0b", "a\ud800b", "\u202eabc", "<i>a</i>b"])
async def test_a_title_and_a_summary_are_lines_that_can_be_stored(database: Database, title: str) -> None:
    async with database.writing() as session:
        author = await here(session, "fatima")
        draft = Draft("x", kind=PostKind.KNOWLEDGE, title=title, summary=title)
        post = await write_post(session, SITE, author, draft, now=MOMENT)
        assert post.name.isprintable()
        assert post.name == post.summary != ""


async def test_who_is_named_is_addressed_and_linked(database: Database) -> None:
    async with database.writing() as session:
        author = await here(session, "fatima")
        bram = await elsewhere(session, "bram")
        gone = await elsewhere(session, "weg", deleted_at=MOMENT)
        draft = Draft(f"@Bram@Utrecht.example en @{gone.account} en @niemand@x.example en @{author.account}")
        post = await write_post(session, SITE, author, draft, now=MOMENT)
        assert await mentions(session, post) == {bram.id}
    assert f'<a href="{bram.url}"' in post.content


async def test_who_is_addressed_without_being_named_is_too(database: Database) -> None:
    async with database.writing() as session:
        author = await here(session, "fatima")
        bram = await elsewhere(session, "bram")
        post = await write_post(session, SITE, author, Draft("Hoi", also_to=[bram, author]), now=MOMENT)
        assert await mentions(session, post) == {bram.id}


async def test_an_answer_takes_the_place_and_thread_of_what_it_answers(database: Database) -> None:
    async with database.writing() as session:
        author, bram = await here(session, "fatima"), await elsewhere(session, "bram")
        host = await here(session, "tilburg", ActorKind.ORGANISATION)
        issue, other = await issue_here(session, host), await issue_here(session, host, "wonen")
        root = await said(session, bram, space_id=issue.id)
        answer = await write_post(session, SITE, author, Draft("Ja", reply_to=root, space=other), now=MOMENT)
        deeper = await write_post(session, SITE, author, Draft("En", reply_to=answer), now=MOMENT)
        assert (answer.reply_to_id, answer.reply_to_uri) == (root.id, root.uri)
        assert answer.thread_id == deeper.thread_id == root.id
        assert answer.space_id == deeper.space_id == issue.id
        assert await mentions(session, answer) == {bram.id}
        assert await mentions(session, deeper) == set()


@pytest.mark.parametrize("wanted", Visibility)
@pytest.mark.parametrize("answered", Visibility)
async def test_an_answer_is_never_meant_for_more_people_than_what_it_answers(
    database: Database, wanted: Visibility, answered: Visibility
) -> None:
    order = list(Visibility)
    async with database.writing() as session:
        author, bram = await here(session, "fatima"), await elsewhere(session, "bram")
        root = await said(session, bram, answered, names=[author])
        answer = await write_post(session, SITE, author, Draft("Ja", reply_to=root, visibility=wanted), now=MOMENT)
        assert answer.visibility is order[max(order.index(wanted), order.index(answered))]


async def test_documents_stand_in_the_order_given(database: Database) -> None:
    async with database.writing() as session:
        author = await here(session, "fatima")
        documents = [(GUIDE, f"Deel {number}") for number in range(5)]
        draft = Draft("x", kind=PostKind.KNOWLEDGE, title="Gids", documents=documents)
        await write_post(session, SITE, author, draft, now=MOMENT)
        stored = (await session.scalars(select(Attachment).order_by(Attachment.position))).all()
    assert [one.name for one in stored] == [f"Deel {number}" for number in range(5)]
    assert stored[0].url == f"https://tilburg.example/documenten/{'ab' * 32}/gids.pdf"


async def test_an_edit_changes_the_text_and_tells_when(database: Database) -> None:
    async with database.writing() as session:
        author, bram = await here(session, "fatima"), await elsewhere(session, "bram")
        post = await write_post(session, SITE, author, Draft("Oud"), now=MOMENT)
        later = MOMENT + timedelta(hours=1)
        await edit_post(session, SITE, post, source=f"Nieuw, @{bram.account} @{author.account}", now=later)
        await session.flush()
        assert "Nieuw" in post.content
        assert post.updated_at == later
        assert await mentions(session, post) == {bram.id}
        with pytest.raises(PostRefused):
            await edit_post(session, SITE, post, source=" ", now=later)


async def test_what_is_withdrawn_leaves_only_that_it_was(database: Database) -> None:
    async with database.writing() as session:
        author, bram = await here(session, "fatima"), await elsewhere(session, "bram")
        draft = Draft(
            f"Geheim @{bram.account}", kind=PostKind.KNOWLEDGE, title="Titel", summary="Kort", themes=["x"],
            documents=[(GUIDE, "Gids")],
        )  # fmt: skip
        post = await write_post(session, SITE, author, draft, now=MOMENT)
        kept = await write_post(session, SITE, author, Draft("Blijft"), now=MOMENT)
        session.add(Reaction(id=new_id(), kind="like", actor_id=bram.id, post_id=post.id, uri="x", created_at=MOMENT))
        session.add(PollOption(post_id=post.id, position=0, name="ja"))
        session.add(Meeting(post_id=post.id, location="wijkhuis"))
        session.add(Featured(actor_id=author.id, post_id=post.id, created_at=MOMENT))
        await session.flush()
        await bury_posts(session, [post.id], now=MOMENT)
        await bury_posts(session, [], now=MOMENT)
    async with database.reading() as session:
        buried = await session.get_one(Post, post.id)
        assert (buried.content, buried.source, buried.name, buried.summary, buried.url) == ("", None, "", "", "")
        assert buried.deleted_at == MOMENT
        assert (buried.uri, buried.author_id, buried.type) == (post.uri, author.id, "Article")
        for table in (Mention, PostTheme, Attachment, Reaction, PollOption, Meeting, Featured):
            assert await session.scalar(select(func.count()).select_from(table)) == 0
        assert (await session.get_one(Post, kept.id)).deleted_at is None


async def test_withdrawing_again_does_not_move_the_moment(database: Database) -> None:
    async with database.writing() as session:
        post = await said(session, await here(session, "fatima"))
        await bury_posts(session, [post.id], now=MOMENT)
        await bury_posts(session, [post.id], now=MOMENT + timedelta(days=1))
    async with database.reading() as session:
        assert (await session.get_one(Post, post.id)).deleted_at == MOMENT


async def test_answers_that_came_first_find_their_place_when_what_they_answer_comes(database: Database) -> None:
    async with database.writing() as session:
        bram = await elsewhere(session, "bram")
        space = await elsewhere(session, "wonen", kind=ActorKind.ISSUE)
        root_uri = "https://utrecht.example/notes/root"
        orphan = await said(session, bram, reply_to_uri=root_uri)
        deeper = await said(
            session, bram, reply_to_uri=orphan.uri, reply_to_id=orphan.id, thread_id=orphan.thread_id
        )  # fmt: skip
        stranger = await said(session, bram, reply_to_uri="https://utrecht.example/notes/other")
        root = await said(session, bram, uri=root_uri, space_id=space.id)
        await adopt_orphans(session, {root_uri: (root.id, root.thread_id, space.id)})
        await adopt_orphans(session, {})
    async with database.reading() as session:
        found = {post.id: post for post in await session.scalars(select(Post))}
    assert found[orphan.id].reply_to_id == root.id
    assert {found[post.id].thread_id for post in (orphan, deeper)} == {root.id}
    assert {found[post.id].space_id for post in (orphan, deeper)} == {space.id}
    assert (found[stranger.id].reply_to_id, found[stranger.id].thread_id) == (None, stranger.id)


async def test_what_was_said_among_members_elsewhere_does_not_move_into_another_space(database: Database) -> None:
    async with database.writing() as session:
        bram = await elsewhere(session, "bram")
        space = await elsewhere(session, "wonen", kind=ActorKind.ISSUE)
        closed = await elsewhere(session, "raad", kind=ActorKind.NETWORK)
        root_uri = "https://utrecht.example/notes/root"
        orphan = await said(session, bram, Visibility.MEMBERS, reply_to_uri=root_uri, space_id=closed.id)
        root = await said(session, bram, uri=root_uri, space_id=space.id)
        await adopt_orphans(session, {root_uri: (root.id, root.thread_id, space.id)})
        await session.refresh(orphan)
        assert orphan.space_id == closed.id


async def test_things_are_said_in_issues_networks_and_groups(database: Database) -> None:
    async with database.writing() as session:
        found = {kind for kind in ActorKind if is_space(await elsewhere(session, kind.value, kind=kind))}
    assert found == {ActorKind.ISSUE, ActorKind.NETWORK, ActorKind.GROUP}
