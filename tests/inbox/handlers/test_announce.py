"""Announce: what others pass on is believed as far as its own origin bears it out."""

import pytest

from actors.instances.tables import Instance
from actors.posts.tables import Reaction
from actors.relations import Block
from federation.audience import Visibility
from federation.documents import JsonObject
from federation.vocabulary import PUBLIC
from inbox.arrivals import MOST_FETCHES
from inbox.tables import ArrivalState
from tests.inbox.peers import Remote, World
from tests.inbox.stage import Stage

DONE = (ArrivalState.DONE, "")


@pytest.fixture
def group(world: World) -> Remote:
    """A group on a third server."""
    return Remote(world, "lemmy.example", "vraag", "Group", kind="issue", question="Wat nu?")


class TestBare:
    async def test_a_post_of_ours_is_passed_on_and_its_author_told(self, stage: Stage, anna: Remote) -> None:
        post = await stage.say(stage.fatima)
        assert await stage.hear(anna, anna.activity("Announce", post.uri)) == DONE
        assert [(row.kind, row.post_id) for row in await stage.rows(Reaction)] == [("announce", post.id)]
        assert await stage.notified() == [("announce", stage.fatima.id)]

    @pytest.mark.parametrize("visibility", [Visibility.FOLLOWERS, Visibility.DIRECT, Visibility.MEMBERS])
    async def test_what_is_not_for_everyone_is_not_passed_on(
        self, stage: Stage, anna: Remote, visibility: Visibility
    ) -> None:
        post = await stage.say(stage.fatima, visibility=visibility)
        assert (await stage.hear(anna, anna.activity("Announce", post.uri)))[0] is ArrivalState.IGNORED
        assert await stage.rows(Reaction) == []
        assert await stage.notified() == []

    async def test_what_a_followed_group_announces_is_fetched_at_its_origin(
        self, stage: Stage, anna: Remote, group: Remote
    ) -> None:
        space = await stage.follow(group)
        note = anna.note("<p>Echt</p>")
        assert await stage.hear(group, group.activity("Announce", note["id"])) == DONE
        post = await stage.post(note["id"])
        assert post is not None
        assert (post.content, post.space_id) == ("<p>Echt</p>", space.id)
        assert stage.world.asked[note["id"]] == 1

    async def test_what_nobody_here_follows_fetches_nothing(self, stage: Stage, anna: Remote, group: Remote) -> None:
        note = anna.note()
        assert (await stage.hear(group, group.activity("Announce", note["id"])))[0] is ArrivalState.IGNORED
        assert stage.world.asked[note["id"]] == 0

    async def test_a_post_that_came_by_itself_joins_the_group_with_its_answers(
        self, stage: Stage, anna: Remote, group: Remote
    ) -> None:
        space = await stage.follow(group)
        await stage.follow(anna)
        root = anna.note(cc=[])
        reply = anna.note(inReplyTo=root["id"])
        await stage.hear(anna, anna.create(root), anna.create(reply))
        await stage.hear(group, group.activity("Announce", root["id"]))
        for note in (root, reply):
            post = await stage.post(note["id"])
            assert post is not None
            assert post.space_id == space.id

    async def test_a_group_does_not_take_over_what_people_here_said_elsewhere(
        self, stage: Stage, group: Remote
    ) -> None:
        await stage.follow(group)
        post = await stage.say(stage.fatima)
        await stage.hear(group, group.activity("Announce", post.uri))
        kept = await stage.post(post.uri)
        assert kept is not None
        assert kept.space_id is None

    async def test_a_document_under_another_servers_name_is_refused(
        self, stage: Stage, anna: Remote, group: Remote
    ) -> None:
        await stage.follow(group)
        forged = anna.note("<p>Vals</p>")
        url = "https://bad.example/notes/1"
        stage.world.documents[url] = forged
        del stage.world.documents[forged["id"]]
        await stage.hear(group, group.activity("Announce", url))
        assert (await stage.state())["posts"] == []

    async def test_an_origin_in_trouble_is_asked_again_later(self, stage: Stage, anna: Remote, group: Remote) -> None:
        await stage.follow(group)
        note = anna.note()
        stage.world.documents.pop(note["id"])

        async def busy(_request: object) -> object:
            from aiohttp import web

            return web.Response(status=503)

        stage.world.answers[note["id"]] = busy  # type: ignore[assignment]
        assert (await stage.hear(group, group.activity("Announce", note["id"])))[0] is ArrivalState.WAITING
        del stage.world.answers[note["id"]]
        stage.world.publish(note)
        stage.clock.advance(3_600)
        await stage.handle()
        assert (await stage.fates())[-1] == DONE
        assert await stage.post(note["id"]) is not None

    async def test_a_dead_origin_is_given_up(self, stage: Stage, anna: Remote, group: Remote) -> None:
        await stage.follow(group)
        stage.world.answers["https://nowhere.example/1"] = None  # type: ignore[assignment]
        await stage.send(group, group.activity("Announce", "https://nowhere.example/1"))
        for _ in range(MOST_FETCHES + 2):
            await stage.handle()
            stage.clock.advance(7_200)
        state, reason = (await stage.fates())[-1]
        assert state is ArrivalState.IGNORED
        assert "could not be fetched" in reason


