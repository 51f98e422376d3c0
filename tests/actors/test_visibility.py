"""The one judge, in both its forms, against the table in its docstring."""

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.database import Database
from actors.kinds import ActorKind, FollowState
from actors.posts.tables import Post
from actors.relations import Follow, Membership
from actors.visibility import (
    ANYONE,
    Viewer,
    is_gone,
    is_open,
    listed_to,
    may_see,
    narrower,
    visible_to,
    with_traces,
)
from federation.audience import Visibility
from tests.actors.cast import MOMENT, belongs, blocks, elsewhere, follows, here, issue_here, said

ALL = {
    "anyone", "author", "named", "follower", "pending follower", "rejected follower", "ex-follower", "member",
    "ex-member", "member elsewhere", "blocked follower", "blocked named", "blocked member", "follower of a follower",
    "who blocks the author", "stranger", "the space",
}  # fmt: skip
SEES = {
    Visibility.PUBLIC: ALL,
    Visibility.UNLISTED: ALL,
    Visibility.FOLLOWERS: {"author", "named", "follower"},
    Visibility.MEMBERS: {"author", "member"},
    Visibility.DIRECT: {"author", "named"},
}


async def seen_both_ways(session: AsyncSession, viewer: Viewer, post: Post) -> bool:
    """Ask in both forms, the one for queries also as a statement for many viewers, and have them agree."""
    one = select(Post.id).where(Post.id == post.id)
    found = (await session.scalars(one.where(visible_to(viewer)))).all()
    found_as_given = (await session.scalars(one.where(visible_to(viewer.given)), viewer.ids)).all()
    judged = await may_see(session, viewer, post)
    assert judged is bool(found), f"may_see says {judged}, visible_to {bool(found)}"
    assert found_as_given == found
    return judged


async def make_viewers(session: AsyncSession) -> tuple[dict[str, Actor], Actor, list[Actor]]:
    """Return everyone by what they are to the author, the space, and who is named."""
    organisation = await here(session, "tilburg", ActorKind.ORGANISATION)
    space, other_space = await issue_here(session, organisation), await issue_here(session, organisation, "wonen")
    viewers = {name: await elsewhere(session, name.replace(" ", "-")) for name in sorted(ALL - {"anyone", "the space"})}
    viewers["the space"] = space
    author = viewers["author"]
    for name, state in (
        ("follower", FollowState.ACCEPTED), ("blocked follower", FollowState.ACCEPTED),
        ("pending follower", FollowState.PENDING), ("rejected follower", FollowState.REJECTED),
        ("ex-follower", FollowState.ACCEPTED), ("who blocks the author", FollowState.PENDING),
    ):  # fmt: skip
        await follows(session, viewers[name], author, state)
    await follows(session, viewers["follower of a follower"], viewers["follower"])
    await follows(session, author, viewers["stranger"])
    for name in ("member", "ex-member", "blocked member"):
        await belongs(session, viewers[name], space)
    await belongs(session, viewers["member elsewhere"], other_space)
    for name in ("blocked follower", "blocked named", "blocked member"):
        await blocks(session, author, viewers[name])
    await blocks(session, viewers["who blocks the author"], author)
    await session.execute(delete(Follow).where(Follow.follower_id == viewers["ex-follower"].id))
    await session.execute(delete(Membership).where(Membership.member_id == viewers["ex-member"].id))
    return viewers, space, [viewers["named"], viewers["blocked named"]]


@pytest.mark.parametrize("visibility", Visibility)
async def test_each_sees_what_the_table_says(database: Database, visibility: Visibility) -> None:
    async with database.writing() as session:
        viewers, space, named = await make_viewers(session)
        post = await said(session, viewers["author"], visibility, names=named, space_id=space.id)
        seen = {name for name, actor in viewers.items() if await seen_both_ways(session, Viewer(actor.id), post)}
        if await seen_both_ways(session, ANYONE, post):
            seen.add("anyone")
    assert seen == SEES[visibility]


@pytest.mark.parametrize("visibility", Visibility)
async def test_what_is_withdrawn_nobody_sees(database: Database, visibility: Visibility) -> None:
    async with database.writing() as session:
        viewers, space, named = await make_viewers(session)
        post = await said(
            session, viewers["author"], visibility, names=named, space_id=space.id, deleted_at=MOMENT
        )  # fmt: skip
        for actor in viewers.values():
            assert not await seen_both_ways(session, Viewer(actor.id), post)
        assert not await seen_both_ways(session, ANYONE, post)


@pytest.mark.parametrize("visibility", Visibility)
@pytest.mark.parametrize("column", ["hidden_at", "suspended_at"])
async def test_what_a_moderator_hid_or_a_suspended_actor_said_nobody_sees_until_that_is_lifted(
    database: Database, visibility: Visibility, column: str
) -> None:
    async with database.writing() as session:
        viewers, space, named = await make_viewers(session)
        post = await said(session, viewers["author"], visibility, names=named, space_id=space.id)
        kept_back = post if column == "hidden_at" else viewers["author"]
        setattr(kept_back, column, MOMENT)
        for viewer in (ANYONE, *(Viewer(actor.id) for actor in viewers.values())):
            assert not await seen_both_ways(session, viewer, post)
        setattr(kept_back, column, None)
        seen = {name for name, actor in viewers.items() if await seen_both_ways(session, Viewer(actor.id), post)}
    assert seen | {"anyone"} == SEES[visibility] | {"anyone"}


