"""Agreements from elsewhere: by who proposes them, with proofs that hold, in whatever order they come."""

from dataclasses import dataclass

import pytest

from actors.actor import Actor
from actors.agreements.kinds import AgreementState, Happened
from actors.agreements.tables import Agreement, AgreementChange, AgreementVersion
from actors.ids import new_id
from actors.kinds import ActorKind
from actors.notifications import Notification
from actors.serialize.agreement import AgreementDraft
from federation.documents import JsonObject
from federation.keys import generate_ed25519, multikey
from federation.proofs import with_proofs
from inbox.tables import ArrivalState
from outbox.publish.agreements import AgreementRefused, decline, propose, say_what_became, sign
from tests.inbox.agreeing import Signer, agreement_by, known, proof_here, signed, signer, standings
from tests.inbox.peers import World
from tests.inbox.stage import SITE, Stage
from tests.support.keys import key_ring

DONE = (ArrivalState.DONE, "")


@dataclass
class Scene:
    """Anna of Utrecht, and Bram of Rotterdam, who follow an issue of ours and can sign."""

    stage: Stage
    anna: Signer
    bram: Signer

    @property
    def issue(self) -> str:
        return self.stage.issue.uri

    def draft(self, version: int = 1, **more: object) -> JsonObject:
        """An agreement that Anna proposes to fatima and Bram."""
        return agreement_by(
            self.anna, [self.anna.uri, self.stage.fatima.uri, self.bram.uri], self.issue, version=version, **more
        )

    async def offered(self, document: JsonObject | None = None) -> JsonObject:
        """Have Anna offer it; return it as she signed it."""
        offered = signed(self.stage, document or self.draft(), self.anna)
        assert await self.stage.hear(self.anna.remote, self.anna.remote.activity("Offer", offered)) == DONE
        return offered

    async def kinds_told(self) -> list[str]:
        """What fatima was told of agreements."""
        rows = await self.stage.rows(Notification, Notification.recipient_id == self.stage.fatima.id)
        return [row.kind for row in rows]

    async def ours(self) -> Agreement:
        """An agreement that fatima proposes to Anna and Bram."""
        stage = self.stage
        anna, bram = await stage.meet(self.anna.remote), await stage.meet(self.bram.remote)
        await stage.add_follow(stage.fatima, stage.issue)
        async with stage.database.writing() as session:
            fatima = await session.get_one(Actor, stage.fatima.id)
            draft = AgreementDraft(
                "Zaal en uitnodiging", "", stage.clock(), [(fatima, "zaal"), (anna, "thee"), (bram, "brief")]
            )
            return await propose(
                session, SITE, key_ring(), issue=stage.issue, proposer=fatima, by=fatima, draft=draft,
                now=stage.clock(),
            )  # fmt: skip

    async def document(self, agreement: Agreement) -> JsonObject:
        """What is to be signed of an agreement."""
        detail = await known(self.stage, agreement.uri)
        assert detail is not None
        return detail.newest.document


@pytest.fixture
async def scene(stage: Stage, world: World) -> Scene:
    found = Scene(stage, signer(world), signer(world, "rotterdam.example", "bram"))
    await stage.add_follow(await stage.meet(found.anna.remote), stage.issue)
    return found


# ------------------------------------------------------------------ proposed elsewhere
async def test_an_offer_is_stored_with_its_bytes_and_asks_who_is_here(scene: Scene) -> None:
    offered = await scene.offered()
    found = await known(scene.stage, offered["id"])
    assert found is not None
    assert found.newest.signed_document == offered
    assert await standings(scene.stage, offered["id"]) == {"anna": "signed", "fatima": "asked", "bram": "asked"}
    assert found.agreement.is_listed
    assert await scene.kinds_told() == ["agreement-proposed"]


async def test_the_same_offer_twice_is_one_agreement(scene: Scene) -> None:
    await scene.offered()
    await scene.offered()
    assert len(await scene.stage.rows(Agreement)) == 1
    assert await scene.kinds_told() == ["agreement-proposed"]


