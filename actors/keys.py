"""The keys of our own actors: made once, sealed in the database, kept loaded in memory.

Loading an RSA key from its PEM costs forty times what a signature costs, so loaded keys stay in a
bounded cache. The ids of keys follow what other servers expect: ``…#main-key`` for RSA,
``…#ed25519-key`` for Ed25519.
"""

import asyncio

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor, ActorKey
from actors.bounded import BoundedCache
from actors.database import now
from actors.ids import new_id
from actors.vault import Vault
from federation import keys
from federation.keys import PrivateKey, SigningKey

_CACHED_KEYS = 4_096
_CACHED_SECONDS = 3_600.0


class KeyRing:
    """The signing keys of our actors."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._loaded: BoundedCache[tuple[int, str], SigningKey] = BoundedCache(_CACHED_KEYS, _CACHED_SECONDS)

    async def create(self, session: AsyncSession, actor: Actor) -> None:
        """Give a new local actor its RSA and Ed25519 keys."""
        pair = await make_pair()
        self.add(session, actor, pair)

    def add(self, session: AsyncSession, actor: Actor, pair: tuple[PrivateKey, PrivateKey]) -> None:
        """Give an actor an RSA and an Ed25519 key that were made beforehand."""
        rsa, ed25519 = pair
        for name, algorithm, public, private in (
            ("main-key", "rsa", keys.public_pem(rsa), rsa),
            ("ed25519-key", "ed25519", keys.multikey(ed25519), ed25519),
        ):
            session.add(
                ActorKey(
                    id=new_id(),
                    actor_id=actor.id,
                    uri=f"{actor.uri}#{name}",
                    algorithm=algorithm,
                    public=public,
                    private=self._vault.seal(keys.private_pem(private)),
                    created_at=now(),
                )
            )

    async def signing_key(self, session: AsyncSession, actor_id: int) -> SigningKey:
        """Return the RSA key with which a local actor signs its requests."""
        return await self._key(session, actor_id, "rsa")

    async def proving_key(self, session: AsyncSession, actor_id: int) -> SigningKey:
        """Return the Ed25519 key with which a local actor signs what it agrees to."""
        return await self._key(session, actor_id, "ed25519")

    async def _key(self, session: AsyncSession, actor_id: int, algorithm: str) -> SigningKey:
        loaded = self._loaded.get((actor_id, algorithm))
        if loaded is None:
            row = (
                await session.scalars(
                    select(ActorKey).where(
                        ActorKey.actor_id == actor_id, ActorKey.algorithm == algorithm, ActorKey.private.is_not(None)
                    )
                )
            ).one()
            assert row.private is not None  # noqa: S101 - said to the type checker; the query asks for it
            loaded = SigningKey(row.uri, keys.load_private(self._vault.open(row.private)))
            self._loaded.put((actor_id, algorithm), loaded)
        return loaded


async def make_pair() -> tuple[PrivateKey, PrivateKey]:
    """Make an RSA and an Ed25519 key. Takes about 0.1 s of a thread: call it outside transactions."""
    return await asyncio.to_thread(lambda: (keys.generate_rsa(), keys.generate_ed25519()))
