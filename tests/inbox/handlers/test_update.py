"""Update: by whose it is, and never back to what was before."""

from datetime import timedelta

import pytest

from actors.actor import ActorKey
from actors.issues.tables import Issue, PhaseChange
from actors.kinds import ActorKind, Phase
from actors.networks.tables import Network
from actors.posts.tables import PollOption
from actors.relations import Membership
from federation.audience import Visibility
from federation.documents import JsonObject
from federation.keys import public_pem
from federation.vocabulary import PUBLIC
from inbox.receive import Receipt
from inbox.tables import ArrivalState
from tests.inbox.peers import Remote
from tests.inbox.stage import Stage

DONE = (ArrivalState.DONE, "")


def later(note: JsonObject, hour: int = 10, **more: object) -> JsonObject:
    return note | {"content": f"<p>Om {hour}</p>", "updated": f"2026-03-01T{hour}:00:00Z", **more}


async def test_an_author_changes_a_post(stage: Stage, anna: Remote) -> None:
    note = anna.note(to=[PUBLIC, stage.issue.uri], tag=[{"type": "Hashtag", "name": "#een"}])
    await stage.hear(anna, anna.create(note))
    changed = later(note, tag=[{"type": "Hashtag", "name": "#twee"}])
    assert await stage.hear(anna, anna.activity("Update", changed)) == DONE
    post = await stage.post(note["id"])
    assert post is not None
    assert post.content == "<p>Om 10</p>"
    assert (await stage.said())[-1]["object"]["type"] == "Update"


async def test_neither_author_nor_audience_changes(stage: Stage, anna: Remote) -> None:
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


@pytest.mark.parametrize("restricted", [True, False])
async def test_what_is_no_longer_for_everyone_is_not_published(stage: Stage, anna: Remote, restricted: bool) -> None:
    note = anna.note(to=[PUBLIC, stage.issue.uri])
    await stage.hear(anna, anna.create(note))
    to = [anna.followers] if restricted else [stage.fatima.uri]
    assert await stage.hear(anna, anna.activity("Update", later(note, to=to, cc=[]), to=to)) == DONE
    post = await stage.post(note["id"])
    assert post is not None
    assert post.visibility is (Visibility.FOLLOWERS if restricted else Visibility.DIRECT)
    assert post.content == "<p>Om 10</p>"
    # Nothing that carried it is served any more, and nothing new does.
    assert await stage.said() == []
    # Once narrowed it does not widen again.
    await stage.hear(anna, anna.activity("Update", later(note, 11)))
    post = await stage.post(note["id"])
    assert post is not None
    assert post.visibility is (Visibility.FOLLOWERS if restricted else Visibility.DIRECT)
    assert await stage.said() == []


async def test_what_is_said_among_members_stays_among_members(stage: Stage, anna: Remote) -> None:
    network = await stage.add_local("kring", ActorKind.NETWORK)
    author = await stage.meet(anna)
    async with stage.database.writing() as session:
        session.add(Network(actor_id=network.id, is_closed=True))
        await session.flush()
        session.add(Membership(space_id=network.id, member_id=author.id, created_at=stage.clock()))
    note = anna.note(to=[network.uri], cc=[])
    assert await stage.hear(anna, anna.create(note), anna.activity("Update", later(note))) == DONE
    post = await stage.post(note["id"])
    assert post is not None
    assert (post.content, post.visibility) == ("<p>Om 10</p>", Visibility.MEMBERS)


async def test_nobody_else_changes_it(stage: Stage, anna: Remote) -> None:
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


async def test_an_older_version_is_ignored(stage: Stage, anna: Remote) -> None:
    note = anna.note(to=[stage.fatima.uri])
    await stage.hear(anna, anna.create(note), anna.activity("Update", later(note, 12)))
    assert (await stage.hear(anna, anna.activity("Update", later(note, 11))))[0] is ArrivalState.IGNORED
    post = await stage.post(note["id"])
    assert post is not None
    assert post.content == "<p>Om 12</p>"