async def test_only_its_proposer_offers_it(scene: Scene) -> None:
    document = signed(scene.stage, scene.draft(), scene.anna)
    state, reason = await scene.stage.hear(scene.bram.remote, scene.bram.remote.activity("Offer", document))
    assert (state, reason) == (ArrivalState.REFUSED, "offered by another than its proposer")
    assert await scene.stage.rows(Agreement) == []


@pytest.mark.parametrize("by", ["nobody", "bram", "other words"])
async def test_an_offer_without_the_proof_of_its_proposer_is_refused(scene: Scene, by: str) -> None:
    document = scene.draft()
    if by == "bram":
        document = signed(scene.stage, document, scene.bram)
    elif by == "other words":
        document = {**signed(scene.stage, document, scene.anna), "content": "Iets heel anders."}
    state, reason = await scene.stage.hear(scene.anna.remote, scene.anna.remote.activity("Offer", document))
    assert (state, reason) == (ArrivalState.REFUSED, "an agreement that its proposer did not sign")


async def test_a_key_that_another_publishes_proves_nothing(scene: Scene) -> None:
    """Whoever made a proof, it counts for the owner of its key, and who is no party signs nothing."""
    uri, private = "https://bad.example/mallory", generate_ed25519()
    method = {"id": f"{uri}#key", "type": "Multikey", "controller": uri, "publicKeyMultibase": multikey(private)}
    mallory = Signer(scene.stage.world.person("bad.example", "mallory", assertionMethod=[method]), private)
    document = signed(scene.stage, scene.draft(), mallory)
    state, _ = await scene.stage.hear(scene.anna.remote, scene.anna.remote.activity("Offer", document))
    assert state is ArrivalState.REFUSED


async def test_who_takes_no_part_in_an_issue_of_ours_proposes_nothing_on_it(scene: Scene) -> None:
    document = signed(
        scene.stage, agreement_by(scene.bram, [scene.bram.uri, scene.stage.fatima.uri], scene.issue), scene.bram
    )
    state, reason = await scene.stage.hear(scene.bram.remote, scene.bram.remote.activity("Offer", document))
    assert (state, reason) == (ArrivalState.REFUSED, "proposed by who takes no part in the issue")


@pytest.mark.parametrize(
    "change",
    [
        {"endTime": None}, {"version": 0}, {"version": "1"}, {"name": "x" * 200}, {"parties": []}, {"name": ""},
        {"parties": [{"actor": "https://utrecht.example/anna", "does": "iets"}] * 2}, {"content": "x" * 40_000},
    ],
)  # fmt: skip
async def test_what_is_no_whole_agreement_is_refused(scene: Scene, change: JsonObject) -> None:
    document = signed(scene.stage, {**scene.draft(), **change}, scene.anna)
    state, _ = await scene.stage.hear(scene.anna.remote, scene.anna.remote.activity("Offer", document))
    assert state is ArrivalState.REFUSED
    assert await scene.stage.rows(Agreement) == []


async def test_an_update_before_the_offer_stands_in_for_it(scene: Scene) -> None:
    document = signed(scene.stage, scene.draft(), scene.anna, scene.bram)
    remote = scene.anna.remote
    assert await scene.stage.hear(remote, remote.activity("Update", document)) == DONE
    await scene.offered()
    assert await standings(scene.stage, document["id"]) == {"anna": "signed", "fatima": "asked", "bram": "signed"}


async def test_an_update_with_fewer_proofs_takes_none_away(scene: Scene) -> None:
    remote, full = scene.anna.remote, signed(scene.stage, scene.draft(), scene.anna, scene.bram)
    await scene.stage.hear(remote, remote.activity("Update", full))
    fewer = signed(scene.stage, scene.draft(), scene.anna)
    assert await scene.stage.hear(remote, remote.activity("Update", fewer)) == DONE
    assert await standings(scene.stage, full["id"]) == {"anna": "signed", "fatima": "asked", "bram": "signed"}


