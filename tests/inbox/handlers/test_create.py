"""Create: what is kept, where it belongs, and who is told."""

from itertools import permutations

import pytest

from actors.actor import Actor
from actors.instances.tables import Instance
from actors.issues.tables import Issue
from actors.kinds import ActorKind, FollowState, KnowledgeKind, PostKind
from actors.knowledge.tables import Answer, KnowledgeIssue, KnowledgeProduct
from actors.media.tables import Attachment
from actors.networks.tables import Network
from actors.posts.tables import Meeting, Mention, PollOption, Post, PostTheme
from actors.relations import Block, Membership
from federation.audience import Visibility
from federation.errors import FederationError
from federation.vocabulary import PUBLIC
from inbox.tables import ArrivalState
from tests.inbox.peers import Remote
from tests.inbox.stage import Stage

DONE = (ArrivalState.DONE, "")


async def test_a_note_to_an_issue_joins_its_conversation_and_is_passed_on(stage: Stage, anna: Remote) -> None:
    follower = stage.world.person("rotterdam.example", "wim")
    await stage.add_follow(await stage.meet(follower), stage.issue)
    note = anna.note(to=[PUBLIC, stage.issue.uri])
    activity = anna.create(note)
    assert await stage.hear(anna, activity) == DONE
    post = await stage.post(note["id"])
    assert post is not None
    assert (post.space_id, post.thread_id, post.visibility) == (stage.issue.id, post.id, Visibility.PUBLIC)
    wrapped, bare = await stage.said()
    assert (wrapped["type"], wrapped["actor"], wrapped["object"]["id"]) == (
        "Announce",
        stage.issue.uri,
        activity["id"],
    )
    assert (bare["type"], bare["object"]) == ("Announce", note["id"])
    assert await stage.deliveries() == {f"{follower.uri}/inbox"}


async def test_a_reply_joins_the_thread_and_its_author_is_told(stage: Stage, anna: Remote) -> None:
    parent = await stage.say(stage.fatima, space_id=stage.issue.id)
    note = anna.note(inReplyTo=parent.uri)
    assert await stage.hear(anna, anna.create(note)) == DONE
    post = await stage.post(note["id"])
    assert post is not None
    assert (post.thread_id, post.reply_to_id, post.space_id) == (parent.id, parent.id, stage.issue.id)
    assert await stage.notified() == [("reply", stage.fatima.id)]
    # A reply is passed on to who knows groups, and is no boost.
    assert [said["object"]["type"] for said in await stage.said()] == ["Create"]


async def test_a_mention_is_told_once(stage: Stage, anna: Remote) -> None:
    parent = await stage.say(stage.fatima)
    tag = {"type": "Mention", "href": stage.fatima.uri}
    await stage.hear(anna, anna.create(anna.note(inReplyTo=parent.uri, tag=[tag], cc=[stage.fatima.uri])))
    assert await stage.notified() == [("reply", stage.fatima.id)]
    await stage.hear(anna, anna.create(anna.note(tag=[tag], cc=[stage.fatima.uri])))
    assert sorted(kind for kind, _ in await stage.notified()) == ["mention", "reply"]


async def test_what_concerns_nobody_here_is_not_kept(stage: Stage, anna: Remote) -> None:
    assert await stage.hear(anna, anna.create(anna.note())) == (ArrivalState.IGNORED, "not for anyone here")
    assert (await stage.state())["posts"] == []


async def test_who_is_followed_is_heard(stage: Stage, anna: Remote) -> None:
    await stage.follow(anna)
    note = anna.note(to=[anna.followers], cc=[])
    assert await stage.hear(anna, anna.create(note | {"cc": []})) == DONE
    post = await stage.post(note["id"])
    assert post is not None
    assert post.visibility is Visibility.FOLLOWERS


async def test_who_was_not_accepted_yet_is_not_heard(stage: Stage, anna: Remote) -> None:
    await stage.follow(anna, state=FollowState.PENDING)
    assert (await stage.hear(anna, anna.create(anna.note())))[0] is ArrivalState.IGNORED


async def test_html_is_cleaned_and_names_are_plain(stage: Stage, anna: Remote) -> None:
    note = anna.note(
        '<p onclick="x()">Hoi <script>alert(1)</script><a href="javascript:x">daar</a></p>',
        to=[stage.fatima.uri],
        name="<b>Titel</b>\u202e",
        summary="Pas op\n<script>",
    )
    await stage.hear(anna, anna.create(note))
    post = await stage.post(note["id"])
    assert post is not None
    assert "script" not in post.content
    assert "onclick" not in post.content
    assert "javascript" not in post.content
    assert (post.name, post.summary) == ("Titel", "Pas op")


