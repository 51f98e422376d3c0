"""What another instance tells of the life of its issue: phases and promises, with who and why."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from actors.actor import Actor
from actors.issues.tables import Issue, PhaseChange, Promise
from actors.kinds import Phase
from actors.posts.tables import Post
from federation.documents import JsonObject
from federation.vocabulary import PUBLIC
from inbox.tables import ArrivalState
from tests.inbox.peers import Remote
from tests.inbox.stage import Stage

DONE = (ArrivalState.DONE, "")


def at(hour: int) -> str:
    return f"2026-03-02T{hour:02}:00:00Z"


class Elsewhere:
    """An issue of another instance, which fatima follows, and the organisation that hosts it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.host = Remote(stage.world, "utrecht.example", "gemeente", "Organization")
        self.issue = Remote(
            stage.world, "utrecht.example", "vraag", "Group", kind="issue", host=self.host.uri, question="Wat nu?",
            phase="agenda", feedbackBy="2026-04-01T00:00:00Z", published=at(1), updated=at(1), **self.told("agenda", 1),
        )  # fmt: skip

    def told(self, phase: str, hour: int, reason: str = "", **more: Any) -> JsonObject:
        change = {"type": "PhaseChange", "phase": phase, "published": at(hour), "actor": self.host.uri, **more}
        return {"phaseChanges": [change | ({"reason": reason} if reason else {})]}

    async def begin(self) -> Actor:
        await self.stage.meet(self.host)
        actor = await self.stage.follow(self.issue)
        self.stage.clock.moment = datetime(2026, 3, 2, 20, tzinfo=UTC)
        return actor

    def version(self, phase: str, hour: int, reason: str = "", **more: Any) -> JsonObject:
        """Move the issue, and return its document as it then is."""
        self.issue.more["phaseChanges"] = [
            *self.issue.more["phaseChanges"], *self.told(phase, hour, reason)["phaseChanges"],
        ][-20:]  # fmt: skip
        self.issue.more |= {"phase": phase, "updated": at(hour), **more}
        return self.issue.publish_self()

    async def history(self, actor: Actor) -> list[tuple[str, int, str]]:
        rows = await self.stage.rows(PhaseChange, PhaseChange.issue_id == actor.id)
        return sorted(((row.phase.value, row.at.hour, row.reason) for row in rows), key=lambda row: row[1])


@pytest.fixture
def elsewhere(stage: Stage) -> Elsewhere:
    return Elsewhere(stage)


async def test_every_step_is_kept_with_its_reason_whoever_of_the_two_says_so(
    stage: Stage, elsewhere: Elsewhere
) -> None:
    actor = await elsewhere.begin()
    first = elsewhere.version("conversation", 10, "Genoeg <b>mensen</b>.")
    assert await stage.hear(elsewhere.issue, elsewhere.issue.activity("Update", first)) == DONE
    second = elsewhere.version("agenda", 11, "Toch te vroeg.")
    assert await stage.hear(elsewhere.host, elsewhere.host.activity("Update", second)) == DONE
    assert await elsewhere.history(actor) == [
        ("agenda", 1, ""), ("conversation", 10, "Genoeg mensen."), ("agenda", 11, "Toch te vroeg."),
    ]  # fmt: skip
    host = await stage.actor(elsewhere.host.uri)
    assert host is not None
    assert {row.by_id for row in await stage.rows(PhaseChange)} == {host.id}
    assert await stage.notified() == [("issue-phase", stage.fatima.id)] * 2


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_in_any_order_and_twice_the_history_is_the_same(
    stage: Stage, elsewhere: Elsewhere, order: tuple[int, ...]
) -> None:
    actor = await elsewhere.begin()
    steps = [("conversation", 10), ("feedback", 11), ("closed", 12)]
    updates = [elsewhere.issue.activity("Update", elsewhere.version(*step, "Omdat.")) for step in steps]
    for place in (*order, *order):
        await stage.hear(elsewhere.issue, updates[place])
        await stage.hear(elsewhere.issue, updates[place] | {"id": elsewhere.issue.new_uri("activities")})
    assert await elsewhere.history(actor) == [("agenda", 1, ""), *((*step, "Omdat.") for step in steps)]
    (issue,) = await stage.rows(Issue, Issue.actor_id == actor.id)
    assert issue.phase is Phase.CLOSED
    # Only what is newer than all that was known by then is news.
    newest = [place for number, place in enumerate(order) if place == max(order[: number + 1])]
    assert await stage.notified() == [("issue-phase", stage.fatima.id)] * len(newest)


async def test_what_was_told_is_not_told_otherwise_later(stage: Stage, elsewhere: Elsewhere) -> None:
    actor = await elsewhere.begin()
    await stage.hear(elsewhere.issue, elsewhere.issue.activity("Update", elsewhere.version("agenda", 9, "Zo.")))
    elsewhere.issue.more["phaseChanges"] = [elsewhere.told("agenda", 9, "Anders.")["phaseChanges"][0]]
    elsewhere.issue.more["updated"] = at(12)
    assert await stage.hear(elsewhere.issue, elsewhere.issue.activity("Update", elsewhere.issue.document())) == DONE
    assert await elsewhere.history(actor) == [("agenda", 1, ""), ("agenda", 9, "Zo.")]


@pytest.mark.parametrize("who", ["neighbour", "stranger"])
async def test_nobody_else_moves_it(stage: Stage, elsewhere: Elsewhere, who: str) -> None:
    actor = await elsewhere.begin()
    mallory = stage.world.person("utrecht.example" if who == "neighbour" else "bad.example", "mallory")
    forged = elsewhere.version("closed", 10, "Klaar.")
    assert (await stage.hear(mallory, mallory.activity("Update", forged)))[0] is ArrivalState.REFUSED
    assert await elsewhere.history(actor) == [("agenda", 1, "")]
    assert await stage.notified() == []