async def test_other_words_under_the_same_number_are_refused(scene: Scene) -> None:
    await scene.offered()
    remote = scene.anna.remote
    other = signed(scene.stage, scene.draft(content="Anders."), scene.anna)
    assert (await scene.stage.hear(remote, remote.activity("Update", other)))[0] is ArrivalState.REFUSED
    assert len(await scene.stage.rows(AgreementVersion)) == 1


async def test_an_older_version_after_a_newer_one_is_history(scene: Scene) -> None:
    newer = await scene.offered(scene.draft(version=2, name="Zaal en thee"))
    await scene.offered(scene.draft(version=1))
    found = await known(scene.stage, newer["id"])
    assert found is not None
    assert [one.version.version for one in found.versions] == [2, 1]
    assert (found.agreement.version, found.agreement.name) == (2, "Zaal en thee")


async def test_a_proof_of_another_version_does_not_count(scene: Scene) -> None:
    first = signed(scene.stage, scene.draft(), scene.anna, scene.bram)
    second = signed(scene.stage, scene.draft(version=2), scene.anna)
    copied = with_proofs(second, [second["proof"][0], first["proof"][1]])
    remote = scene.anna.remote
    assert await scene.stage.hear(remote, remote.activity("Update", copied)) == DONE
    assert await standings(scene.stage, second["id"]) == {"anna": "signed", "fatima": "asked", "bram": "asked"}


async def test_an_agreement_does_not_change_hands(scene: Scene) -> None:
    await scene.offered()
    eve = signer(scene.stage.world, "utrecht.example", "eve")
    await scene.stage.add_follow(await scene.stage.meet(eve.remote), scene.stage.issue)
    stolen = signed(
        scene.stage, agreement_by(eve, [eve.uri, scene.stage.fatima.uri], scene.issue, version=2), eve
    )  # fmt: skip
    state, reason = await scene.stage.hear(eve.remote, eve.remote.activity("Update", stolen))
    assert (state, reason) == (ArrivalState.REFUSED, "an agreement does not change hands, nor its issue")


async def test_what_happened_comes_beside_the_agreement_and_not_of_our_own_people(scene: Scene) -> None:
    remote = scene.anna.remote
    full = signed(scene.stage, scene.draft(), scene.anna, scene.bram)
    told = [
        {"type": "StatusChange", "actor": actor, "status": "done", "version": 1, "published": "2026-03-01T08:00:00Z"}
        for actor in (scene.bram.uri, scene.stage.fatima.uri, "https://bad.example/mallory")
    ]
    for _ in range(2):
        assert await scene.stage.hear(remote, remote.activity("Update", full, statusChanges=told)) == DONE
    found = await known(scene.stage, full["id"])
    assert found is not None
    assert found.agreement.state is AgreementState.DONE
    assert [actor.handle for change, actor in found.changes if change.what is Happened.DONE] == ["bram"]
    assert (await scene.kinds_told()).count("agreement-done") == 1


async def test_of_what_happened_the_last_counts_in_whatever_order_it_comes(scene: Scene) -> None:
    remote, full = scene.anna.remote, signed(scene.stage, scene.draft(), scene.anna, scene.bram)
    for status, hour in (("reopened", 8), ("done", 7)):
        told = {"type": "StatusChange", "actor": scene.bram.uri, "status": status, "version": 1,
                "published": f"2026-03-01T0{hour}:00:00Z"}  # fmt: skip
        await scene.stage.hear(remote, remote.activity("Update", full, statusChanges=[told]))
    found = await known(scene.stage, full["id"])
    assert found is not None
    assert found.agreement.state is AgreementState.OPEN


async def test_an_update_on_an_issue_of_ours_is_passed_on_to_who_follows_it(scene: Scene) -> None:
    await scene.stage.add_follow(await scene.stage.meet(scene.bram.remote), scene.stage.issue)
    remote, full = scene.anna.remote, signed(scene.stage, scene.draft(), scene.anna, scene.bram)
    await scene.stage.hear(remote, remote.activity("Update", full))
    announced = [one for one in await scene.stage.said() if one["type"] == "Announce"]
    assert [one["object"]["object"]["id"] for one in announced] == [full["id"]]
    assert announced[0]["object"]["object"] == full