async def test_a_private_word_is_seen_by_who_is_named(stage: Stage, anna: Remote) -> None:
    tag = {"type": "Mention", "href": stage.fatima.uri}
    note = anna.note(to=[stage.fatima.uri], tag=[tag])
    note["cc"] = []
    await stage.hear(anna, anna.create(note))
    post = await stage.post(note["id"])
    assert post is not None
    assert post.visibility is Visibility.DIRECT
    assert [row.actor_id for row in await stage.rows(Mention)] == [stage.fatima.id]
    assert await stage.notified() == [("mention", stage.fatima.id)]


async def test_a_private_word_to_an_issue_is_no_part_of_its_conversation(stage: Stage, anna: Remote) -> None:
    note = anna.note(to=[stage.issue.uri])
    note["cc"] = []
    await stage.hear(anna, anna.create(note))
    post = await stage.post(note["id"])
    assert post is not None
    assert post.space_id is None
    assert await stage.said() == []


@pytest.mark.parametrize(
    "forged",
    [
        {"attributedTo": "https://utrecht.example/bram"},
        {"attributedTo": "https://rotterdam.example/bram"},
        {"id": "https://rotterdam.example/notes/1"},
        {"attributedTo": {"id": "https://utrecht.example/anna"}},
        {"attributedTo": None},
        {"id": None},
        {"to": [f"https://utrecht.example/{number}" for number in range(101)]},
    ],
    ids=lambda forged: next(iter(forged)) + " " + str(next(iter(forged.values())))[:30],
)
async def test_what_is_not_the_senders_to_say_changes_nothing(
    stage: Stage, anna: Remote, forged: dict[str, object]
) -> None:
    stage.world.person(handle="bram")
    await stage.follow(anna)
    before = await stage.state()
    activity = anna.create(anna.note(to=[stage.fatima.uri]))
    activity["object"] = activity["object"] | forged
    try:
        await stage.hear(anna, activity)
    except FederationError:
        assert await stage.fates() == []
    else:
        assert (await stage.fates())[-1][0] is ArrivalState.REFUSED
    assert await stage.state() == before


async def test_who_is_blocked_is_not_heard(stage: Stage, anna: Remote) -> None:
    actor = await stage.meet(anna)
    async with stage.database.writing() as session:
        for blocker in (stage.fatima, stage.issue):
            session.add(Block(actor_id=blocker.id, blocked_id=actor.id, created_at=stage.clock()))
    assert (await stage.hear(anna, anna.create(anna.note(to=[stage.fatima.uri]))))[0] is ArrivalState.IGNORED
    assert (await stage.hear(anna, anna.create(anna.note(to=[PUBLIC, stage.issue.uri]))))[0] is ArrivalState.REFUSED
    assert (await stage.state())["posts"] == []


async def test_a_limited_server_is_heard_but_tells_nobody(stage: Stage, anna: Remote) -> None:
    async with stage.database.writing() as session:
        session.add(Instance(domain="utrecht.example", policy="limited", created_at=stage.clock()))
    tag = {"type": "Mention", "href": stage.fatima.uri}
    note = anna.note(tag=[tag], to=[PUBLIC, stage.fatima.uri])
    assert await stage.hear(anna, anna.create(note)) == DONE
    assert await stage.post(note["id"]) is not None
    assert await stage.notified() == []


class TestClosedNetworks:
    @pytest.fixture
    async def network(self, stage: Stage) -> Actor:
        network = await stage.add_local("besloten", ActorKind.NETWORK)
        async with stage.database.writing() as session:
            session.add(Network(actor_id=network.id, is_closed=True))
        return network

    async def test_only_members_speak(self, stage: Stage, anna: Remote, network: Actor) -> None:
        note = anna.note(to=[network.uri])
        note["cc"] = []
        assert (await stage.hear(anna, anna.create(note)))[0] is ArrivalState.REFUSED
        assert await stage.post(note["id"]) is None

    async def test_what_members_say_stays_among_them(self, stage: Stage, anna: Remote, network: Actor) -> None:
        actor = await stage.meet(anna)
        async with stage.database.writing() as session:
            session.add(Membership(space_id=network.id, member_id=actor.id, created_at=stage.clock()))
        note = anna.note(to=[network.uri, PUBLIC], tag=[{"type": "Mention", "href": stage.fatima.uri}])
        assert await stage.hear(anna, anna.create(note)) == DONE
        post = await stage.post(note["id"])
        assert post is not None
        assert (post.visibility, post.space_id) == (Visibility.MEMBERS, network.id)
        assert await stage.said() == []
        assert await stage.notified() == []


