"""Agreements from elsewhere: by who proposes them, with proofs that hold, in whatever order they come."""

import pytest

from actors.agreements.kinds import AgreementState, Happened
from actors.agreements.tables import Agreement, AgreementVersion
from federation.documents import JsonObject
from federation.keys import generate_ed25519, multikey
from federation.proofs import with_proofs
from inbox.tables import ArrivalState
from tests.inbox.agreeing import Signer, agreement_by, known, signed, signer, standings
from tests.inbox.agreement_scene import DONE, Scene


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
