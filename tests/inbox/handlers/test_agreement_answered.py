"""Agreements are signed, declined, done and withdrawn, each by whose it is to say."""

import pytest

from actors.actor import Actor
from actors.agreements.kinds import AgreementState, Happened
from actors.agreements.tables import AgreementChange
from actors.ids import new_id
from actors.kinds import ActorKind
from federation.documents import JsonObject
from federation.proofs import with_proofs
from inbox.tables import ArrivalState
from outbox.publish.agreements import AgreementRefused, decline, say_what_became, sign
from tests.inbox.agreeing import Signer, agreement_by, known, proof_here, signed, signer, standings
from tests.inbox.agreement_scene import DONE, Scene
from tests.inbox.stage import SITE
from tests.support.keys import key_ring


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
