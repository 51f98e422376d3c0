"""Each contributor hears on their own server: on instances of ours, and on a stranger's, also of Mastodon's kind."""

from contextlib import AsyncExitStack

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.database import now
from actors.instances.tables import Instance
from actors.kinds import Verdict
from actors.knowledge.outcome_tables import OutcomeRecord, OutcomeStep, OutcomeVersion
from actors.knowledge.outcomes import Given, Step, answers_of
from actors.knowledge.tables import Answer
from actors.local import local_actor
from actors.notifications import Notification
from actors.posts.tables import Post
from actors.upsert import insert_or_update
from outbox.publish.outcomes import Answered, CorrectedOutcome, correct_outcome, publish_outcome
from tests.interop.test_fedify import ALICE, ISSUE, THEIRS, meeting
from tests.interop.test_instances import eventually, known, parts_of, say, three
from tests.support.fedify import MISSING, Fedify, is_installed
from tests.support.instances import RunningInstance

__all__ = ["meeting", "three"]

pytestmark = pytest.mark.timeout(300)


async def test_contributors_on_two_other_instances_hear_and_hear_of_a_correction(
    three: tuple[RunningInstance, RunningInstance, RunningInstance],
) -> None:
    tilburg, szw, stemmen = three
    async with AsyncExitStack() as stack:
        here, *others = [await stack.enter_async_context(parts_of(one)) for one in (tilburg, szw, stemmen)]
        uris = [await say(parts, f"Meer licht, zegt nummer {number}.") for number, parts in enumerate(others)]

        async def arrived() -> bool:
            return all([await known(here, uri) is not None for uri in uris])

        await eventually(arrived, "the contributions did not arrive")
        async with here.database.writing() as session:
            issue, karin = await local_actor(session, "veilig-online"), await local_actor(session, "karin")
            assert issue is not None
            assert karin is not None
            posts = [(await session.scalars(select(Post).where(Post.uri == uri))).one() for uri in uris]
            outcome = await publish_outcome(
                session, here.site, issue, by=karin, title="Wat we doen", source="We beginnen bij het plein.",
                answers=[Answered(post, Verdict.NOT, "Nog niet.") for post in posts],
                steps=[Step("Lampen ophangen", "Beheer", now())], now=now(),
            )  # fmt: skip

        async def heard() -> bool:
            found = []
            for parts in others:
                async with parts.database.reading() as session:
                    found.append("outcome" in list(await session.scalars(select(Notification.kind))))
            return all(found)

        await eventually(heard, "not every contributor heard")
        for uri, parts in zip(uris, others, strict=True):
            async with parts.database.reading() as session:
                assert uri in list(await session.scalars(select(Answer.contribution_uri)))
                assert (await session.scalars(select(OutcomeStep.what))).one() == "Lampen ophangen"

        async with here.database.writing() as session:
            post = await session.get_one(Post, outcome.id)
            host = await session.get_one(Actor, post.author_id)
            answers = await answers_of(session, post.id)
            answers[uris[1]] = Given(Verdict.ADOPTED, "Toch wel.")
            change = CorrectedOutcome(post.name, post.source or "", "nl", answers, [], "We vergisten ons.")
            await correct_outcome(session, here.site, host, post, change, now=now())

        async def corrected() -> bool:
            found = []
            for parts in others:
                async with parts.database.reading() as session:
                    found.append(await session.scalar(select(OutcomeRecord.version)) == 2)
            return all(found)

        await eventually(corrected, "the correction did not reach every contributor")
        heard_again = []
        for parts in others:
            async with parts.database.reading() as session:
                heard_again.append("outcome-changed" in list(await session.scalars(select(Notification.kind))))
                (old,) = await session.scalars(select(OutcomeVersion))
                assert old.content is not None
                assert "We beginnen bij het plein." in old.content
        assert heard_again == [False, True]
        async with others[1].database.reading() as session:
            mine = (await session.scalars(select(Post).where(Post.uri == uris[1]))).one()
            theirs = (await session.scalars(select(Post).where(Post.uri == outcome.uri))).one()
        assert "Toch wel." in await stemmen.page(f"/inbreng/{mine.id}")
        assert "We vergisten ons." in await stemmen.page(f"/terugkoppelingen/{theirs.id}")
        assert "We beginnen bij het plein." in await stemmen.page(f"/terugkoppelingen/{theirs.id}/versies")


@pytest.mark.interop
@pytest.mark.skipif(not is_installed(), reason=MISSING)
@pytest.mark.parametrize("software", ["", "mastodon"])
async def test_a_stranger_hears_the_outcome_in_its_inbox_or_is_mentioned(
    meeting: tuple[RunningInstance, Fedify],
    software: str,
) -> None:
    tilburg, peer = meeting
    note = await peer.post("note", content="<p>Meer licht op het plein.</p>", to=["public"], cc=[ISSUE])
    async with parts_of(tilburg) as here:

        async def arrived() -> bool:
            return await known(here, note["object"]) is not None

        await eventually(arrived, "the contribution did not arrive")
        async with here.database.writing() as session:
            row = {"domain": THEIRS, "software": software, "described_at": now(), "created_at": now()}
            await insert_or_update(session, Instance, row, on=("domain",), update=["software", "described_at"])
        async with here.database.writing() as session:
            issue, karin = await local_actor(session, "veilig-online"), await local_actor(session, "karin")
            contribution = (await session.scalars(select(Post).where(Post.uri == note["object"]))).one()
            assert issue is not None
            assert karin is not None
            outcome = await publish_outcome(
                session, here.site, issue, by=karin, title="Wat we doen", source="We doen het.",
                answers=[Answered(contribution, Verdict.PARTLY, "Alleen bij de school.")], now=now(),
            )  # fmt: skip

    told = await peer.received("Create", about="Alleen bij de school.</p>")
    letter = told["json"]["object"]
    assert told["auth"]["httpVerified"], told["auth"]
    assert (letter["type"], letter["to"], letter["inReplyTo"]) == ("Note", [ALICE], note["object"])
    assert [tag["href"] for tag in letter["tag"] if tag["type"] == "Mention"] == [ALICE]
    assert "deels overgenomen." in letter["content"]
    assert outcome.uri in letter["content"]
    article = await peer.received("Create", about=f'"id": "{outcome.uri}"')
    assert article["json"]["object"]["type"] == "Article"
    assert (ALICE in article["json"]["object"]["cc"]) is (software == "")
    assert article["auth"]["httpVerified"]