async def test_what_a_limited_actor_said_is_seen_but_stands_in_no_list_but_its_own(database: Database) -> None:
    async with database.writing() as session:
        viewers, space, _ = await make_viewers(session)
        viewers["author"].limited_at = MOMENT
        post = await said(session, viewers["author"], space_id=space.id)
        for name, actor in viewers.items():
            assert await seen_both_ways(session, Viewer(actor.id), post)
            listed = list(await session.scalars(select(Post.id).where(listed_to(Viewer(actor.id)))))
            assert listed == ([post.id] if name == "author" else [])
        assert not list(await session.scalars(select(Post.id).where(listed_to(ANYONE))))


async def test_of_what_is_gone_a_conversation_has_a_trace_and_of_what_is_closed_none(database: Database) -> None:
    async with database.writing() as session:
        viewers, space, _ = await make_viewers(session)
        author = viewers["author"]
        posts = [
            await said(session, author, visibility, space_id=space.id)
            for visibility in (Visibility.PUBLIC, Visibility.MEMBERS)
        ]
        author.suspended_at = MOMENT
        await session.flush()

        async def traced(viewer: Viewer) -> list[int]:
            return list(await session.scalars(select(Post.id).where(with_traces(viewer)).order_by(Post.id)))

        assert await traced(ANYONE) == [posts[0].id]
        assert await traced(Viewer(viewers["member"].id)) == [post.id for post in posts]
        assert all(is_gone(post, author) for post in posts)


async def test_to_be_named_gives_no_sight_of_what_is_said_among_members(database: Database) -> None:
    async with database.writing() as session:
        viewers, space, _ = await make_viewers(session)
        post = await said(
            session, viewers["author"], Visibility.MEMBERS, names=[viewers["stranger"]], space_id=space.id
        )
        assert not await seen_both_ways(session, Viewer(viewers["stranger"].id), post)


async def test_what_is_said_among_members_of_no_space_only_its_author_sees(database: Database) -> None:
    async with database.writing() as session:
        viewers, _, named = await make_viewers(session)
        post = await said(session, viewers["author"], Visibility.MEMBERS, names=named)
        seen = {name for name, actor in viewers.items() if await seen_both_ways(session, Viewer(actor.id), post)}
    assert seen == {"author"}


async def test_who_is_blocked_sees_only_what_everyone_sees(database: Database) -> None:
    async with database.writing() as session:
        viewers, space, named = await make_viewers(session)
        posts = {
            visibility: await said(session, viewers["author"], visibility, names=named, space_id=space.id)
            for visibility in Visibility
        }
        for name in ("blocked follower", "blocked named", "blocked member"):
            viewer = Viewer(viewers[name].id)
            seen = {kind for kind, post in posts.items() if await seen_both_ways(session, viewer, post)}
            assert seen == {Visibility.PUBLIC, Visibility.UNLISTED}


async def test_who_leaves_sees_no_more_at_once(database: Database) -> None:
    async with database.writing() as session:
        viewers, space, _ = await make_viewers(session)
        post = await said(session, viewers["author"], Visibility.MEMBERS, space_id=space.id)
        member = Viewer(viewers["member"].id)
        assert await seen_both_ways(session, member, post)
        await session.execute(delete(Membership).where(Membership.member_id == viewers["member"].id))
        assert not await seen_both_ways(session, member, post)


async def test_what_is_unlisted_stands_in_nobodys_lists_but_its_authors(database: Database) -> None:
    async with database.writing() as session:
        viewers, space, _ = await make_viewers(session)
        posts = {
            kind: (await said(session, viewers["author"], kind, space_id=space.id)).id
            for kind in (Visibility.PUBLIC, Visibility.UNLISTED)
        }

        async def listed(viewer: Viewer) -> set[int]:
            return set(await session.scalars(select(Post.id).where(listed_to(viewer))))

        assert await listed(ANYONE) == {posts[Visibility.PUBLIC]}
        assert await listed(Viewer(viewers["follower"].id)) == {posts[Visibility.PUBLIC]}
        assert await listed(Viewer(viewers["author"].id)) == set(posts.values())


@pytest.mark.parametrize("visibility", Visibility)
async def test_what_is_listed_may_be_seen(database: Database, visibility: Visibility) -> None:
    async with database.writing() as session:
        viewers, space, named = await make_viewers(session)
        await said(session, viewers["author"], visibility, names=named, space_id=space.id)
        for viewer in (ANYONE, *(Viewer(actor.id) for actor in viewers.values())):
            listed = set(await session.scalars(select(Post.id).where(listed_to(viewer))))
            assert listed <= set(await session.scalars(select(Post.id).where(visible_to(viewer))))


