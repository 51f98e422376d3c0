"""Saying, changing and withdrawing: what is stored, what goes out, and to whom exactly."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from actors.database import Database
from actors.kinds import ActorKind, FollowState
from actors.notifications import Notification
from actors.posts.store import Draft, PostRefused
from actors.posts.tables import Mention, Post
from actors.relations import Follow
from actors.wakeups import DELIVERIES, Wakeups
from federation.audience import Visibility
from federation.documents import PostDocument
from federation.vocabulary import PUBLIC
from outbox.publish.contributions import edit_contribution, publish_contribution, withdraw_post
from outbox.tables import Activity, Delivery
from tests.actors.cast import MOMENT, SITE, elsewhere, follows, here, issue_here, runs, said
from tests.outbox.publish.stage import queued, shared, the_only


async def test_a_contribution_goes_to_the_followers_one_delivery_a_server(database: Database) -> None:
    bell = Wakeups(database).bell(DELIVERIES)
    async with database.writing() as session:
        author = await here(session, "fatima")
        for handle in ("bram", "carla"):
            await follows(session, await elsewhere(session, handle), author)
        await follows(session, await elsewhere(session, "dirk", "breda.example", shared=False), author)
        await follows(session, await here(session, "hier"), author)
        await follows(session, await elsewhere(session, "e", "e.example"), author, FollowState.PENDING)
        await follows(session, await elsewhere(session, "f", "f.example", suspended_at=MOMENT), author)
        await follows(session, await elsewhere(session, "g", "g.example", deleted_at=MOMENT), author)
        post = await publish_contribution(session, SITE, author, Draft("Hallo"), now=MOMENT)
        create = await the_only(session, "Create")
    assert create.inboxes == {"https://utrecht.example/inbox", "https://breda.example/users/dirk/inbox"}
    assert create.read.actor == author.uri
    assert create.read.to == (PUBLIC,)
    assert create.read.cc == (author.followers,)
    assert create.row.is_public
    note = PostDocument.read(create.object)
    assert (note.id, note.attributed_to, note.to) == (post.uri, author.uri, create.read.to)
    assert "@context" not in create.object
    assert bell.is_set()


async def test_who_is_named_hears_of_it_here_and_elsewhere(database: Database) -> None:
    async with database.writing() as session:
        author, hier = await here(session, "fatima"), await here(session, "hier")
        bram = await elsewhere(session, "bram")
        await publish_contribution(
            session, SITE, author, Draft(f"@{bram.account} @{hier.account} @{author.account}"), now=MOMENT
        )
        create = await the_only(session, "Create")
        told = (await session.execute(select(Notification.recipient_id, Notification.kind))).all()
    assert create.inboxes == shared("utrecht.example")
    assert set(create.read.cc) == {author.followers, bram.uri, hier.uri}
    assert [tuple(row) for row in told] == [(hier.id, "mention")]


async def test_who_is_answered_hears_that(database: Database) -> None:
    async with database.writing() as session:
        author, hier = await here(session, "fatima"), await here(session, "hier")
        root = await said(session, hier)
        await publish_contribution(session, SITE, author, Draft("Ja", reply_to=root), now=MOMENT)
        (note,) = (await session.scalars(select(Notification))).all()
    assert (note.recipient_id, note.kind, note.from_id) == (hier.id, "reply", author.id)


@pytest.mark.parametrize(
    ("visibility", "domains"),
    [
        (Visibility.PUBLIC, ["follower.example", "named.example"]),
        (Visibility.UNLISTED, ["follower.example", "named.example"]),
        (Visibility.FOLLOWERS, ["follower.example", "named.example"]),
        (Visibility.DIRECT, ["named.example"]),
    ],
)
async def test_each_visibility_goes_to_whom_it_is_for(
    database: Database, visibility: Visibility, domains: list[str]
) -> None:
    async with database.writing() as session:
        author = await here(session, "fatima")
        named = await elsewhere(session, "named", "named.example")
        await elsewhere(session, "stranger", "stranger.example")
        await follows(session, await elsewhere(session, "follower", "follower.example"), author)
        draft = Draft(f"@{named.account}", visibility=visibility)
        await publish_contribution(session, SITE, author, draft, now=MOMENT)
        create = await the_only(session, "Create")
    assert create.inboxes == shared(*domains)
    assert create.row.is_public is (visibility in {Visibility.PUBLIC, Visibility.UNLISTED})
    assert (PUBLIC in {*create.read.to, *create.read.cc}) is create.row.is_public


async def test_what_is_said_in_an_issue_elsewhere_goes_to_that_issue(database: Database) -> None:
    async with database.writing() as session:
        author = await here(session, "fatima")
        issue = await elsewhere(session, "wonen", "utrecht.example", ActorKind.ISSUE, shared=False)
        await publish_contribution(session, SITE, author, Draft("Ja", space=issue), now=MOMENT)
        (create,) = await queued(session)
    assert create.type == "Create"
    assert create.inboxes == {issue.inbox}
    assert PostDocument.read(create.object).audience == (issue.uri,)


async def test_nothing_can_be_said_in_a_person(database: Database) -> None:
    async with database.writing() as session:
        author, bram = await here(session, "fatima"), await elsewhere(session, "bram")
        with pytest.raises(PostRefused):
            await publish_contribution(session, SITE, author, Draft("Ja", space=bram), now=MOMENT)
        assert await queued(session) == []


async def test_what_is_said_in_an_issue_of_ours_is_passed_on(database: Database) -> None:
    async with database.writing() as session:
        author = await here(session, "fatima")
        issue = await issue_here(session, await here(session, "tilburg", ActorKind.ORGANISATION))
        await follows(session, await elsewhere(session, "bram"), issue)
        await runs(session, "utrecht.example", "samenspraak")
        post = await publish_contribution(session, SITE, author, Draft("Ja", space=issue), now=MOMENT)
        create, announce = [one for one in await queued(session) if one.inboxes or one.type == "Create"]
    assert create.inboxes == frozenset()
    assert announce.is_wrapped
    assert announce.read.actor == issue.uri
    assert announce.inboxes == shared("utrecht.example")
    assert announce.object["id"] == create.read.id
    assert announce.object["object"]["id"] == post.uri


@pytest.mark.parametrize("visibility", [Visibility.FOLLOWERS, Visibility.DIRECT, Visibility.MEMBERS])
async def test_what_is_not_for_everyone_is_never_passed_on(database: Database, visibility: Visibility) -> None:
    async with database.writing() as session:
        author = await here(session, "fatima")
        named = await elsewhere(session, "named", "named.example")
        issue = await issue_here(session, await here(session, "tilburg", ActorKind.ORGANISATION))
        await follows(session, await elsewhere(session, "bram"), issue)
        draft = Draft(f"Geheim @{named.account}", space=issue, visibility=visibility)
        post = await publish_contribution(session, SITE, author, draft, now=MOMENT)
        await edit_contribution(session, SITE, author, post, source="Nog geheimer", now=MOMENT)
        await withdraw_post(session, SITE, author, post, now=MOMENT)
        assert await queued(session, "Announce") == []
        assert not [one for one in await queued(session) if "https://utrecht.example/inbox" in one.inboxes]
        assert not [one for one in await queued(session) if one.row.is_public]


async def test_an_edit_goes_out_as_an_update(database: Database) -> None:
    later = MOMENT + timedelta(hours=1)
    async with database.writing() as session:
        author = await here(session, "fatima")
        await follows(session, await elsewhere(session, "bram"), author)
        post = await publish_contribution(session, SITE, author, Draft("Oud"), now=MOMENT)
        await edit_contribution(session, SITE, author, post, source="Nieuw", now=later)
        update = await the_only(session, "Update")
    assert update.inboxes == shared("utrecht.example")
    note = PostDocument.read(update.object)
    assert (note.id, note.content, note.updated) == (post.uri, "<p>Nieuw</p>", later)


async def test_an_edit_and_a_withdrawal_reach_who_had_it_and_no_longer_follows(database: Database) -> None:
    async with database.writing() as session:
        author = await here(session, "fatima")
        await follows(session, await elsewhere(session, "bram"), author)
        post = await publish_contribution(session, SITE, author, Draft("Oud"), now=MOMENT)
        await session.execute(delete(Follow))
        await edit_contribution(session, SITE, author, post, source="Nieuw", now=MOMENT)
        assert (await the_only(session, "Update")).inboxes == shared("utrecht.example")
        await withdraw_post(session, SITE, author, post, now=MOMENT)
        assert (await the_only(session, "Delete")).inboxes == shared("utrecht.example")


async def test_a_withdrawal_leaves_a_tombstone_and_goes_wherever_the_post_went(database: Database) -> None:
    async with database.writing() as session:
        author = await here(session, "fatima")
        named = await elsewhere(session, "named", "named.example")
        issue = await issue_here(session, await here(session, "tilburg", ActorKind.ORGANISATION))
        await follows(session, await elsewhere(session, "a", "follower.example"), author)
        await follows(session, await elsewhere(session, "b", "boosted.example"), issue)
        await runs(session, "boosted.example", "mastodon")
        post = await publish_contribution(session, SITE, author, Draft(f"@{named.account}", space=issue), now=MOMENT)
        await withdraw_post(session, SITE, author, post, now=MOMENT)
        removed = await the_only(session, "Delete")
        stored = await session.get_one(Post, post.id)
        assert await session.scalar(select(func.count()).select_from(Mention)) == 0
    assert removed.inboxes == shared("follower.example", "named.example", "boosted.example")
    assert removed.object["type"] == "Tombstone"
    assert removed.object["id"] == post.uri
    assert "content" not in removed.object
    assert PUBLIC in removed.read.to
    assert (stored.deleted_at, stored.content, stored.source) == (MOMENT, "", None)


async def test_a_withdrawal_is_passed_on_where_the_post_was(database: Database) -> None:
    async with database.writing() as session:
        author = await here(session, "fatima")
        issue = await issue_here(session, await here(session, "tilburg", ActorKind.ORGANISATION))
        await follows(session, await elsewhere(session, "bram"), issue)
        post = await publish_contribution(session, SITE, author, Draft("Ja", space=issue), now=MOMENT)
        await withdraw_post(session, SITE, author, post, now=MOMENT)
        announce = await the_only(session, "Announce")
    assert announce.is_wrapped
    assert announce.object["type"] == "Delete"


async def test_the_words_that_were_withdrawn_stand_nowhere_and_are_not_sent_any_more(database: Database) -> None:
    async with database.writing() as session:
        author = await here(session, "fatima")
        issue = await issue_here(session, await here(session, "tilburg", ActorKind.ORGANISATION))
        await follows(session, await elsewhere(session, "bram"), author)
        await follows(session, await elsewhere(session, "carla", "c.example"), issue)
        post = await publish_contribution(session, SITE, author, Draft("Kanariepiet", space=issue), now=MOMENT)
        await publish_contribution(session, SITE, author, Draft("Blijft"), now=MOMENT)
        await edit_contribution(session, SITE, author, post, source="Kanariepietje", now=MOMENT)
        await withdraw_post(session, SITE, author, post, now=MOMENT)
    async with database.reading() as session:
        said_of_it = list(await session.scalars(select(Activity.document)))
        stored = await session.get_one(Post, post.id)
        deliveries = await session.scalar(select(func.count()).select_from(Delivery))
    assert not [document for document in said_of_it if "anarie" in document]
    assert [document for document in said_of_it if "Blijft" in document]
    assert "anarie" not in f"{stored.content}{stored.source}{stored.name}{stored.summary}"
    assert deliveries == 1 + 2 + 1, "a Create that stays, a Delete to both servers, and its announcement"


async def test_only_its_author_changes_or_withdraws_a_post_and_only_once(database: Database) -> None:
    async with database.writing() as session:
        author, other = await here(session, "fatima"), await here(session, "bram")
        post = await publish_contribution(session, SITE, author, Draft("Ja"), now=MOMENT)
        remote = await said(session, await elsewhere(session, "carla"))
        for actor, target in ((other, post), (author, remote)):
            with pytest.raises(PostRefused):
                await edit_contribution(session, SITE, actor, target, source="Nee", now=MOMENT)
            with pytest.raises(PostRefused):
                await withdraw_post(session, SITE, actor, target, now=MOMENT)
        await withdraw_post(session, SITE, author, post, now=MOMENT)
        with pytest.raises(PostRefused):
            await withdraw_post(session, SITE, author, post, now=MOMENT)
        with pytest.raises(PostRefused):
            await edit_contribution(session, SITE, author, post, source="Toch", now=MOMENT)
        assert len(await queued(session, "Delete")) == 1


async def test_a_post_and_its_deliveries_are_stored_together_or_not_at_all(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.writing() as session:
            author = await here(session, "fatima")
            await follows(session, await elsewhere(session, "bram"), author)
            await publish_contribution(session, SITE, author, Draft("Ja"), now=MOMENT)
            raise RuntimeError
    async with database.reading() as session:
        for table in (Post, Activity, Delivery):
            assert await session.scalar(select(func.count()).select_from(table)) == 0


async def test_nothing_goes_to_a_suspended_server(database: Database) -> None:
    async with database.writing() as session:
        author = await here(session, "fatima")
        await follows(session, await elsewhere(session, "bram"), author)
        await runs(session, "utrecht.example", "mastodon", policy="suspended")
        await publish_contribution(session, SITE, author, Draft("Ja"), now=MOMENT)
        assert (await the_only(session, "Create")).inboxes == frozenset()