class TestWrapped:
    def wrap(self, group: Remote, inner: JsonObject) -> JsonObject:
        return group.activity("Announce", inner)

    async def test_what_a_third_server_said_is_fetched_there(self, stage: Stage, anna: Remote, group: Remote) -> None:
        space = await stage.follow(group)
        note = anna.note("<p>Echt</p>", to=[PUBLIC, group.uri])
        inner = anna.create(note | {"content": "<p>Vals</p>"})
        assert await stage.hear(group, self.wrap(group, inner)) == DONE
        post = await stage.post(note["id"])
        author = await stage.actor(anna.uri)
        assert post is not None
        assert author is not None
        assert (post.content, post.space_id, post.author_id) == ("<p>Echt</p>", space.id, author.id)
        # It is the group's to pass on, not ours.
        assert await stage.said() == []

    async def test_a_forged_note_has_no_effect(self, stage: Stage, anna: Remote, group: Remote) -> None:
        await stage.follow(group)
        await stage.meet(anna)
        before = await stage.state()
        forged = anna.note("<p>Vals</p>", to=[PUBLIC, group.uri])
        del stage.world.documents[forged["id"]]
        assert (await stage.hear(group, self.wrap(group, anna.create(forged))))[0] is ArrivalState.IGNORED
        assert await stage.state() == before

    async def test_a_note_that_its_origin_gives_to_another_is_refused(
        self, stage: Stage, anna: Remote, group: Remote
    ) -> None:
        await stage.follow(group)
        bram = stage.world.person(handle="bram")
        note = bram.note(to=[PUBLIC, group.uri])
        inner = anna.create(note | {"attributedTo": anna.uri})
        assert (await stage.hear(group, self.wrap(group, inner)))[0] is ArrivalState.REFUSED
        assert (await stage.state())["posts"] == []

    async def test_what_the_groups_own_server_says_needs_no_fetch(self, stage: Stage, group: Remote) -> None:
        await stage.follow(group)
        carla = stage.world.person("lemmy.example", "carla")
        note = carla.note(to=[PUBLIC, group.uri])
        assert await stage.hear(group, self.wrap(group, carla.create(note))) == DONE
        assert await stage.post(note["id"]) is not None
        assert stage.world.asked[note["id"]] == 0

    async def test_a_suspended_author_does_not_come_in_by_a_group(
        self, stage: Stage, anna: Remote, group: Remote
    ) -> None:
        await stage.follow(group)
        await stage.meet(anna)
        async with stage.database.writing() as session:
            session.add(Instance(domain="utrecht.example", policy="suspended", created_at=stage.clock()))
        note = anna.note(to=[PUBLIC, group.uri])
        assert (await stage.hear(group, self.wrap(group, anna.create(note))))[0] is ArrivalState.REFUSED
        assert await stage.post(note["id"]) is None
        assert stage.world.asked[note["id"]] == 0

    async def test_who_no_group_is_wraps_nothing(self, stage: Stage, anna: Remote) -> None:
        bram = stage.world.person("rotterdam.example", "bram")
        await stage.follow(bram)
        note = anna.note()
        assert (await stage.hear(bram, self.wrap(bram, anna.create(note))))[0] is ArrivalState.IGNORED
        assert await stage.post(note["id"]) is None

    async def test_a_change_is_fetched_too(self, stage: Stage, anna: Remote, group: Remote) -> None:
        await stage.follow(group)
        note = anna.note("<p>Eerst</p>", to=[PUBLIC, group.uri])
        await stage.hear(group, self.wrap(group, anna.create(note)))
        changed = note | {"content": "<p>Later</p>", "updated": "2026-03-02T08:00:00Z"}
        forged = changed | {"content": "<p>Vals</p>"}
        stage.world.publish(changed)
        assert await stage.hear(group, self.wrap(group, anna.activity("Update", forged))) == DONE
        post = await stage.post(note["id"])
        assert post is not None
        assert post.content == "<p>Later</p>"

    async def test_a_deletion_counts_when_the_origin_confirms_it(
        self, stage: Stage, anna: Remote, group: Remote
    ) -> None:
        await stage.follow(group)
        note = anna.note(to=[PUBLIC, group.uri])
        await stage.hear(group, self.wrap(group, anna.create(note)))
        delete = anna.activity("Delete", note["id"])
        assert (await stage.hear(group, self.wrap(group, delete)))[0] is ArrivalState.IGNORED
        kept = await stage.post(note["id"])
        assert kept is not None
        assert kept.deleted_at is None
        stage.world.withdraw(note["id"])
        again = self.wrap(group, anna.activity("Delete", note["id"]))
        assert await stage.hear(group, again) == DONE
        kept = await stage.post(note["id"])
        assert kept is not None
        assert kept.deleted_at is not None

    async def test_a_tombstone_confirms_it_as_well(self, stage: Stage, anna: Remote, group: Remote) -> None:
        await stage.follow(group)
        note = anna.note(to=[PUBLIC, group.uri])
        await stage.hear(group, self.wrap(group, anna.create(note)))
        stage.world.publish({"id": note["id"], "type": "Tombstone"})
        assert await stage.hear(group, self.wrap(group, anna.activity("Delete", note["id"]))) == DONE
        kept = await stage.post(note["id"])
        assert kept is not None
        assert kept.deleted_at is not None

    async def test_a_group_deletes_nothing_of_ours(self, stage: Stage, anna: Remote, group: Remote) -> None:
        await stage.follow(group)
        post = await stage.say(stage.fatima)
        fake = group.activity("Delete", post.uri)
        await stage.hear(group, self.wrap(group, fake))
        await stage.hear(group, self.wrap(group, anna.activity("Delete", post.uri)))
        kept = await stage.post(post.uri)
        assert kept is not None
        assert kept.deleted_at is None

    async def test_a_like_by_someone_else_proves_nothing(self, stage: Stage, anna: Remote, group: Remote) -> None:
        await stage.follow(group)
        await stage.meet(anna)
        post = await stage.say(stage.fatima)
        assert (await stage.hear(group, self.wrap(group, anna.activity("Like", post.uri))))[0] is ArrivalState.IGNORED
        assert await stage.rows(Reaction) == []

    async def test_our_own_words_come_back_without_effect(self, stage: Stage, group: Remote) -> None:
        await stage.follow(group)
        post = await stage.say(stage.fatima)
        inner = {
            "id": "https://tilburg.example/activities/9",
            "type": "Create",
            "actor": stage.fatima.uri,
            "object": {"id": post.uri, "type": "Note", "attributedTo": stage.fatima.uri, "content": "<p>Vals</p>"},
        }
        assert (await stage.hear(group, self.wrap(group, inner)))[0] is ArrivalState.IGNORED
        kept = await stage.post(post.uri)
        assert kept is not None
        assert kept.content == "<p>Van ons</p>"

    async def test_an_unknown_inner_actor_of_a_dead_server_costs_no_more_than_its_budget(
        self, stage: Stage, group: Remote
    ) -> None:
        await stage.follow(group)
        ghost = Remote(stage.world, "gone.example", "geest")
        note = ghost.note(to=[PUBLIC, group.uri])
        stage.world.withdraw(ghost.uri)
        await stage.send(group, self.wrap(group, ghost.create(note)))
        await stage.handle()
        assert stage.world.asked[ghost.uri] == 1
        assert await stage.post(note["id"]) is None


async def test_who_is_blocked_by_the_author_does_not_pass_on(stage: Stage, anna: Remote) -> None:
    post = await stage.say(stage.fatima)
    actor = await stage.meet(anna)
    async with stage.database.writing() as session:
        session.add(Block(actor_id=stage.fatima.id, blocked_id=actor.id, created_at=stage.clock()))
    assert (await stage.hear(anna, anna.activity("Announce", post.uri)))[0] is ArrivalState.IGNORED