@pytest.mark.parametrize("from_the_start", [True, False])
async def test_a_version_from_the_future_is_of_now(stage: Stage, anna: Remote, from_the_start: bool) -> None:
    note = anna.note(to=[stage.fatima.uri])
    ahead = note | {"content": "<p>Straks</p>", "updated": "2099-01-01T00:00:00Z"}
    if from_the_start:
        await stage.hear(anna, anna.create(ahead))
    else:
        await stage.hear(anna, anna.create(note), anna.activity("Update", ahead))
    post = await stage.post(note["id"])
    assert post is not None
    assert (post.content, post.updated_at) == ("<p>Straks</p>", stage.clock())
    stage.clock.advance(120)
    after = (stage.clock() - timedelta(seconds=60)).isoformat()
    changed = note | {"content": "<p>Daarna</p>", "updated": after}
    assert await stage.hear(anna, anna.activity("Update", changed)) == DONE
    post = await stage.post(note["id"])
    assert post is not None
    assert post.content == "<p>Daarna</p>"


async def test_votes_are_counted_without_an_edit(stage: Stage, anna: Remote) -> None:
    poll = anna.note(to=[stage.fatima.uri], oneOf=[{"type": "Note", "name": "ja"}]) | {"type": "Question"}
    await stage.hear(anna, anna.create(later(poll, 10)))
    voted = [{"type": "Note", "name": "ja", "replies": {"type": "Collection", "totalItems": 7}}]
    assert await stage.hear(anna, anna.activity("Update", poll | {"oneOf": voted})) == DONE
    assert [row.votes for row in await stage.rows(PollOption)] == [7]


async def test_an_actor_speaks_for_itself(stage: Stage, anna: Remote) -> None:
    await stage.meet(anna)
    anna.more = {"name": "Anna <b>Nieuw</b>"}
    assert await stage.hear(anna, anna.activity("Update", anna.document())) == DONE
    known = await stage.actor(anna.uri)
    assert known is not None
    assert known.name == "Anna Nieuw"


async def test_and_nobody_else_does(stage: Stage, anna: Remote) -> None:
    await stage.meet(anna)
    mallory = stage.world.person("utrecht.example", "mallory")
    forged = anna.document() | {"name": "Vals"}
    assert (await stage.hear(mallory, mallory.activity("Update", forged)))[0] is ArrivalState.REFUSED
    known = await stage.actor(anna.uri)
    assert known is not None
    assert known.name == "Anna"


async def test_an_older_version_of_an_actor_is_ignored(stage: Stage, anna: Remote) -> None:
    await stage.meet(anna)
    versions = [
        anna.document() | {"name": f"Versie {hour}", "updated": f"2026-03-02T{hour}:00:00Z"} for hour in (12, 11)
    ]
    stage.clock.advance(3 * 3_600)
    await stage.hear(anna, *(anna.activity("Update", version) for version in versions))
    known = await stage.actor(anna.uri)
    assert known is not None
    assert known.name == "Versie 12"


async def test_an_issue_enters_another_phase(stage: Stage) -> None:
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


async def test_an_actor_does_not_take_the_key_of_another(stage: Stage, anna: Remote) -> None:
    await stage.meet(anna)
    mallory = stage.world.person("utrecht.example", "mallory")
    await stage.meet(mallory)
    forged = mallory.document()
    forged["publicKey"] = [forged["publicKey"], forged["publicKey"] | {"id": anna.key_id}]
    await stage.hear(mallory, mallory.activity("Update", forged))
    (key,) = await stage.rows(ActorKey, ActorKey.uri == anna.key_id)
    assert key.public == public_pem(anna.private)
    assert await stage.send(anna, anna.create(anna.note(to=[stage.fatima.uri]))) is Receipt.ACCEPTED