@pytest.mark.parametrize("visibility", Visibility)
@pytest.mark.parametrize("relation", ["author", "named", "blocked", "member", "follower", "nothing"])
async def test_who_speaks_for_an_organisation_sees_its_private_words_and_nothing_else_of_it(
    database: Database, visibility: Visibility, relation: str
) -> None:
    async with database.writing() as session:
        organisation = await here(session, "tilburg", ActorKind.ORGANISATION)
        space = await issue_here(session, organisation)
        editor, writer = await here(session, "karin"), await elsewhere(session, "anna")
        await blocks(session, writer, editor)
        author = organisation if relation == "author" else writer
        match relation:
            case "blocked":
                await blocks(session, writer, organisation)
            case "member":
                await belongs(session, organisation, space)
            case "follower":
                await follows(session, organisation, writer)
        named = [organisation] if relation in {"named", "blocked"} else []
        post = await said(session, author, visibility, names=named, space_id=space.id)
        speaking = Viewer(editor.id, speaks_for=organisation.id)
        private = visibility is Visibility.DIRECT and relation in {"author", "named"}
        assert await seen_both_ways(session, speaking, post) is (private or is_open(visibility))
        assert await seen_both_ways(session, Viewer(editor.id), post) is is_open(visibility)
        assert await seen_both_ways(session, Viewer(None, speaks_for=organisation.id), post) is is_open(visibility)
        post.hidden_at = MOMENT
        assert not await seen_both_ways(session, speaking, post)


def test_only_what_everyone_sees_is_open() -> None:
    assert {visibility for visibility in Visibility if is_open(visibility)} == {
        Visibility.PUBLIC, Visibility.UNLISTED,
    }  # fmt: skip


@pytest.mark.parametrize("one", Visibility)
@pytest.mark.parametrize("other", Visibility)
def test_the_narrower_of_two_is_one_of_them_and_open_only_if_both_are(one: Visibility, other: Visibility) -> None:
    found = narrower(one, other)
    assert found in {one, other}
    assert found is narrower(other, one)
    assert len(SEES[found]) <= min(len(SEES[one]), len(SEES[other]))
    assert is_open(found) is (is_open(one) and is_open(other))


PEOPLE = 4


@dataclass(frozen=True)
class World:
    """Who is what to whom, by number; the author is 0."""

    follows: frozenset[tuple[int, int, FollowState]]
    members: frozenset[int]
    blocks: frozenset[tuple[int, int]]
    posts: tuple[tuple[int, Visibility, frozenset[int], bool, bool], ...]


_person = st.integers(0, PEOPLE - 1)
_pair = st.tuples(_person, _person)
WORLDS = st.builds(
    World,
    follows=st.dictionaries(_pair, st.sampled_from(FollowState)).map(
        lambda found: frozenset((*pair, state) for pair, state in found.items())
    ),
    members=st.frozensets(_person),
    blocks=st.frozensets(_pair),
    posts=st.lists(
        st.tuples(_person, st.sampled_from(Visibility), st.frozensets(_person), st.booleans(), st.booleans()),
        min_size=1, max_size=6,
    ).map(tuple),
)  # fmt: skip


def told(world: World, viewer: int | None, post: tuple[int, Visibility, frozenset[int], bool, bool]) -> bool:
    """The table once more, over plain sets."""
    author, visibility, named, in_space, withdrawn = post
    if withdrawn:
        return False
    if visibility in {Visibility.PUBLIC, Visibility.UNLISTED}:
        return True
    if viewer is None or (viewer != author and (author, viewer) in world.blocks):
        return False
    return (
        viewer == author
        or {
            Visibility.FOLLOWERS: viewer in named or (viewer, author, FollowState.ACCEPTED) in world.follows,
            Visibility.MEMBERS: in_space and viewer in world.members,
            Visibility.DIRECT: viewer in named,
        }[visibility]
    )


@given(world=WORLDS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_both_forms_agree_with_the_table_whatever_people_are_to_each_other(
    database: Database, world: World
) -> None:
    async with database.writing() as session:
        people = [await elsewhere(session, f"p{number}") for number in range(PEOPLE)]
        space = await elsewhere(session, "space", kind=ActorKind.NETWORK)
        for follower, followee, state in sorted(world.follows):
            await follows(session, people[follower], people[followee], state)
        for member in world.members:
            await belongs(session, people[member], space)
        for blocker, blocked in world.blocks:
            await blocks(session, people[blocker], people[blocked])
        for spec in world.posts:
            author, visibility, named, in_space, withdrawn = spec
            post = await said(
                session, people[author], visibility, names=[people[number] for number in named],
                space_id=space.id if in_space else None, deleted_at=MOMENT if withdrawn else None,
            )  # fmt: skip
            for number in (None, *range(PEOPLE)):
                viewer = ANYONE if number is None else Viewer(people[number].id)
                assert await seen_both_ways(session, viewer, post) is told(world, number, spec)
        await session.rollback()
