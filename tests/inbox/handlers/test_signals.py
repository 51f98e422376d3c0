"""A private word to an organisation of ours is a signal, whoever gives it; an answer finds the signal it is of."""

import itertools

import pytest

from actors.actor import Actor
from actors.kinds import Role
from actors.people.accounts import add_account
from actors.relations import Block
from actors.signals.store import MOST_WAITING
from actors.signals.tables import Signal, SignalPost, SignalState
from federation.audience import Visibility
from federation.documents import JsonObject
from federation.vocabulary import PUBLIC
from inbox.tables import ArrivalState
from outbox.publish.signals import SignalDraft, answer_signal, give_signal
from tests.inbox.peers import Remote
from tests.inbox.stage import SITE, Stage

DONE = (ArrivalState.DONE, "")


@pytest.fixture
async def karin(stage: Stage) -> Actor:
    """Who speaks for the organisation."""
    actor = await stage.add_local("karin")
    async with stage.database.writing() as session:
        await add_account(
            session, actor, email="karin@example.org", password_hash=None, roles=frozenset({Role.EDITOR}),
            now=stage.clock(),
        )  # fmt: skip
    return actor


def to_us(stage: Stage, by: Remote, content: str = "<p>Er hangt iets in de lucht.</p>", **more: object) -> JsonObject:
    """Return a private note to our organisation, as Mastodon writes one."""
    organisation = stage.local["gemeente"]
    tag = [{"type": "Mention", "href": organisation.uri, "name": "@gemeente"}]
    note = by.note(content, to=[organisation.uri], tag=tag)
    note |= {"cc": [], **more}
    return by.world.publish(note)


async def test_a_private_word_from_any_server_is_a_signal_once(stage: Stage, anna: Remote, karin: Actor) -> None:
    note = to_us(stage, anna)
    for _ in range(2):
        assert await stage.hear(anna, anna.create(note)) == DONE
    (signal,) = await stage.rows(Signal)
    post, author = await stage.post(note["id"]), await stage.actor(anna.uri)
    assert post is not None
    assert author is not None
    assert (signal.id, signal.organisation_id, signal.from_id, signal.state) == (
        post.id, stage.local["gemeente"].id, author.id, SignalState.NEW,
    )  # fmt: skip
    assert await stage.notified() == [("signal-new", karin.id)]
    assert await stage.said() == [], "nothing of it is passed on"


@pytest.mark.parametrize("to", ["everyone", "an issue", "a person", "followers"])
async def test_nothing_else_is(stage: Stage, anna: Remote, karin: Actor, to: str) -> None:
    organisation = stage.local["gemeente"]
    await stage.follow(anna)
    match to:
        case "everyone":
            note = anna.note(to=[PUBLIC, organisation.uri])
        case "an issue":
            note = anna.note(to=[stage.issue.uri]) | {"cc": []}
        case "a person":
            note = anna.note(to=[stage.fatima.uri]) | {"cc": []}
        case _:
            note = anna.note(to=[anna.followers, organisation.uri]) | {"cc": []}
    await stage.hear(anna, anna.create(note))
    assert await stage.rows(Signal) == []


@pytest.mark.parametrize(("content", "number"), [("<p>Ja!</p>", 0), ("<p>Ja, maar er is iets anders.</p>", 1)])
async def test_a_bare_yes_to_what_we_asked_is_no_signal(
    stage: Stage, anna: Remote, karin: Actor, content: str, number: int
) -> None:
    asked = await stage.say(stage.local["gemeente"], visibility=Visibility.DIRECT)
    note = to_us(stage, anna, content, inReplyTo=asked.uri)
    assert await stage.hear(anna, anna.create(note)) == DONE
    assert len(await stage.rows(Signal)) == number


