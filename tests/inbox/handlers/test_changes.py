"""Update, Delete, Like, Add, Remove: only by whose it is, and in whatever order they come."""

from itertools import permutations

import pytest
from sqlalchemy import update

from actors.issues.tables import Issue, PhaseChange
from actors.kinds import ActorKind, Phase
from actors.posts.tables import Featured, PollOption, Post, Tombstone
from federation.audience import Visibility
from federation.documents import JsonObject
from federation.vocabulary import PUBLIC
from inbox.handlers import delete
from inbox.tables import ArrivalState
from tests.inbox.peers import Remote
from tests.inbox.stage import Stage

DONE = (ArrivalState.DONE, "")


def later(note: JsonObject, hour: int = 10, **more: object) -> JsonObject:
    return note | {"content": f"<p>Om {hour}</p>", "updated": f"2026-03-01T{hour}:00:00Z", **more}


class TestUpdate:
    async def test_an_author_changes_a_post(self, stage: Stage, anna: Remote) -> None:
        note = anna.note(to=[PUBLIC, stage.issue.uri], tag=[{"type": "Hashtag", "name": "#een"}])
        await stage.hear(anna, anna.create(note))
        changed = later(note, tag=[{"type": "Hashtag", "name": "#twee"}])
        assert await stage.hear(anna, anna.activity("Update", changed)) == DONE
        post = await stage.post(note["id"])
        assert post is not None
        assert post.content == "<p>Om 10</p>"
        assert (await stage.said())[-1]["object"]["type"] == "Update"

    async def test_neither_author_nor_audience_changes(self, stage: Stage, anna: Remote) -> None:
        bram = stage.world.person(handle="bram")
        note = anna.note(to=[stage.fatima.uri])
        note["cc"] = []
        await stage.hear(anna, anna.create(note))
        for changed in (later(note, attributedTo=bram.uri), later(note, hour=11, to=[PUBLIC])):
            await stage.hear(anna, anna.activity("Update", changed))
        post, author = await stage.post(note["id"]), await stage.actor(anna.uri)
        assert post is not None
        assert author is not None
        assert (post.author_id, post.visibility) == (author.id, Visibility.DIRECT)

    async def test_nobody_else_changes_it(self, stage: Stage, anna: Remote) -> None:
        note = anna.note(to=[stage.fatima.uri])
        await stage.hear(anna, anna.create(note))
        own = await stage.say(stage.fatima)
        before = await stage.state()
        for host in ("utrecht.example", "bad.example"):
            mallory = stage.world.person(host, "mallory")
            for forged in (later(note), later(note, attributedTo=mallory.uri)):
                assert (await stage.hear(mallory, mallory.activity("Update", forged)))[0] is ArrivalState.REFUSED
            ours = {"id": own.uri, "type": "Note", "attributedTo": stage.fatima.uri, "content": "<p>Vals</p>"}
            assert (await stage.hear(mallory, mallory.activity("Update", ours)))[0] is ArrivalState.REFUSED
        assert await stage.state() == before

    async def test_an_older_version_is_ignored(self, stage: Stage, anna: Remote) -> None:
        note = anna.note(to=[stage.fatima.uri])
        await stage.hear(anna, anna.create(note), anna.activity("Update", later(note, 12)))
        assert (await stage.hear(anna, anna.activity("Update", later(note, 11))))[0] is ArrivalState.IGNORED
        post = await stage.post(note["id"])
        assert post is not None
        assert post.content == "<p>Om 12</p>"

    async def test_votes_are_counted_without_an_edit(self, stage: Stage, anna: Remote) -> None:
        poll = anna.note(to=[stage.fatima.uri], oneOf=[{"type": "Note", "name": "ja"}]) | {"type": "Question"}
        await stage.hear(anna, anna.create(later(poll, 10)))
        voted = [{"type": "Note", "name": "ja", "replies": {"type": "Collection", "totalItems": 7}}]
        assert await stage.hear(anna, anna.activity("Update", poll | {"oneOf": voted})) == DONE
        assert [row.votes for row in await stage.rows(PollOption)] == [7]

    async def test_an_actor_speaks_for_itself(self, stage: Stage, anna: Remote) -> None:
        await stage.meet(anna)
        anna.more = {"name": "Anna <b>Nieuw</b>"}
        assert await stage.hear(anna, anna.activity("Update", anna.document())) == DONE
        known = await stage.actor(anna.uri)
        assert known is not None
        assert known.name == "Anna Nieuw"

    async def test_and_nobody_else_does(self, stage: Stage, anna: Remote) -> None:
        await stage.meet(anna)
        mallory = stage.world.person("utrecht.example", "mallory")
        forged = anna.document() | {"name": "Vals"}
        assert (await stage.hear(mallory, mallory.activity("Update", forged)))[0] is ArrivalState.REFUSED
        known = await stage.actor(anna.uri)
        assert known is not None
        assert known.name == "Anna"

    async def test_an_older_version_of_an_actor_is_ignored(self, stage: Stage, anna: Remote) -> None:
        await stage.meet(anna)
        versions = [
            anna.document() | {"name": f"Versie {hour}", "updated": f"2026-03-02T{hour}:00:00Z"} for hour in (12, 11)
        ]
        stage.clock.advance(3 * 3_600)
        await stage.hear(anna, *(anna.activity("Update", version) for version in versions))
        known = await stage.actor(anna.uri)
        assert known is not None
        assert known.name == "Versie 12"

    async def test_an_issue_enters_another_phase(self, stage: Stage) -> None:
        host = Remote(stage.world, "utrecht.example", "gemeente", "Organization")
        issue = Remote(
            stage.world, "utrecht.example", "vraag", "Group", kind="issue", host=host.uri, question="Wat nu?",
            phase="agenda",
        )  # fmt: skip
        await stage.meet(host)
        actor = await stage.meet(issue)
        issue.more["phase"] = "feedback"
        issue.more["updated"] = "2026-03-02T10:00:00Z"
        stage.clock.advance(7_200)
        assert await stage.hear(host, host.activity("Update", issue.document())) == DONE
        issue.more["phase"] = "closed"
        issue.more["updated"] = "2026-03-02T11:00:00Z"
        assert await stage.hear(issue, issue.activity("Update", issue.document())) == DONE
        (row,) = await stage.rows(Issue, Issue.actor_id == actor.id)
        assert row.phase is Phase.CLOSED
        changes = await stage.rows(PhaseChange, PhaseChange.issue_id == actor.id)
        assert [change.phase for change in changes] == [Phase.AGENDA, Phase.FEEDBACK, Phase.CLOSED]
        mallory = stage.world.person("utrecht.example", "mallory")
        issue.more["phase"] = "agenda"
        assert (await stage.hear(mallory, mallory.activity("Update", issue.document())))[0] is ArrivalState.REFUSED