async def test_who_moved_it_counts_for_its_own_server_alone(stage: Stage, elsewhere: Elsewhere) -> None:
    actor = await elsewhere.begin()
    wim = stage.world.person("rotterdam.example", "wim")
    await stage.meet(wim)
    document = elsewhere.version("conversation", 10)
    document["phaseChanges"][-1]["actor"] = wim.uri
    assert await stage.hear(elsewhere.issue, elsewhere.issue.activity("Update", document)) == DONE
    rows = {row.phase: row.by_id for row in await stage.rows(PhaseChange, PhaseChange.issue_id == actor.id)}
    assert rows[Phase.CONVERSATION] is None


async def test_what_is_hostile_is_bounded_or_left_out(stage: Stage, elsewhere: Elsewhere) -> None:
    actor = await elsewhere.begin()
    junk: list[object] = [
        "x", None, 7, {"phase": "onzin", "published": at(9)}, {"phase": "agenda"},
        {"phase": ["agenda"], "published": 1},
        {"phase": "closed", "published": "2199-01-01T00:00:00Z"}, {"phase": "closed", "published": "gisteren"},
    ]  # fmt: skip
    many = [{"phase": "agenda", "published": f"2026-03-02T09:{minute:02}:00Z"} for minute in range(40)]
    long = {"phase": "conversation", "published": at(10), "reason": "y" * 100_000, "actor": "javascript:x"}
    elsewhere.issue.more |= {"phase": "conversation", "updated": at(10), "phaseChanges": [*junk, long, *many]}
    elsewhere.issue.more["promises"] = [*junk, {"feedbackBy": at(12), "published": at(9), "reason": 5}]
    assert await stage.hear(elsewhere.issue, elsewhere.issue.activity("Update", elsewhere.issue.document())) == DONE
    rows = await stage.rows(PhaseChange, PhaseChange.issue_id == actor.id)
    assert len(rows) <= 21
    assert max(len(row.reason) for row in rows) == 1_000
    assert [row.reason for row in await stage.rows(Promise)] == [""]


async def test_who_moves_it_all_day_is_kept_and_told_a_few_times(stage: Stage, elsewhere: Elsewhere) -> None:
    actor = await elsewhere.begin()
    for number in range(130):
        moment = datetime(2026, 3, 2, 2, tzinfo=UTC) + timedelta(minutes=number)
        change = {"phase": ("agenda", "conversation")[number % 2], "published": moment.isoformat()}
        elsewhere.issue.more |= {"phaseChanges": [change], "phase": change["phase"], "updated": moment.isoformat()}
        await stage.send(elsewhere.issue, elsewhere.issue.activity("Update", elsewhere.issue.document()))
    await stage.handle()
    assert len(await stage.rows(PhaseChange, PhaseChange.issue_id == actor.id)) == 100
    assert len(await stage.notified()) == 5


async def test_a_promise_that_moves_is_kept_with_its_reason(stage: Stage, elsewhere: Elsewhere) -> None:
    await elsewhere.begin()
    first, second = "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"
    promises = [
        {"type": "Promise", "feedbackBy": first, "published": at(1)},
        {"type": "Promise", "feedbackBy": second, "previous": first, "published": at(10), "reason": "De raad wacht."},
    ]
    elsewhere.issue.more |= {"feedbackBy": second, "updated": at(10), "promises": promises}
    for _ in range(2):
        update = elsewhere.issue.activity("Update", elsewhere.issue.document())
        assert await stage.hear(elsewhere.issue, update) == DONE
    rows = await stage.rows(Promise)
    assert [(row.feedback_by.month, row.previous and row.previous.month, row.reason) for row in rows] == [
        (4, None, ""), (5, 4, "De raad wacht."),
    ]  # fmt: skip
    assert await stage.notified() == [("issue-promise", stage.fatima.id)]


async def test_a_promise_that_moves_without_a_word_is_kept_as_that(stage: Stage, elsewhere: Elsewhere) -> None:
    await elsewhere.begin()
    elsewhere.issue.more |= {"feedbackBy": "2026-05-01T00:00:00Z", "updated": at(10)}
    for _ in range(2):
        update = elsewhere.issue.activity("Update", elsewhere.issue.document())
        assert await stage.hear(elsewhere.issue, update) == DONE
    (row,) = await stage.rows(Promise)
    assert (row.previous.month, row.feedback_by.month, row.reason) == (4, 5, "")


async def test_what_was_so_when_it_was_met_is_no_news(stage: Stage, elsewhere: Elsewhere) -> None:
    elsewhere.version("conversation", 3, "Toen.")
    await elsewhere.begin()
    assert await stage.notified() == []


async def test_a_perspective_that_somebody_elsewhere_chose_comes_along_and_goes_with_their_words(
    stage: Stage, anna: Remote
) -> None:
    note = anna.note(to=[PUBLIC, stage.issue.uri], perspective="parents\u202e <b>x</b>" + "y" * 300)
    await stage.hear(anna, anna.create(note))
    post = await stage.post(note["id"])
    assert post is not None
    assert post.perspective is not None
    assert post.perspective.startswith("parents x")
    assert len(post.perspective) <= 200
    changed = note | {"perspective": "schools", "updated": "2026-03-01T10:00:00Z"}
    await stage.hear(anna, anna.activity("Update", changed))
    assert [row.perspective for row in await stage.rows(Post)] == ["schools"]
    await stage.hear(anna, anna.activity("Delete", note["id"]))
    assert [row.perspective for row in await stage.rows(Post)] == [None]