async def test_what_an_issue_elsewhere_passes_on_is_known_by_its_proofs(scene: Scene) -> None:
    stage, world = scene.stage, scene.stage.world
    group = world.person("rotterdam.example", "wijk", kind="issue", question="Wat?", phase="agenda")
    group.type = "Group"
    group.publish_self()
    await stage.add_follow(stage.fatima, await stage.meet(group))
    document = agreement_by(scene.anna, [scene.anna.uri, scene.bram.uri], group.uri)
    full = signed(stage, document, scene.anna, scene.bram)
    status = {"type": "StatusChange", "actor": scene.bram.uri, "status": "done", "published": "2026-03-01T08:00:00Z"}
    world.publish({"id": full["status"], "type": "OrderedCollection", "orderedItems": [status]})
    inner = scene.anna.remote.activity("Update", full, statusChanges=[status])
    for _ in range(2):
        assert await stage.hear(group, group.activity("Announce", inner)) == DONE
    found = await known(stage, full["id"])
    assert found is not None
    assert (found.agreement.state, found.agreement.is_listed) == (AgreementState.DONE, True)
    forged = scene.anna.remote.activity("Update", {**signed(stage, {**document, "version": 2}, scene.bram)})
    assert (await stage.hear(group, group.activity("Announce", forged)))[0] is ArrivalState.REFUSED


# --------------------------------------------------------------------- answered here
async def test_who_is_here_signs_and_the_proof_goes_to_the_proposer(scene: Scene) -> None:
    offered = await scene.offered()
    found = await known(scene.stage, offered["id"])
    assert found is not None
    async with scene.stage.database.writing() as session:
        fatima = await session.get_one(Actor, scene.stage.fatima.id)
        for _ in range(2):
            await sign(
                session, SITE, key_ring(), found.agreement, fatima, by=fatima, version=1, now=scene.stage.clock()
            )  # fmt: skip
    (accepted,) = [one for one in await scene.stage.said() if one["type"] == "Accept"]
    assert {name: value for name, value in accepted["object"].items() if name != "proof"} == scene.draft()
    assert [proof["verificationMethod"] for proof in accepted["object"]["proof"]] == [
        f"{scene.stage.fatima.uri}#ed25519-key"
    ]
    assert await scene.stage.deliveries() == {scene.anna.remote.document()["inbox"]}


async def test_who_declines_says_so_to_the_proposer(scene: Scene) -> None:
    offered = await scene.offered()
    found = await known(scene.stage, offered["id"])
    assert found is not None
    async with scene.stage.database.writing() as session:
        fatima = await session.get_one(Actor, scene.stage.fatima.id)
        await decline(
            session, SITE, found.agreement, fatima, by=fatima, version=1, reason="Geen tijd.", now=scene.stage.clock()
        )  # fmt: skip
    (rejected,) = [one for one in await scene.stage.said() if one["type"] == "Reject"]
    assert rejected["object"] == {"id": offered["id"], "type": ["Object", "Agreement"], "version": 1}
    assert rejected["content"] == "Geen tijd."


# ------------------------------------------------------------------ proposed by one of ours
async def test_a_party_elsewhere_signs_and_everyone_gets_all_proofs(scene: Scene) -> None:
    agreement = await scene.ours()
    accepted = signed(scene.stage, await scene.document(agreement), scene.bram)
    for _ in range(2):
        assert await scene.stage.hear(scene.bram.remote, scene.bram.remote.activity("Accept", accepted)) == DONE
    assert await standings(scene.stage, agreement.uri) == {"fatima": "signed", "anna": "asked", "bram": "signed"}
    assert (await scene.kinds_told()).count("agreement-signed") == 1
    updates = [one for one in await scene.stage.said() if one["type"] == "Update"]
    assert {proof["verificationMethod"] for proof in updates[-1]["object"]["proof"]} == {
        f"{scene.stage.fatima.uri}#ed25519-key", scene.bram.key.key_id,
    }  # fmt: skip