class TestDelete:
    async def test_a_post_becomes_a_tombstone_and_its_followers_hear(self, stage: Stage, anna: Remote) -> None:
        note = anna.note(to=[PUBLIC, stage.issue.uri])
        await stage.hear(anna, anna.create(note))
        gone = {"id": note["id"], "type": "Tombstone"}
        assert await stage.hear(anna, anna.activity("Delete", gone)) == DONE
        post = await stage.post(note["id"])
        assert post is not None
        assert post.deleted_at is not None
        assert post.content == ""
        assert (await stage.said())[-1]["object"]["type"] == "Delete"

    async def test_nobody_else_deletes_it(self, stage: Stage, anna: Remote) -> None:
        note = anna.note(to=[stage.fatima.uri])
        await stage.hear(anna, anna.create(note))
        own = await stage.say(stage.fatima)
        before = await stage.state()
        for host in ("utrecht.example", "bad.example"):
            mallory = stage.world.person(host, "mallory")
            for uri in (note["id"], own.uri, anna.uri, stage.fatima.uri, stage.issue.uri):
                assert (await stage.hear(mallory, mallory.activity("Delete", uri)))[0] is ArrivalState.REFUSED
        assert await stage.state() == before
        assert (await stage.actor(anna.uri)).deleted_at is None  # type: ignore[union-attr]

    async def test_nobody_deletes_in_advance_what_another_will_say(self, stage: Stage, anna: Remote) -> None:
        note = anna.note(to=[stage.fatima.uri])
        for host in ("utrecht.example", "bad.example"):
            mallory = stage.world.person(host, "mallory")
            await stage.hear(mallory, mallory.activity("Delete", note["id"]))
        assert await stage.hear(anna, anna.create(note)) == DONE
        assert await stage.post(note["id"]) is not None

    async def test_what_other_servers_own_leaves_no_tombstone(self, stage: Stage, anna: Remote) -> None:
        await stage.hear(anna, anna.activity("Delete", "https://rotterdam.example/notes/1"))
        assert await stage.rows(Tombstone) == []

    async def test_an_actor_goes_with_all_that_it_said(
        self, stage: Stage, anna: Remote, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(delete, "_POSTS_AT_ONCE", 2)
        await stage.follow(anna)
        await stage.hear(anna, anna.activity("Follow", stage.issue.uri))
        for _ in range(5):
            await stage.hear(anna, anna.create(anna.note()))
        assert await stage.hear(anna, anna.activity("Delete", anna.uri)) == DONE
        state = await stage.state()
        assert state["follows"] == []
        assert all(gone for *_, gone in state["posts"])
        known = await stage.actor(anna.uri)
        assert known is not None
        assert (known.deleted_at is not None, known.name) == (True, "")
        # Its server says so many times over: that costs nothing more.
        stage.world.withdraw(anna.uri)
        asked = stage.world.asked.total()
        await stage.send(anna, anna.activity("Delete", anna.uri))
        assert stage.world.asked.total() == asked

    async def test_the_host_of_an_issue_takes_it_away(self, stage: Stage) -> None:
        host = Remote(stage.world, "utrecht.example", "gemeente", "Organization")
        issue = Remote(stage.world, "utrecht.example", "vraag", "Group", kind="issue", host=host.uri)
        await stage.meet(host)
        await stage.meet(issue)
        assert await stage.hear(host, host.activity("Delete", issue.uri)) == DONE
        known = await stage.actor(issue.uri)
        assert known is not None
        assert (known.kind, known.deleted_at is not None) == (ActorKind.ISSUE, True)


class TestOrder:
    """Promise P4: whatever the order, the end is the same."""

    @pytest.mark.parametrize("together", [False, True], ids=["one by one", "in one batch"])
    async def test_create_update_delete(self, stage: Stage, anna: Remote, together: bool) -> None:
        ends = []
        for order in permutations(range(4)):
            note = anna.note("<p>Eerst</p>", to=[PUBLIC, stage.issue.uri])
            activities = [
                anna.create(note),
                anna.activity("Update", later(note, 10)),
                anna.activity("Update", later(note, 11)),
                anna.activity("Delete", note["id"]),
            ]
            for index in order:
                await stage.send(anna, activities[index])
                if not together:
                    await stage.handle()
            await stage.handle()
            post = await stage.post(note["id"])
            ends.append(post is None or (post.deleted_at is not None and post.content == ""))
        assert all(ends)
        assert all(gone for *_, gone in (await stage.state())["posts"])

    @pytest.mark.parametrize("together", [False, True], ids=["one by one", "in one batch"])
    async def test_create_and_updates(self, stage: Stage, anna: Remote, together: bool) -> None:
        for order in permutations(range(3)):
            note = anna.note("<p>Eerst</p>", to=[PUBLIC, stage.issue.uri])
            activities = [
                anna.create(note),
                anna.activity("Update", later(note, 10)),
                anna.activity("Update", later(note, 11)),
            ]
            for index in order:
                await stage.send(anna, activities[index])
                if not together:
                    await stage.handle()
            await stage.handle()
            post = await stage.post(note["id"])
            assert post is not None, order
            assert post.content == "<p>Om 11</p>", order

    @pytest.mark.parametrize("together", [False, True], ids=["one by one", "in one batch"])
    async def test_follow_and_undo_like_and_undo(self, stage: Stage, anna: Remote, together: bool) -> None:
        post = await stage.say(stage.fatima)
        asked, liked, passed = (
            anna.activity("Follow", stage.issue.uri),
            anna.activity("Like", post.uri),
            anna.activity("Announce", post.uri),
        )
        for one in (asked, liked, passed):
            for order in permutations([one, anna.activity("Undo", one)]):
                fresh = {id(activity): dict(activity) for activity in order}
                uri = anna.new_uri("activities")
                for activity in fresh.values():
                    if activity["type"] == "Undo":
                        activity["id"] = anna.new_uri("activities")
                        activity["object"] = dict(one) | {"id": uri}
                    else:
                        activity["id"] = uri
                for activity in order:
                    await stage.send(anna, fresh[id(activity)])
                    if not together:
                        await stage.handle()
                await stage.handle()
                state = await stage.state()
                assert state["follows"] == []
                assert state["reactions"] == []


class TestLike:
    async def test_its_author_is_told_once(self, stage: Stage, anna: Remote) -> None:
        post = await stage.say(stage.fatima)
        for _ in range(2):
            await stage.hear(anna, anna.activity("Like", post.uri))
        assert len((await stage.state())["reactions"]) == 1
        assert await stage.notified() == [("like", stage.fatima.id)]

    async def test_nobody_likes_what_they_may_not_see(self, stage: Stage, anna: Remote) -> None:
        post = await stage.say(stage.fatima, visibility=Visibility.FOLLOWERS)
        assert (await stage.hear(anna, anna.activity("Like", post.uri)))[0] is ArrivalState.IGNORED
        await stage.add_follow(await stage.meet(anna), stage.fatima)
        assert await stage.hear(anna, anna.activity("Like", post.uri)) == DONE


class TestFeatured:
    async def test_an_actor_shows_its_own_posts(self, stage: Stage, anna: Remote) -> None:
        await stage.follow(anna)
        note = anna.note()
        await stage.hear(anna, anna.create(note), anna.activity("Add", note["id"], target=f"{anna.uri}/featured"))
        assert len(await stage.rows(Featured)) == 1
        await stage.hear(anna, anna.activity("Remove", note["id"], target=f"{anna.uri}/featured"))
        assert await stage.rows(Featured) == []

    async def test_in_no_collection_but_its_own(self, stage: Stage, anna: Remote) -> None:
        await stage.follow(anna)
        note, own = anna.note(), await stage.say(stage.fatima)
        await stage.hear(anna, anna.create(note))
        for uri, target in (
            (note["id"], stage.issue.followers),
            (note["id"], f"{stage.issue.uri}/featured"),
            (own.uri, f"{anna.uri}/featured"),
            (note["id"], None),
        ):
            assert (await stage.hear(anna, anna.activity("Add", uri, target=target)))[0] is ArrivalState.REFUSED
        assert await stage.rows(Featured) == []


@pytest.mark.parametrize("verb", ["Flag", "Move"])
async def test_what_is_not_handled_yet_is_kept_with_the_reason(stage: Stage, anna: Remote, verb: str) -> None:
    state, reason = await stage.hear(anna, anna.activity(verb, stage.fatima.uri))
    assert state is ArrivalState.IGNORED
    assert reason


async def test_a_post_in_a_space_of_a_deleted_issue_is_still_its_authors(stage: Stage, anna: Remote) -> None:
    note = anna.note(to=[PUBLIC, stage.issue.uri])
    await stage.hear(anna, anna.create(note))
    async with stage.database.writing() as session:
        await session.execute(update(Post).where(Post.uri == note["id"]).values(space_id=None))
    assert await stage.hear(anna, anna.activity("Delete", note["id"])) == DONE