class TestKinds:
    async def test_a_poll(self, stage: Stage, anna: Remote) -> None:
        votes = {"ja": 3, "nee": 1}
        options = [{"type": "Note", "name": name, "replies": {"totalItems": votes[name]}} for name in votes]
        note = anna.note(to=[stage.fatima.uri], oneOf=options) | {"type": "Question"}
        await stage.hear(anna, anna.create(note))
        post = await stage.post(note["id"])
        assert post is not None
        assert post.kind is PostKind.POLL
        assert [(row.name, row.votes) for row in await stage.rows(PollOption)] == [("ja", 3), ("nee", 1)]

    async def test_a_vote_is_no_contribution(self, stage: Stage, anna: Remote) -> None:
        poll = await stage.say(stage.fatima, kind=PostKind.POLL, type="Question")
        vote = anna.note("", to=[stage.fatima.uri], name="ja", inReplyTo=poll.uri)
        assert (await stage.hear(anna, anna.create(vote)))[0] is ArrivalState.IGNORED
        assert await stage.post(vote["id"]) is None

    async def test_a_meeting(self, stage: Stage, anna: Remote) -> None:
        note = anna.note(to=[stage.fatima.uri], startTime="2026-04-14T12:00:00Z", location={"name": "Raadhuis"})
        await stage.hear(anna, anna.create(note | {"type": "Event"}))
        (meeting,) = await stage.rows(Meeting)
        assert meeting.location == "Raadhuis"
        assert meeting.starts_at.isoformat() == "2026-04-14T12:00:00+00:00"

    async def test_a_knowledge_product_with_its_documents(self, stage: Stage, anna: Remote) -> None:
        note = anna.note(
            to=[stage.fatima.uri],
            name="Handreiking",
            postType="knowledge",
            kind="guide",
            license="https://creativecommons.org/licenses/by/4.0/",
            language="nl",
            themes=["young-people", {"id": "x"}],
            tag=[{"type": "Hashtag", "name": "#YoungPeople"}, {"type": "Hashtag", "name": "#Brabant"}],
            issue=[stage.issue.uri],
            attachment=[
                {
                    "type": "Document",
                    "mediaType": "application/pdf",
                    "url": "https://utrecht.example/a.pdf",
                    "name": "A",
                },
                {"type": "Document", "mediaType": "text/html", "url": "javascript:alert(1)", "name": "B"},
                {"type": "Image", "mediaType": "image/png", "url": "https://utrecht.example/b.png", "width": 10**9},
            ],
            image={"type": "Image", "url": "https://utrecht.example/c.png", "width": 800, "height": 600, "name": "C"},
        )
        await stage.hear(anna, anna.create(note | {"type": "Article"}))
        post = await stage.post(note["id"])
        assert post is not None
        assert (post.kind, post.language, post.name) == (PostKind.KNOWLEDGE, "nl", "Handreiking")
        (product,) = await stage.rows(KnowledgeProduct)
        assert (product.kind, product.licence) == (
            KnowledgeKind.GUIDE,
            "https://creativecommons.org/licenses/by/4.0/",
        )
        assert [row.issue_id for row in await stage.rows(KnowledgeIssue)] == [stage.issue.id]
        assert [row.theme for row in await stage.rows(PostTheme)] == ["brabant", "young-people"]
        files = [(row.url.rpartition("/")[2], row.width, row.is_cover) for row in await stage.rows(Attachment)]
        assert sorted(files) == [("a.pdf", None, False), ("b.png", None, False), ("c.png", 800, True)]
        assert all(row.digest is None for row in await stage.rows(Attachment))

    async def test_an_article_of_anyone_is_a_contribution(self, stage: Stage, anna: Remote) -> None:
        note = anna.note(to=[stage.fatima.uri], name="Stuk") | {"type": "Article"}
        await stage.hear(anna, anna.create(note))
        post = await stage.post(note["id"])
        assert post is not None
        assert (post.kind, post.name) == (PostKind.CONTRIBUTION, "Stuk")

    async def test_an_outcome_is_the_hosts_to_give(self, stage: Stage, anna: Remote) -> None:
        host = Remote(stage.world, "utrecht.example", "gemeente-utrecht", "Organization")
        issue = Remote(
            stage.world, "utrecht.example", "vraag", "Group", kind="issue", host=host.uri, question="Wat nu?"
        )
        await stage.meet(host)
        contribution = await stage.say(stage.fatima, space_id=(await stage.meet(issue)).id)
        answers = [
            {"type": "Answer", "object": contribution.uri, "verdict": "adopted", "reason": "Goed idee"},
            {"type": "Answer", "object": "https://utrecht.example/notes/77", "verdict": "onzin"},
        ]

        def outcome(author: Remote) -> dict[str, object]:
            return author.note(
                to=[PUBLIC, stage.fatima.uri],
                name="Terugkoppeling",
                postType="outcome",
                answers=answers,
                issue=issue.uri,
            ) | {"type": "Article"}

        real, false = outcome(host), outcome(anna)
        assert await stage.hear(host, host.create(real)) == DONE
        assert await stage.hear(anna, anna.create(false)) == DONE
        post = await stage.post(str(real["id"]))
        assert post is not None
        known = await stage.actor(issue.uri)
        assert known is not None
        assert (post.kind, post.space_id) == (PostKind.OUTCOME, known.id)
        assert [(row.contribution_uri, row.verdict.value) for row in await stage.rows(Answer)] == [
            (contribution.uri, "adopted")
        ]
        fake = await stage.post(str(false["id"]))
        assert fake is not None
        assert fake.kind is PostKind.CONTRIBUTION
        assert ("outcome", stage.fatima.id) in await stage.notified()

    async def test_an_outcome_answers_what_was_said_in_its_own_issue(self, stage: Stage) -> None:
        host = Remote(stage.world, "utrecht.example", "gemeente-utrecht", "Organization")
        issue = Remote(
            stage.world, "utrecht.example", "vraag", "Group", kind="issue", host=host.uri, question="Wat nu?"
        )
        await stage.follow(host)
        elsewhere = [await stage.say(stage.fatima), await stage.say(stage.fatima, space_id=stage.issue.id)]
        answers = [{"type": "Answer", "object": post.uri, "verdict": "not"} for post in elsewhere]
        outcome = host.note(name="Terugkoppeling", postType="outcome", answers=answers, issue=issue.uri)
        outcome["type"] = "Article"
        assert await stage.hear(host, host.create(outcome)) == DONE
        changed = outcome | {"updated": "2026-03-01T10:00:00Z"}
        assert await stage.hear(host, host.activity("Update", changed)) == DONE
        post = await stage.post(outcome["id"])
        assert post is not None
        assert post.kind is PostKind.OUTCOME
        assert await stage.rows(Answer) == []
        assert await stage.notified() == []