async def test_who_the_organisation_blocks_gives_no_signal(stage: Stage, anna: Remote, karin: Actor) -> None:
    author = await stage.meet(anna)
    async with stage.database.writing() as session:
        session.add(Block(actor_id=stage.local["gemeente"].id, blocked_id=author.id, created_at=stage.clock()))
    await stage.hear(anna, anna.create(to_us(stage, anna)))
    assert await stage.rows(Signal) == []


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_what_follows_a_signal_belongs_to_it_in_whatever_order_it_comes(
    stage: Stage, anna: Remote, karin: Actor, order: tuple[int, ...]
) -> None:
    first = to_us(stage, anna)
    second = to_us(stage, anna, "<p>Vandaag weer.</p>", inReplyTo=first["id"], published="2026-03-01T09:10:00Z")
    third = to_us(stage, anna, "<p>En nu.</p>", inReplyTo=second["id"], published="2026-03-01T09:20:00Z")
    activities = [anna.create(note) for note in (first, second, third)]
    for place in (*order, *order):
        await stage.hear(anna, activities[place])
    (signal,) = await stage.rows(Signal)
    parts = await stage.rows(SignalPost)
    began = await stage.post(first["id"])
    assert began is not None
    assert [part.signal_id for part in parts] == [signal.id] * 3 == [began.id] * 3


async def test_nobody_else_adds_to_a_signal(stage: Stage, anna: Remote, karin: Actor) -> None:
    first = to_us(stage, anna)
    await stage.hear(anna, anna.create(first))
    mallory = stage.world.person("bad.example", "mallory")
    forged = to_us(stage, mallory, "<p>Namens anna.</p>", inReplyTo=first["id"], postType="signal", status="closed")
    assert await stage.hear(mallory, mallory.create(forged)) == DONE
    signals = await stage.rows(Signal)
    # It is a signal of their own.
    assert [signal.state for signal in signals] == [SignalState.NEW, SignalState.NEW]
    assert len({part.signal_id for part in await stage.rows(SignalPost)}) == 2


async def test_an_answer_goes_to_the_signallers_server_alone_and_a_new_word_asks_again(
    stage: Stage, anna: Remote, karin: Actor
) -> None:
    first = to_us(stage, anna)
    await stage.hear(anna, anna.create(first))
    async with stage.database.writing() as session:
        signal = await session.get_one(Signal, (await stage.rows(Signal))[0].id)
        answer = await answer_signal(
            session, SITE, signal, "Dank je. Wat zag @wim@rotterdam.example?", now=stage.clock()
        )
    (said,) = await stage.said()
    assert (said["type"], said["actor"], said["to"], said["cc"]) == (
        "Create", stage.local["gemeente"].uri, [anna.uri], [],
    )  # fmt: skip
    assert said["object"]["inReplyTo"] == first["id"]
    assert (said["object"]["postType"], said["object"]["status"]) == ("signal", "answered")
    assert await stage.deliveries() == {f"{anna.uri}/inbox"}
    assert (await stage.rows(Signal))[0].state is SignalState.ANSWERED
    again = to_us(stage, anna, "<p>Nog iets.</p>", inReplyTo=answer.uri, published="2026-03-02T09:00:00Z")
    stage.clock.advance(60)
    await stage.hear(anna, anna.create(again))
    (row,) = await stage.rows(Signal)
    assert row.state is SignalState.NEW
    assert await stage.notified() == [("signal-new", karin.id), ("signal-reply", karin.id)]


async def test_one_server_fills_no_queue(stage: Stage, anna: Remote, karin: Actor) -> None:
    notes = [to_us(stage, anna, f"<p>{number}</p>") for number in range(MOST_WAITING + 5)]
    for note in notes:
        await stage.send(anna, anna.create(note))
    await stage.handle()
    assert len(await stage.rows(Signal)) == MOST_WAITING
    assert await stage.post(notes[-1]["id"]) is not None
    bram = stage.world.person("rotterdam.example", "bram")
    await stage.hear(bram, bram.create(to_us(stage, bram)))
    assert len(await stage.rows(Signal)) == MOST_WAITING + 1


