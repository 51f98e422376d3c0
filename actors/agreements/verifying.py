"""Checking an agreement from nothing but its address: no row of ours has a say in it.

The agreement and each party's own document are fetched where they say they are; a proof counts for a party when it is
made with a key that this party publishes for that (``assertionMethod``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from federation.client import Client
from federation.documents import ActorDocument, JsonObject, same_origin
from federation.documents.agreement import AgreementDocument
from federation.errors import FederationError, OriginError
from federation.keys import load_public
from federation.proofs import Proof, proofs_of, verify


class Finding(StrEnum):
    """What was found of one party."""

    HOLDS = "holds"
    WRONG = "wrong"
    """There is a proof in its name that does not hold."""
    UNSIGNED = "unsigned"
    UNREACHABLE = "unreachable"
    """Its document could not be had, so nothing can be said."""


@dataclass(frozen=True)
class PartyFinding:
    """A party, what it does, and what was found."""

    actor: str
    name: str
    does: str
    finding: Finding
    signed_at: datetime | None = None
    why: str = ""


@dataclass(frozen=True)
class Verified:
    """What was found of an agreement; ``strays`` are proofs of keys that no party publishes."""

    document: AgreementDocument
    parties: Sequence[PartyFinding]
    strays: int

    @property
    def is_right(self) -> bool:
        """Whether there is a signature, and every one of them holds."""
        found = {party.finding for party in self.parties}
        return Finding.HOLDS in found and found <= {Finding.HOLDS, Finding.UNSIGNED} and not self.strays


async def verify_at(client: Client, url: str, *, now: datetime) -> Verified:
    """Fetch an agreement, or one of its versions, and check it. Raises ``FederationError`` when it cannot be read."""
    fetched = await client.get_document(url)
    document = AgreementDocument.read(fetched.document)
    if fetched.url != document.id and not fetched.url.startswith(f"{document.id}/"):
        raise OriginError(f"{fetched.url} serves an agreement with the id {document.id}")
    proofs = {proof.method: proof for proof in proofs_of(document.raw)}
    parties = [await _party(client, document, task.actor, task.does, proofs, now) for task in document.tasks]
    return Verified(document, parties, strays=len(proofs))


async def _party(
    client: Client, document: AgreementDocument, uri: str, does: str, proofs: dict[str, Proof], now: datetime
) -> PartyFinding:
    """Find out about a party, and take its proof out of those that are left."""
    try:
        actor = ActorDocument.read(await client.get_object(uri))
    except FederationError as error:
        for method in [method for method in proofs if method.partition("#")[0] == uri]:
            del proofs[method]
        return PartyFinding(uri, uri, does, Finding.UNREACHABLE, why=error.reason)
    keys = {key.id: key.material for key in actor.keys if not key.material.lstrip().startswith("-----BEGIN")}
    made = [proofs.pop(method) for method in list(proofs) if method in keys and same_origin(method, uri)]
    if not made:
        return PartyFinding(uri, actor.name or actor.handle, does, Finding.UNSIGNED)
    proof = made[0]
    why = _fault(document.raw, proof, keys[proof.method], now)
    finding = Finding.WRONG if why else Finding.HOLDS
    return PartyFinding(uri, actor.name or actor.handle, does, finding, proof.created, why)


def _fault(document: JsonObject, proof: Proof, key: str, now: datetime) -> str:
    try:
        verify(document, proof, load_public(key), now=now)
    except FederationError as error:
        return error.reason
    return ""
