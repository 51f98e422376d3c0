"""A signal goes from one running instance to another, is answered and becomes an issue that moves: both see it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.issues.tables import PhaseChange, Promise
from actors.notifications import Notification
from actors.signals.tables import Signal, SignalState
from tests.interop.test_instances import eventually, parts_of
from tests.support.instances import RunningInstance, made_together

pytestmark = pytest.mark.timeout(240)

WORDS = "Er is ruzie op het plein bij de fontein."


@pytest.fixture
async def two(
    postgresql_url: str, tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> AsyncIterator[tuple[RunningInstance, RunningInstance]]:
    """A municipality on SQLite, and a foundation on PostgreSQL that is linked with it."""
    names = {"tilburg.example": "Gemeente Tilburg", "stemmen.example": "Nieuwe Stemmen"}
    async with AsyncExitStack() as stack:
        made = await made_together(
            stack, names, folder=tmp_path, free_port=unused_tcp_port_factory,
            postgresql={"stemmen.example": postgresql_url},
        )  # fmt: skip
        for instance in made:
            await instance.start()
        await made[1].run("link", "https://tilburg.example")
        yield made[0], made[1]


async def test_a_signal_becomes_an_issue_that_both_see_move(two: tuple[RunningInstance, RunningInstance]) -> None:
    tilburg, stemmen = two
    for instance in two:
        await instance.sign_in()
    async with AsyncExitStack() as stack:
        here, there = [await stack.enter_async_context(parts_of(one)) for one in (tilburg, stemmen)]
        async with there.database.reading() as session:
            organisation = await session.scalar(
                select(Actor).where(Actor.uri == "https://tilburg.example/organisaties/tilburg")
            )
        assert organisation is not None
        status, where = await stemmen.submit(
            "/signaal", "/signaal", {"text": WORDS, "where": "", "theme": "", "to": organisation.id, "language": "nl"}
        )
        assert (status, where) == (303, "/mijn/signalen?bericht=signaal")

        async def arrived() -> bool:
            return WORDS in await tilburg.page("/signalen")

        await eventually(arrived, "the signal did not reach Tilburg")
        async with here.database.reading() as session:
            signal_id = (await session.scalars(select(Signal.id))).one()
        path = f"/signalen/{signal_id}"
        status, _ = await tilburg.submit(path, path, {"stap": "antwoord", "answer": "Dank je. We gaan kijken."})
        assert status == 303

        async def answered() -> bool:
            return "We gaan kijken." in await stemmen.page("/mijn/signalen")

        await eventually(answered, "the answer did not come back")
        new = f"/vraagstukken/nieuw?signaal={signal_id}"
        fields = {
            "title": "Rust op het plein", "question": "Wat helpt?", "why": "Het is er onrustig.",
            "themes": "young-people", "perspectives_needed": "parents", "feedback_by": "2027-03-01", "place": "",
            "phase": "agenda", "language": "nl", "signaal": signal_id,
        }  # fmt: skip
        status, where = await tilburg.submit(new, "/vraagstukken/nieuw", fields)
        assert status == 303, where

        async def on_the_agenda() -> bool:
            async with there.database.reading() as session:
                signal = (await session.scalars(select(Signal))).one()
                return signal.state is SignalState.AGENDA

        await eventually(on_the_agenda, "the signaller did not hear of the issue")
        assert "Rust op het plein" in await stemmen.page("/mijn/signalen")
        assert WORDS not in await tilburg.page("/vraagstukken/rust-op-het-plein")

        async def followed() -> bool:
            return "accepted" in await stemmen.run("follow", "karin", "@rust-op-het-plein@tilburg.example")

        await eventually(followed, "the issue was not followed")
        issue = "/vraagstukken/rust-op-het-plein"
        move = {"phase": "conversation", "was": "agenda", "reason": "Er zijn genoeg mensen."}
        assert (await tilburg.submit(f"{issue}/fase", f"{issue}/fase", move))[0] == 303
        back = {"phase": "agenda", "was": "conversation", "reason": "De school wil nog meedenken."}
        assert (await tilburg.submit(f"{issue}/fase", f"{issue}/fase", back))[0] == 303

        async def moved() -> bool:
            async with there.database.reading() as session:
                reasons = set(await session.scalars(select(PhaseChange.reason)))
                return {"Er zijn genoeg mensen.", "De school wil nog meedenken."} <= reasons

        await eventually(moved, "the phases with their reasons did not arrive")
        async with here.database.reading() as session:
            before = (await session.scalars(select(Promise.feedback_by))).one()
        promise = {
            "feedback_by": "2027-04-15", "reason": "De raad vergadert later.",
            "was": before.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }  # fmt: skip
        status, where = await tilburg.submit(f"{issue}/beloofd", f"{issue}/beloofd", promise)
        assert status == 303, where

        async def promised() -> bool:
            async with there.database.reading() as session:
                return "De raad vergadert later." in set(await session.scalars(select(Promise.reason)))

        await eventually(promised, "the promise that moved did not arrive")
        async with there.database.reading() as session:
            elsewhere = await session.scalar(select(Actor).where(Actor.uri == f"https://tilburg.example{issue}"))
            kinds = set(await session.scalars(select(Notification.kind)))
        assert elsewhere is not None
        page = await stemmen.page(f"/vraagstukken/elders/{elsewhere.id}")
        for told in ("Zo kwam dit vraagstuk hier", "De school wil nog meedenken.", "De raad vergadert later."):
            assert told in page, told
        assert {"signal-answered", "issue-phase", "issue-promise"} <= kinds
