"""Agreements of other servers: drafted, signed and served, as their own servers would."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from actors.actor import Actor
from actors.agreements.queries import AgreementDetail, agreement_detail
from actors.agreements.tables import Agreement
from federation.documents import JsonObject
from federation.keys import PrivateKey, SigningKey, generate_ed25519, multikey
from federation.proofs import sign, with_proofs, without_proof
from federation.vocabulary import AGREEMENT_CONTEXT, PUBLIC
from tests.inbox.peers import Remote, World
from tests.inbox.stage import Stage
from tests.support.keys import key_ring


@dataclass
class Signer:
    """An actor of another server that has a key for proofs."""

    remote: Remote
    private: PrivateKey

    @property
    def uri(self) -> str:
        return self.remote.uri

    @property
    def key(self) -> SigningKey:
        return SigningKey(f"{self.uri}#ed25519-key", self.private)


def signer(world: World, host: str = "utrecht.example", handle: str = "anna", type_: str = "Person") -> Signer:
    """Return an actor of another server that can sign agreements."""
    uri, private = f"https://{host}/{handle}", generate_ed25519()
    method = {
        "id": f"{uri}#ed25519-key", "type": "Multikey", "controller": uri, "publicKeyMultibase": multikey(private),
    }  # fmt: skip
    return Signer(Remote(world, host, handle, type_, assertionMethod=[method]), private)


def agreement_by(
    proposer: Signer, parties: Sequence[str], issue: str, *, number: int = 1, version: int = 1, **more: Any
) -> JsonObject:
    """Return a version of an agreement that nobody signed yet."""
    uri = f"https://{proposer.remote.host}/afspraken/{number}"
    return {
        "@context": AGREEMENT_CONTEXT, "id": uri, "type": "Agreement", "attributedTo": proposer.uri, "issue": issue,
        "version": version, "name": "Zaal en uitnodiging", "content": "Voor het gesprek in de wijk.",
        "parties": [{"actor": party, "does": f"deel {place}"} for place, party in enumerate(parties)],
        "endTime": "2026-05-01T20:00:00Z", "published": f"2026-03-01T0{version}:00:00Z", "to": [PUBLIC],
        "status": f"{uri}/status", **more,
    }  # fmt: skip


def signed(stage: Stage, document: JsonObject, *signers: Signer) -> JsonObject:
    """Return an agreement with the proofs of these."""
    bare = without_proof(document)
    return with_proofs(bare, [sign(bare, one.key, now=stage.clock()).document for one in signers])


async def proof_here(stage: Stage, document: JsonObject, actor: Actor) -> JsonObject:
    """Return the proof of one of ours."""
    async with stage.database.reading() as session:
        key = await key_ring().proving_key(session, actor.id)
    return sign(document, key, now=stage.clock()).document


async def known(stage: Stage, uri: str) -> AgreementDetail | None:
    """Return what is known here of an agreement."""
    async with stage.database.reading() as session:
        found = await session.scalar(select(Agreement.id).where(Agreement.uri == uri))
        return await agreement_detail(session, found) if found is not None else None


async def standings(stage: Stage, uri: str, version: int | None = None) -> dict[str, str]:
    """Return where each party stands towards a version, by handle."""
    detail = await known(stage, uri)
    assert detail is not None
    one = next(one for one in detail.versions if version in {None, one.version.version})
    return {row.actor.handle: row.party.standing.value for row in one.parties}