class TestIssues:
    async def test_an_organisation_that_is_followed_puts_an_issue_on_the_agenda(self, stage: Stage) -> None:
        host = Remote(stage.world, "utrecht.example", "gemeente-utrecht", "Organization")
        await stage.follow(host)
        issue = Remote(
            stage.world, "utrecht.example", "vraag", "Group", kind="issue", host=host.uri, question="Wat nu?",
            themes=["integration"], phase="agenda",
        )  # fmt: skip
        assert await stage.hear(host, host.activity("Create", issue.document())) == DONE
        known = await stage.actor(issue.uri)
        assert known is not None
        assert known.kind is ActorKind.ISSUE
        rows = {row.actor_id: row for row in await stage.rows(Issue)}
        assert rows[known.id].question == "Wat nu?"

    async def test_nobody_makes_an_issue_for_another(self, stage: Stage, anna: Remote) -> None:
        await stage.follow(anna)
        for forged in (
            Remote(
                stage.world, "utrecht.example", "vraag", "Group", kind="issue", host="https://utrecht.example/other"
            ),
            Remote(stage.world, "rotterdam.example", "vraag", "Group", kind="issue", host=anna.uri),
        ):
            fate, _ = await stage.hear(anna, anna.activity("Create", forged.document()))
            assert fate is ArrivalState.REFUSED
            assert await stage.actor(forged.uri) is None


@pytest.mark.parametrize("together", [False, True], ids=["one by one", "in one batch"])
async def test_an_answer_before_what_it_answers_finds_it_later(stage: Stage, anna: Remote, together: bool) -> None:
    await stage.follow(anna)
    for order in permutations(range(3)):
        first = anna.note(to=[PUBLIC, stage.issue.uri])
        second = anna.note(inReplyTo=first["id"])
        third = anna.note(inReplyTo=second["id"])
        for index in order:
            await stage.send(anna, anna.create((first, second, third)[index]))
            if not together:
                await stage.handle()
        await stage.handle()
        posts = {post.uri: post for post in await stage.rows(Post)}
        root = posts[first["id"]]
        for note, parent in ((second, root), (third, posts[second["id"]])):
            post = posts[note["id"]]
            assert (post.thread_id, post.space_id, post.reply_to_id) == (root.id, stage.issue.id, parent.id), order


async def test_two_posts_that_answer_each_other_are_two_posts(stage: Stage, anna: Remote) -> None:
    await stage.follow(anna)
    first, second = anna.note(), anna.note()
    for one, other in ((first, second), (second, first)):
        await stage.hear(anna, anna.create(one | {"inReplyTo": other["id"]}))
    posts = {post.uri: post for post in await stage.rows(Post)}
    assert posts[second["id"]].reply_to_id == posts[first["id"]].id
    assert posts[first["id"]].reply_to_id is None