class Sent:
    """A signal that fatima gave an organisation of another instance."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.them = Remote(stage.world, "utrecht.example", "utrecht", "Organization")

    async def give(self) -> str:
        organisation = await self.stage.meet(self.them)
        async with self.stage.database.writing() as session:
            draft = SignalDraft("Er **speelt** iets.", "Overvecht", "young-people")
            await give_signal(session, SITE, self.stage.fatima, organisation, draft, now=self.stage.clock())
        return str((await self.stage.said())[0]["object"]["id"])

    async def answer(self, by: Remote, to: str, **more: object) -> None:
        note = by.note(to=[self.stage.fatima.uri], inReplyTo=to, **more)
        note["cc"] = []
        self.stage.clock.advance(60)
        await self.stage.hear(by, by.create(note | {"published": self.stage.clock().isoformat()}))

    async def standing(self) -> tuple[SignalState, str | None]:
        (signal,) = await self.stage.rows(Signal)
        return signal.state, signal.issue_uri


async def test_a_signal_travels_to_another_instance_and_its_answer_back(stage: Stage) -> None:
    sent = Sent(stage)
    uri = await sent.give()
    (said,) = await stage.said()
    assert (said["to"], said["cc"], said["object"]["postType"]) == ([sent.them.uri], [], "signal")
    assert "Waar: Overvecht" in said["object"]["content"]
    assert await stage.deliveries() == {f"{sent.them.uri}/inbox"}
    issue = "https://utrecht.example/vraagstukken/overvecht"
    await sent.answer(sent.them, uri, postType="signal", status="agenda", issue=issue)
    assert await sent.standing() == (SignalState.AGENDA, issue)
    assert await stage.notified() == [("signal-answered", stage.fatima.id)]
    await sent.answer(sent.them, uri, status="closed")
    assert await sent.standing() == (SignalState.CLOSED, issue)
    # A second word is told as well.
    assert await stage.notified() == [("signal-answered", stage.fatima.id)] * 2


@pytest.mark.parametrize("status", ["onzin", None, 7, ["closed"], "new"])
async def test_what_an_answer_calls_itself_is_checked(stage: Stage, status: object) -> None:
    sent = Sent(stage)
    await sent.answer(sent.them, await sent.give(), status=status, issue="https://bad.example/issue")
    assert await sent.standing() == (SignalState.ANSWERED, None)


async def test_nobody_else_answers_for_the_organisation(stage: Stage) -> None:
    sent = Sent(stage)
    uri = await sent.give()
    for host in ("utrecht.example", "bad.example"):
        mallory = stage.world.person(host, "mallory")
        await sent.answer(mallory, uri, postType="signal", status="closed")
    assert await sent.standing() == (SignalState.NEW, None)
    assert "signal-answered" not in {kind for kind, _ in await stage.notified()}


async def test_answers_that_overtake_each_other_leave_it_as_the_last_one_says(stage: Stage) -> None:
    sent = Sent(stage)
    uri = await sent.give()
    stage.clock.advance(3 * 3_600)
    for hour, status in ((12, "closed"), (11, "agenda"), (10, "answered")):
        note = sent.them.note(to=[stage.fatima.uri], inReplyTo=uri, status=status)
        note |= {"cc": [], "published": f"2026-03-02T{hour - 1:02}:30:00Z"}
        activity = sent.them.create(note)
        await stage.hear(sent.them, activity, activity)
    assert await sent.standing() == (SignalState.CLOSED, None)


async def test_a_signal_that_is_withdrawn_leaves_no_words(stage: Stage, anna: Remote, karin: Actor) -> None:
    note = to_us(stage, anna)
    await stage.hear(anna, anna.create(note), anna.activity("Delete", note["id"]))
    post = await stage.post(note["id"])
    assert post is not None
    assert post.content == ""
    assert len(await stage.rows(Signal)) == 1
