"""Actors to distinct inboxes."""

from typing import Any

from actors.actor import Actor
from actors.database import Database, now
from actors.ids import new_id
from actors.kinds import ActorKind, FollowState
from actors.relations import Follow
from outbox.recipients import follower_inboxes, inboxes_of
from tests.outbox.stage import Speaker

SHARED = "https://utrecht.example/inbox"


def _actor(name: str, **more: Any) -> Actor:
    uri = f"https://utrecht.example/users/{name}"
    columns: dict[str, Any] = {
        "id": new_id(), "uri": uri, "kind": ActorKind.PERSON, "handle": name, "domain": "utrecht.example",
        "inbox": f"{uri}/inbox", "shared_inbox": SHARED, "created_at": now(), "updated_at": now(),
    }  # fmt: skip
    return Actor(**(columns | more))


async def test_followers_elsewhere_are_reached_once_a_server(database: Database, speaker: Speaker) -> None:
    people: dict[str, dict[str, Any]] = {
        "anna": {},
        "bram": {},
        "alone": {"shared_inbox": None},
        "gone": {"shared_inbox": None, "deleted_at": now()},
        "bad": {"shared_inbox": None, "suspended_at": now()},
        "here": {"shared_inbox": None, "is_local": True},
        "asking": {"shared_inbox": None},
    }
    followers = {name: _actor(name, **more) for name, more in people.items()}
    async with database.writing() as session:
        session.add_all(followers.values())
        await session.flush()
        for name, follower in followers.items():
            state = FollowState.PENDING if name == "asking" else FollowState.ACCEPTED
            session.add(
                Follow(
                    id=new_id(), follower_id=follower.id, followee_id=speaker.actor_id, uri=f"{follower.uri}#f",
                    state=state, created_at=now(),
                )
            )  # fmt: skip
    alone = "https://utrecht.example/users/alone/inbox"
    async with database.reading() as session:
        assert await follower_inboxes(session, [speaker.actor_id]) == {SHARED, alone}
        assert await follower_inboxes(session, []) == set()
        assert await inboxes_of(session, [actor.id for actor in followers.values()]) == {
            SHARED,
            alone,
            "https://utrecht.example/users/asking/inbox",
        }


async def test_many_actors_are_one_query(database: Database) -> None:
    actors = [_actor(f"a{number}", shared_inbox=None) for number in range(1_500)]
    async with database.writing() as session:
        session.add_all(actors)
    async with database.reading() as session:
        assert len(await inboxes_of(session, [actor.id for actor in actors])) == 1_500
