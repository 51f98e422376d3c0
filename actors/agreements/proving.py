"""Whose proofs the proofs of an agreement are: by the keys that actors publish, and nothing else."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import ActorKey
from actors.among import among
from federation.documents import JsonObject
from federation.errors import FederationError
from federation.keys import load_public
from federation.proofs import Proof, verify


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A key for proofs that an actor publishes (``assertionMethod``)."""

    actor_id: int
    material: str


@dataclass(frozen=True, slots=True)
class Signature:
    """A proof that holds, and the key with which it does."""

    proof: Proof
    key: str


async def keys_named(session: AsyncSession, methods: Collection[str]) -> dict[str, NamedKey]:
    """Return the keys of these IRIs, as far as an actor that we know publishes them; one query."""
    if not methods:
        return {}
    query = select(ActorKey.uri, ActorKey.actor_id, ActorKey.public).where(
        among(session, ActorKey.uri, methods), ActorKey.algorithm == "ed25519"
    )
    return {uri: NamedKey(actor_id, public) for uri, actor_id, public in await session.execute(query)}


def signatures_of(
    document: JsonObject, proofs: Sequence[Proof], keys: Mapping[str, NamedKey], *, now: datetime
) -> dict[int, Signature]:
    """Return by actor which proofs of a document hold; one that does not is left out."""
    found: dict[int, Signature] = {}
    for proof in proofs:
        named = keys.get(proof.method)
        if named is not None and named.actor_id not in found and holds(document, proof, named.material, now=now):
            found[named.actor_id] = Signature(proof, named.material)
    return found


def holds(document: JsonObject, proof: Proof, key: str, *, now: datetime) -> bool:
    """Whether a proof was made of this document with this key."""
    try:
        verify(document, proof, load_public(key), now=now)
    except FederationError:
        return False
    return True
