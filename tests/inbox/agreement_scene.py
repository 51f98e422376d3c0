"""Two people elsewhere and one of ours, on an issue of ours: who make agreements in the tests."""

from dataclasses import dataclass

import pytest

from actors.actor import Actor
from actors.agreements.tables import Agreement
from actors.notifications import Notification
from actors.serialize.agreement import AgreementDraft
from federation.documents import JsonObject
from inbox.tables import ArrivalState
from outbox.publish.agreements import propose
from tests.inbox.agreeing import Signer, agreement_by, known, signed, signer
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