async def test_a_stranger_does_not_sign(scene: Scene) -> None:
    agreement = await scene.ours()
    eve = signer(scene.stage.world, "bad.example", "eve")
    accepted = signed(scene.stage, await scene.document(agreement), eve)
    state, reason = await scene.stage.hear(eve.remote, eve.remote.activity("Accept", accepted))
    assert (state, reason) == (ArrivalState.REFUSED, "signed by who is no party")


async def test_a_party_does_not_sign_for_another(scene: Scene) -> None:
    agreement = await scene.ours()
    accepted = signed(scene.stage, await scene.document(agreement), scene.anna)
    state, reason = await scene.stage.hear(scene.bram.remote, scene.bram.remote.activity("Accept", accepted))
    assert (state, reason) == (ArrivalState.REFUSED, "no proof of the sender that holds")
    assert await standings(scene.stage, agreement.uri) == {"fatima": "signed", "anna": "asked", "bram": "asked"}


async def test_nobody_signs_other_words_than_were_proposed(scene: Scene) -> None:
    agreement = await scene.ours()
    changed = {**await scene.document(agreement), "content": "En een taart."}
    accepted = signed(scene.stage, changed, scene.bram)
    state, reason = await scene.stage.hear(scene.bram.remote, scene.bram.remote.activity("Accept", accepted))
    assert (state, reason) == (ArrivalState.REFUSED, "signs other words than were proposed")


async def test_an_accept_of_what_is_not_here_changes_nothing(scene: Scene) -> None:
    document = signed(scene.stage, scene.draft(), scene.bram)
    state, _ = await scene.stage.hear(scene.bram.remote, scene.bram.remote.activity("Accept", document))
    assert state is ArrivalState.IGNORED
    await scene.offered()
    assert await standings(scene.stage, document["id"]) == {"anna": "signed", "fatima": "asked", "bram": "asked"}


async def test_a_party_declines_once_and_may_still_sign(scene: Scene) -> None:
    agreement = await scene.ours()
    remote = scene.bram.remote
    declined = remote.activity("Reject", agreement.uri, content="Te vroeg.", published="2026-03-01T08:00:00Z")
    assert await scene.stage.hear(remote, declined) == DONE
    assert await standings(scene.stage, agreement.uri) == {"fatima": "signed", "anna": "asked", "bram": "declined"}
    assert (await scene.stage.hear(remote, remote.activity("Reject", agreement.uri)))[0] is ArrivalState.IGNORED
    eve = signer(scene.stage.world, "bad.example", "eve").remote
    assert (await scene.stage.hear(eve, eve.activity("Reject", agreement.uri)))[0] is ArrivalState.IGNORED
    accepted = signed(scene.stage, await scene.document(agreement), scene.bram)
    assert await scene.stage.hear(remote, remote.activity("Accept", accepted)) == DONE
    assert (await scene.stage.hear(remote, remote.activity("Reject", agreement.uri)))[0] is ArrivalState.IGNORED
    assert await standings(scene.stage, agreement.uri) == {"fatima": "signed", "anna": "asked", "bram": "signed"}
    (change,) = await scene.stage.rows(AgreementChange, AgreementChange.what == Happened.DECLINED)
    assert change.reason == "Te vroeg."


async def test_a_party_that_signed_says_that_it_is_done_and_others_do_not(scene: Scene) -> None:
    agreement = await scene.ours()

    def done(by: Signer, actor: Signer | None = None) -> JsonObject:
        change = {"type": "StatusChange", "actor": (actor or by).uri, "status": "done", "version": 1,
                  "published": "2026-03-01T08:00:00Z"}  # fmt: skip
        return by.remote.activity("Add", change, target=f"{agreement.uri}/status")

    stage = scene.stage
    assert (await stage.hear(scene.bram.remote, done(scene.bram)))[0] is ArrivalState.IGNORED
    accepted = signed(stage, await scene.document(agreement), scene.bram)
    await stage.hear(scene.bram.remote, scene.bram.remote.activity("Accept", accepted))
    assert (await stage.hear(scene.anna.remote, done(scene.anna, scene.bram)))[0] is ArrivalState.REFUSED
    assert await stage.hear(scene.bram.remote, done(scene.bram)) == DONE
    found = await known(stage, agreement.uri)
    assert found is not None
    assert found.agreement.state is AgreementState.DONE
    update = [one for one in await stage.said() if one["type"] == "Update"][-1]
    assert [(one["status"], one["actor"]) for one in update["statusChanges"]] == [("done", scene.bram.uri)]


