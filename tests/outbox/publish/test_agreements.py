"""Agreements proposed here: who is asked, how, and what everyone gets when it changes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.agreements.kinds import AgreementState, Happened
from actors.agreements.queries import agreement_detail, agreement_of_event, agreements_of, is_overdue
from actors.agreements.tables import Agreement
from actors.audit import AuditEntry
from actors.database import Database
from actors.kinds import ActorKind
from actors.notifications import Notification
from actors.posts.tables import Post
from actors.serialize.agreement import AgreementDraft
from federation.audience import Visibility
from federation.proofs import proofs_of, verify, without_proof
from outbox.publish.agreements import AgreementRefused, amend, decline, draft_of, propose, say_what_became, sign
from tests.actors.cast import MOMENT, SITE, elsewhere, follows, here, issue_here, runs, the_instance
from tests.outbox.publish.stage import queued, the_only
from tests.support.keys import key_pair, key_ring
from tests.support.queries import counted

DUE = MOMENT + timedelta(days=30)


class Scene:
    """Tilburg hosts an issue; fatima lives there, bram in Utrecht, mast on a Mastodon server."""

    tilburg: Actor
    fatima: Actor
    bram: Actor
    mast: Actor
    issue: Actor

    def draft(self, *others: Actor, **more: object) -> AgreementDraft:
        parties = [(self.tilburg, "wij regelen de zaal"), *((actor, "neemt iets mee") for actor in others)]
        return replace(AgreementDraft("Zaal en thee", "Voor iedereen.", DUE, parties), **more)  # type: ignore[arg-type]


async def scene_in(session: AsyncSession) -> Scene:
    scene = Scene()
    scene.tilburg = await the_instance(session)
    scene.fatima = await here(session, "fatima")
    scene.bram = await elsewhere(session, "bram")
    scene.mast = await elsewhere(session, "mast", "mastodon.example")
    await runs(session, "mastodon.example", "mastodon")
    await runs(session, "utrecht.example", "samenspraak")
    scene.issue = await issue_here(session, scene.tilburg)
    return scene


async def proposed(session: AsyncSession, scene: Scene, *others: Actor) -> Agreement:
    return await propose(
        session, SITE, key_ring(), issue=scene.issue, proposer=scene.tilburg, by=scene.fatima,
        draft=scene.draft(*others), now=MOMENT,
    )  # fmt: skip


async def test_parties_elsewhere_are_offered_it_with_the_proof_of_who_proposes_it(database: Database) -> None:
    async with database.writing() as session:
        scene = await scene_in(session)
        agreement = await proposed(session, scene, scene.bram, scene.fatima)
        offer = await the_only(session, "Offer")
        assert offer.inboxes == {"https://utrecht.example/inbox"}
        document = offer.object
        assert (document["id"], document["version"], document["issue"]) == (agreement.uri, 1, scene.issue.uri)
        assert [party["actor"] for party in document["parties"]] == [
            scene.tilburg.uri, scene.bram.uri, scene.fatima.uri,
        ]  # fmt: skip
        (proof,) = proofs_of(document)
        assert proof.method == f"{scene.tilburg.uri}#ed25519-key"
        verify(document, proof, key_pair()[1].public_key(), now=MOMENT)  # type: ignore[arg-type]
        detail = await agreement_detail(session, agreement.id)
        assert detail is not None
        assert without_proof(document) == detail.newest.document
        noted = (await session.scalars(select(AuditEntry))).one()
        assert (noted.act, noted.actor_id, noted.for_id) == ("agreement-proposed", scene.fatima.id, scene.tilburg.id)


async def test_who_lives_here_is_told_and_who_did_it_is_not(database: Database) -> None:
    async with database.writing() as session:
        scene = await scene_in(session)
        lale = await here(session, "lale")
        agreement = await proposed(session, scene, scene.fatima, lale)
        (told,) = await session.scalars(select(Notification).where(Notification.kind == "agreement-proposed"))
        assert (told.recipient_id, told.about_id) == (lale.id, scene.issue.id)
        assert told.thing_id is not None
        assert await agreement_of_event(session, told.thing_id) == agreement.id
        assert await queued(session, "Offer") == []


async def test_software_that_knows_no_agreements_gets_a_message_instead(database: Database) -> None:
    async with database.writing() as session:
        scene = await scene_in(session)
        agreement = await proposed(session, scene, scene.mast)
        assert await queued(session, "Offer") == []
        note = (await queued(session, "Create"))[-1]
        assert note.inboxes == {"https://mastodon.example/inbox"}
        assert agreement.uri in note.object["content"]
        post = (await session.scalars(select(Post).order_by(Post.id.desc()).limit(1))).one()
        assert post.visibility is Visibility.DIRECT
        detail = await agreement_detail(session, agreement.id)
        assert detail is not None
        assert [row.party.standing.value for row in detail.newest.parties] == ["signed", "told"]
        assert detail.newest.is_signed


async def test_a_name_does_not_mention_others_in_that_message(database: Database) -> None:
    async with database.writing() as session:
        scene = await scene_in(session)
        draft = scene.draft(scene.mast, name="Zaal @bram@utrecht.example")
        await propose(
            session, SITE, key_ring(), issue=scene.issue, proposer=scene.tilburg, by=scene.tilburg, draft=draft,
            now=MOMENT,
        )  # fmt: skip
        assert (await queued(session, "Create"))[-1].inboxes == {"https://mastodon.example/inbox"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "}, {"name": "x" * 151}, {"content": "x" * 3_001}, {"content": "nul\0"}, {"parties": []},
    ],
)  # fmt: skip
async def test_what_is_no_agreement_is_refused(database: Database, wrong: dict[str, object]) -> None:
    async with database.writing() as session:
        scene = await scene_in(session)
        with pytest.raises(AgreementRefused):
            await propose(
                session, SITE, key_ring(), issue=scene.issue, proposer=scene.tilburg, by=scene.tilburg,
                draft=scene.draft(scene.bram, **wrong), now=MOMENT,
            )  # fmt: skip


async def test_nobody_signs_for_an_issue_or_a_network_of_ours_and_nobody_stands_there_twice(database: Database) -> None:
    async with database.writing() as session:
        scene = await scene_in(session)
        network = await here(session, "netwerk", ActorKind.NETWORK)
        for others in ([scene.issue], [network], [scene.bram, scene.bram], [scene.tilburg]):
            with pytest.raises(AgreementRefused):
                await proposed(session, scene, *others)


async def test_only_who_takes_part_in_an_issue_proposes_on_it(database: Database) -> None:
    async with database.writing() as session:
        scene = await scene_in(session)

        async def by_fatima() -> None:
            draft = AgreementDraft("Thee", "", DUE, [(scene.fatima, "thee"), (scene.bram, "koek")])
            await propose(
                session, SITE, key_ring(), issue=scene.issue, proposer=scene.fatima, by=scene.fatima, draft=draft,
                now=MOMENT,
            )  # fmt: skip

        with pytest.raises(AgreementRefused):
            await by_fatima()
        await follows(session, scene.fatima, scene.issue)
        await by_fatima()


async def test_who_signs_here_is_in_the_update_to_all_and_through_the_issue(database: Database) -> None:
    async with database.writing() as session:
        scene = await scene_in(session)
        await follows(session, await elsewhere(session, "volger", "rotterdam.example"), scene.issue)
        agreement = await proposed(session, scene, scene.bram, scene.fatima)
        for _ in range(2):
            await sign(
                session, SITE, key_ring(), agreement, scene.fatima, by=scene.fatima, version=1, now=MOMENT
            )  # fmt: skip
        update = await the_only(session, "Update")
        assert update.inboxes == {"https://utrecht.example/inbox"}
        assert len(update.object["proof"]) == 2
        for proof in proofs_of(update.object):
            verify(update.object, proof, key_pair()[1].public_key(), now=MOMENT)  # type: ignore[arg-type]
        announced = await the_only(session, "Announce")
        assert announced.inboxes == {"https://rotterdam.example/inbox"}
        assert announced.document["object"]["object"] == update.object


async def test_a_new_version_is_signed_anew_while_the_old_one_counts(database: Database) -> None:
    async with database.writing() as session:
        scene = await scene_in(session)
        agreement = await proposed(session, scene, scene.fatima)
        await sign(session, SITE, key_ring(), agreement, scene.fatima, by=scene.fatima, version=1, now=MOMENT)
        changed = scene.draft(scene.fatima, scene.bram, name="Zaal, thee en koek")
        later = MOMENT + timedelta(days=1)
        await amend(session, SITE, key_ring(), agreement, by=scene.fatima, draft=changed, based_on=1, now=later)
        detail = await agreement_detail(session, agreement.id)
        assert detail is not None
        assert [one.version.version for one in detail.versions] == [2, 1]
        assert detail.in_force is detail.versions[1]
        assert draft_of(detail).name == "Zaal, thee en koek"
        assert detail.newest.document["previousVersion"] == f"{agreement.uri}/versies/1"
        with pytest.raises(AgreementRefused, match="newer version"):
            await sign(session, SITE, key_ring(), agreement, scene.fatima, by=scene.fatima, version=1, now=later)
        with pytest.raises(AgreementRefused, match="meanwhile"):
            await amend(session, SITE, key_ring(), agreement, by=scene.fatima, draft=changed, based_on=1, now=later)


async def test_what_became_of_it_is_told_with_who_and_why(database: Database) -> None:
    async with database.writing() as session:
        scene = await scene_in(session)
        agreement = await proposed(session, scene, scene.bram, scene.fatima)
        with pytest.raises(AgreementRefused):
            await say_what_became(
                session, SITE, agreement, scene.fatima, Happened.DONE, by=scene.fatima, reason="", now=MOMENT
            )  # fmt: skip
        await decline(
            session, SITE, agreement, scene.fatima, by=scene.fatima, version=1, reason="Te laat.", now=MOMENT
        )  # fmt: skip
        for what, state, hour in (
            (Happened.DONE, AgreementState.DONE, 1),
            (Happened.REOPENED, AgreementState.OPEN, 2),
            (Happened.WITHDRAWN, AgreementState.WITHDRAWN, 3),
        ):
            await say_what_became(
                session, SITE, agreement, scene.tilburg, what, by=scene.fatima, reason=f"Om {hour} uur.",
                now=MOMENT + timedelta(hours=hour),
            )  # fmt: skip
            assert agreement.state is state
        changes = (await queued(session, "Update"))[-1].document["statusChanges"]
        assert [(one["status"], one["actor"], one["reason"]) for one in changes] == [
            ("declined", scene.fatima.uri, "Te laat."), ("done", scene.tilburg.uri, "Om 1 uur."),
            ("reopened", scene.tilburg.uri, "Om 2 uur."), ("withdrawn", scene.tilburg.uri, "Om 3 uur."),
        ]  # fmt: skip
        with pytest.raises(AgreementRefused):
            await sign(session, SITE, key_ring(), agreement, scene.fatima, by=scene.fatima, version=1, now=MOMENT)


async def test_an_open_agreement_is_overdue_after_its_date(database: Database) -> None:
    async with database.writing() as session:
        scene = await scene_in(session)
        agreement = await proposed(session, scene, scene.fatima)
        assert not is_overdue(agreement, DUE)
        assert is_overdue(agreement, DUE + timedelta(seconds=1))
        agreement.state = AgreementState.DONE
        assert not is_overdue(agreement, DUE + timedelta(seconds=1))


async def test_lists_and_details_take_as_many_queries_however_much_there_is(database: Database) -> None:
    async with database.writing() as session:
        scene = await scene_in(session)
        first = await proposed(session, scene, scene.fatima)
        for _ in range(4):
            await proposed(session, scene, scene.fatima, scene.bram, scene.mast)
        for number in range(1, 4):
            await amend(
                session, SITE, key_ring(), first, by=scene.fatima, draft=scene.draft(scene.fatima, scene.bram),
                based_on=number, now=MOMENT + timedelta(days=number),
            )  # fmt: skip
    async with database.reading() as session:
        with counted(database) as list_statements:
            assert len(await agreements_of(session, scene.issue.id, mine=[scene.fatima.id])) == 5
        with counted(database) as statements:
            detail = await agreement_detail(session, first.id)
        assert detail is not None
        assert len(detail.versions) == 4
        assert (len(list_statements), len(statements)) == (2, 4)


async def test_what_a_suspended_proposer_agreed_is_not_shown(database: Database) -> None:
    async with database.writing() as session:
        scene = await scene_in(session)
        agreement = await proposed(session, scene, scene.fatima)
        scene.tilburg.suspended_at = MOMENT
        await session.flush()
        assert await agreement_detail(session, agreement.id) is None
        assert await agreements_of(session, scene.issue.id) == []
