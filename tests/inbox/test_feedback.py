"""Outcomes from other servers: versions, steps, answers about what we do not know yet, and who hears."""

from datetime import timedelta
from itertools import permutations

import pytest

from actors.actor import Actor
from actors.knowledge.outcome_tables import OutcomeRecord, OutcomeStep, OutcomeVersion
from actors.knowledge.tables import Answer
from actors.notifications import Notification
from actors.posts.tables import Post
from federation.documents import JsonObject
from federation.vocabulary import PUBLIC
from inbox.tables import ArrivalState
from tests.inbox.peers import Remote
from tests.inbox.stage import Stage

DONE = (ArrivalState.DONE, "")


class Utrecht:
    """A host on another server with an issue, in which fatima said something."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.host = Remote(stage.world, "utrecht.example", "gemeente-utrecht", "Organization")
        self.issue = Remote(
            stage.world, "utrecht.example", "vraag", "Group", kind="issue", host=self.host.uri, question="Wat nu?"
        )
        self.known: Actor
        self.said: Post

    async def prepare(self) -> "Utrecht":
        await self.stage.meet(self.host)
        self.known = await self.stage.meet(self.issue)
        self.said = await self.stage.say(self.stage.fatima, space_id=self.known.id)
        return self

    def outcome(self, version: int = 1, verdict: str = "not", **more: object) -> JsonObject:
        moment = self.stage.clock() - timedelta(hours=10) + timedelta(minutes=version)
        corrections = [
            {"type": "Correction", "version": number, "published": moment.isoformat(), "reason": f"Reden {number}."}
            for number in range(2, version + 1)
        ]
        document: JsonObject = {
            "id": "https://utrecht.example/outcomes/1", "type": "Article", "attributedTo": self.host.uri,
            "to": [PUBLIC], "cc": [], "name": f"Titel {version}", "content": f"<p>Tekst {version}</p>",
            "postType": "outcome", "issue": self.issue.uri, "version": version, "corrections": corrections,
            "published": moment.isoformat(), "updated": moment.isoformat(),
            "answers": [{"type": "Answer", "object": self.said.uri, "verdict": verdict, "reason": f"Om {version}."}],
            **more,
        }  # fmt: skip
        return document


@pytest.fixture
async def utrecht(stage: Stage) -> Utrecht:
    return await Utrecht(stage).prepare()


async def told(stage: Stage) -> list[str]:
    return [row.kind for row in await stage.rows(Notification)]


async def test_an_outcome_that_answers_ours_is_taken_in_though_nobody_follows_or_is_named(
    stage: Stage, utrecht: Utrecht
) -> None:
    for _ in range(2):
        assert await stage.hear(utrecht.host, utrecht.host.create(utrecht.outcome())) == DONE
    assert [row.verdict.value for row in await stage.rows(Answer)] == ["not"]
    assert [row.version for row in await stage.rows(OutcomeRecord)] == [1]
    assert await told(stage) == ["outcome"]


async def test_one_that_answers_nobody_here_is_not_kept(stage: Stage, utrecht: Utrecht) -> None:
    answers = [{"type": "Answer", "object": "https://elders.example/notes/1", "verdict": "not", "reason": ""}]
    state, why = await stage.hear(utrecht.host, utrecht.host.create(utrecht.outcome(answers=answers)))
    assert (state, why) == (ArrivalState.IGNORED, "not for anyone here")


async def test_an_answer_about_what_is_not_known_yet_joins_it_when_it_comes(
    stage: Stage, utrecht: Utrecht, anna: Remote
) -> None:
    await stage.follow(utrecht.host)
    note = anna.note(to=[PUBLIC, utrecht.issue.uri])
    answers = [{"type": "Answer", "object": note["id"], "verdict": "adopted", "reason": "Ja."}]
    assert await stage.hear(utrecht.host, utrecht.host.create(utrecht.outcome(answers=answers))) == DONE
    assert [row.contribution_uri for row in await stage.rows(Answer)] == [note["id"]]
    await stage.follow(anna)
    assert await stage.hear(anna, anna.create(note)) == DONE
    assert [(row.contribution_uri, row.reason) for row in await stage.rows(Answer)] == [(note["id"], "Ja.")]


async def test_a_correction_keeps_what_was_said_and_the_contributor_hears_again(stage: Stage, utrecht: Utrecht) -> None:
    await stage.hear(utrecht.host, utrecht.host.create(utrecht.outcome()))
    update = utrecht.host.activity("Update", utrecht.outcome(2, "partly"))
    for _ in range(2):
        await stage.hear(utrecht.host, update)
    (now,) = await stage.rows(OutcomeRecord)
    (old,) = await stage.rows(OutcomeVersion)
    assert (now.version, now.reason) == (2, "Reden 2.")
    assert (old.version, old.name, old.content) == (1, "Titel 1", "<p>Tekst 1</p>")
    assert old.answers == [{"object": utrecht.said.uri, "verdict": "not", "reason": "Om 1."}]
    assert [(row.verdict.value, row.reason) for row in await stage.rows(Answer)] == [("partly", "Om 2.")]
    assert await told(stage) == ["outcome", "outcome-changed"]
    await stage.hear(utrecht.host, utrecht.host.activity("Update", utrecht.outcome(3, "adopted")))
    assert await told(stage) == ["outcome", "outcome-changed"]
    assert max(row.id for row in await stage.rows(Notification)) > old.outcome_id


async def test_who_gets_no_other_answer_hears_nothing_again(stage: Stage, utrecht: Utrecht) -> None:
    await stage.hear(utrecht.host, utrecht.host.create(utrecht.outcome()))
    same = utrecht.outcome()["answers"]
    await stage.hear(utrecht.host, utrecht.host.activity("Update", utrecht.outcome(2, answers=same)))
    assert await told(stage) == ["outcome"]


@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
async def test_in_whatever_order_they_come_the_newest_holds_and_the_others_are_its_history(
    stage: Stage, utrecht: Utrecht, order: tuple[int, ...]
) -> None:
    for place, version in enumerate(order):
        document = utrecht.outcome(version)
        verb = "Create" if place == 0 else "Update"
        await stage.hear(utrecht.host, utrecht.host.activity(verb, document))
    (post,) = [row for row in await stage.rows(Post) if not row.is_local]
    (now,) = await stage.rows(OutcomeRecord)
    assert (post.content, now.version) == ("<p>Tekst 3</p>", 3)
    history = {row.version: row.content for row in await stage.rows(OutcomeVersion)}
    assert history == {1: "<p>Tekst 1</p>", 2: "<p>Tekst 2</p>"}
    assert [row.reason for row in await stage.rows(Answer)] == ["Om 3."]


async def test_an_older_version_with_a_newer_date_replaces_nothing(stage: Stage, utrecht: Utrecht) -> None:
    await stage.hear(utrecht.host, utrecht.host.create(utrecht.outcome(3)))
    late = utrecht.outcome(2, updated=stage.clock().isoformat())
    state, _ = await stage.hear(utrecht.host, utrecht.host.activity("Update", late))
    assert state is ArrivalState.IGNORED
    (post,) = [row for row in await stage.rows(Post) if not row.is_local]
    assert post.content == "<p>Tekst 3</p>"


async def test_a_server_that_was_away_gets_the_history_without_the_texts_that_it_missed(
    stage: Stage, utrecht: Utrecht
) -> None:
    await stage.hear(utrecht.host, utrecht.host.create(utrecht.outcome(3)))
    (missed,) = await stage.rows(OutcomeVersion)
    assert (missed.version, missed.content, missed.reason) == (2, None, "Reden 2.")


async def test_only_who_gave_an_outcome_corrects_it(stage: Stage, utrecht: Utrecht, anna: Remote) -> None:
    await stage.hear(utrecht.host, utrecht.host.create(utrecht.outcome()))
    neighbour = Remote(stage.world, "utrecht.example", "buur")
    for sender in (anna, neighbour, utrecht.issue):
        forged = utrecht.outcome(2, attributedTo=sender.uri)
        await stage.hear(sender, sender.activity("Update", forged))
    assert [row.version for row in await stage.rows(OutcomeRecord)] == [1]
    assert [row.reason for row in await stage.rows(Answer)] == ["Om 1."]


async def test_an_outcome_of_another_on_our_issue_is_none(stage: Stage, utrecht: Utrecht, anna: Remote) -> None:
    said = await stage.say(stage.fatima, space_id=stage.issue.id)
    for sender in (utrecht.host, anna):
        forged = sender.note(
            to=[PUBLIC, stage.fatima.uri], name="Terugkoppeling", postType="outcome", issue=stage.issue.uri,
            answers=[{"type": "Answer", "object": said.uri, "verdict": "not", "reason": "Nee."}],
        ) | {"type": "Article"}  # fmt: skip
        await stage.hear(sender, sender.create(forged))
    assert await stage.rows(Answer) == []
    assert await stage.rows(OutcomeRecord) == []


async def test_an_outcome_cannot_answer_what_was_said_in_another_issue(stage: Stage, utrecht: Utrecht) -> None:
    other = await stage.say(stage.fatima, space_id=stage.issue.id)
    answers = [
        {"type": "Answer", "object": uri, "verdict": "not", "reason": "Nee."} for uri in (utrecht.said.uri, other.uri)
    ]
    await stage.hear(utrecht.host, utrecht.host.create(utrecht.outcome(answers=answers)))
    assert [row.contribution_uri for row in await stage.rows(Answer)] == [utrecht.said.uri]


async def test_steps_are_taken_over_and_followers_hear_when_one_is_done(stage: Stage, utrecht: Utrecht) -> None:
    await stage.add_follow(stage.fatima, utrecht.known)
    steps: list[JsonObject] = [
        {"type": "Step", "id": "https://utrecht.example/outcomes/1#stap-4", "name": "Lampen", "status": "open",
         "responsible": "Beheer", "endTime": "2026-06-01T21:59:59Z"},
        {"type": "Step", "name": "Zonder id", "status": "open"},
        {"type": "Step", "status": "open"},
    ]  # fmt: skip
    await stage.hear(utrecht.host, utrecht.host.create(utrecht.outcome(followUp=steps)))
    first = {row.number: (row.id, row.what, row.who, row.done_at) for row in await stage.rows(OutcomeStep)}
    assert {number: row[1:] for number, row in first.items()} == {
        2: ("Zonder id", "", None), 4: ("Lampen", "Beheer", None),
    }  # fmt: skip
    done = [steps[0] | {"status": "done", "done": "2026-03-01T09:00:00Z", "content": "Ze hangen."}]
    update = utrecht.host.activity("Update", utrecht.outcome(followUp=done, updated=stage.clock().isoformat()))
    for _ in range(2):
        await stage.hear(utrecht.host, update)
    (row,) = await stage.rows(OutcomeStep)
    assert (row.id, row.note, row.done_at is not None) == (first[4][0], "Ze hangen.", True)
    assert [(one.kind, one.thing_id) for one in await stage.rows(Notification)] == [
        ("outcome", None), ("outcome-step", row.id),
    ]  # fmt: skip
    assert await stage.rows(OutcomeVersion) == []


async def test_hostile_parts_are_left_out(stage: Stage, utrecht: Utrecht) -> None:
    outcome = utrecht.outcome(
        version=1, followUp=[{"type": "Step", "name": "x" * 3_000, "id": "#stap-99999999"}] * 100 + [7, None, "stap"],
        corrections=[{"version": 10**9, "published": "nooit"}, {"version": "2"}, 3],
    )  # fmt: skip
    outcome["version"] = -3
    assert await stage.hear(utrecht.host, utrecht.host.create(outcome)) == DONE
    assert [row.version for row in await stage.rows(OutcomeRecord)] == [1]
    assert await stage.rows(OutcomeVersion) == []
    assert len(await stage.rows(OutcomeStep)) <= 20


async def test_a_withdrawn_outcome_leaves_neither_history_nor_steps(stage: Stage, utrecht: Utrecht) -> None:
    await stage.hear(utrecht.host, utrecht.host.create(utrecht.outcome(followUp=[{"type": "Step", "name": "Lampen"}])))
    await stage.hear(utrecht.host, utrecht.host.activity("Update", utrecht.outcome(2)))
    await stage.hear(utrecht.host, utrecht.host.activity("Delete", "https://utrecht.example/outcomes/1"))
    assert await stage.rows(OutcomeVersion) == []
    assert await stage.rows(OutcomeStep) == []


async def test_an_outcome_can_be_liked_and_answered(stage: Stage, anna: Remote) -> None:
    outcome = await stage.say(
        stage.fatima, "<p>Wat we deden</p>", kind="outcome", type="Article", space_id=stage.issue.id
    )
    note = anna.note(inReplyTo=outcome.uri)
    assert await stage.hear(anna, anna.create(note)) == DONE
    assert await stage.hear(anna, anna.activity("Like", outcome.uri)) == DONE
    post = await stage.post(note["id"])
    assert post is not None
    assert (post.reply_to_id, post.thread_id, post.space_id) == (outcome.id, outcome.id, stage.issue.id)
    assert sorted(await told(stage)) == ["like", "reply"]