async def test_what_is_withdrawn_is_not_signed(scene: Scene) -> None:
    agreement = await scene.ours()
    async with scene.stage.database.writing() as session:
        fatima = await session.get_one(Actor, scene.stage.fatima.id)
        await say_what_became(
            session, SITE, agreement, fatima, Happened.WITHDRAWN, by=fatima, reason="", now=scene.stage.clock()
        )  # fmt: skip
        with pytest.raises(AgreementRefused):
            await say_what_became(
                session, SITE, agreement, fatima, Happened.REOPENED, by=fatima, reason="", now=scene.stage.clock()
            )  # fmt: skip
    accepted = signed(scene.stage, await scene.document(agreement), scene.bram)
    remote = scene.bram.remote
    assert (await scene.stage.hear(remote, remote.activity("Accept", accepted)))[0] is ArrivalState.IGNORED


async def test_a_proof_of_ours_comes_back_as_what_it_was(scene: Scene) -> None:
    offered = await scene.offered()
    proof = await proof_here(scene.stage, scene.draft(), scene.stage.fatima)
    remote, full = scene.anna.remote, with_proofs(offered, [*offered["proof"], proof])
    assert await scene.stage.hear(remote, remote.activity("Update", full)) == DONE
    assert (await standings(scene.stage, offered["id"]))["fatima"] == "signed"


async def test_an_issue_elsewhere_that_nobody_here_is_a_party_to_is_left_alone(scene: Scene) -> None:
    stage = scene.stage
    async with stage.database.writing() as session:
        uri = "https://rotterdam.example/wijk"
        session.add(
            Actor(id=new_id(), uri=uri, kind=ActorKind.ISSUE, handle="wijk", domain="rotterdam.example",
                  inbox=f"{uri}/inbox", created_at=stage.clock(), updated_at=stage.clock())
        )  # fmt: skip
    document = signed(stage, agreement_by(scene.anna, [scene.anna.uri, scene.bram.uri], uri), scene.anna)
    state, reason = await stage.hear(scene.anna.remote, scene.anna.remote.activity("Offer", document))
    assert (state, reason) == (ArrivalState.IGNORED, "not for anyone here")


async def test_who_was_away_for_a_day_hears_all_of_it_in_whatever_order(scene: Scene) -> None:
    stage, anna = scene.stage, scene.anna.remote
    first, second = scene.draft(), scene.draft(version=2, name="Zaal en thee")
    full, newer = signed(stage, first, scene.anna, scene.bram), signed(stage, second, scene.anna)
    done = {"type": "StatusChange", "actor": scene.bram.uri, "status": "done", "published": "2026-03-01T08:30:00Z"}
    waiting = [
        anna.activity("Update", newer, statusChanges=[done]),
        anna.activity("Offer", newer),
        anna.activity("Update", full),
        anna.activity("Offer", signed(stage, first, scene.anna)),
    ]
    stage.clock.advance(24 * 3_600)
    for activity in waiting:
        await stage.send(anna, activity)
    await stage.handle()
    found = await known(stage, newer["id"])
    assert found is not None
    assert [one.version.version for one in found.versions] == [2, 1]
    assert found.agreement.state is AgreementState.DONE
    assert await standings(stage, newer["id"], 1) == {"anna": "signed", "fatima": "asked", "bram": "signed"}
    assert await standings(stage, newer["id"], 2) == {"anna": "signed", "fatima": "asked", "bram": "asked"}
