"""The pages of agreements: proposing, reading, checking, signing, changing, and what became of it."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from actors.actor import Actor, ActorKey
from actors.agreements.kinds import AgreementState
from actors.agreements.tables import Agreement, AgreementChange, AgreementParty, AgreementVersion
from actors.audit import AuditEntry
from actors.database import Database, now
from actors.issues.tables import Issue
from actors.kinds import ActorKind, Phase, Role
from actors.notifications import Notification
from actors.serialize.agreement import AgreementDraft
from federation.proofs import proofs_of, verify
from outbox.publish.agreements import propose
from tests.actors.cast import SITE, elsewhere, follows, here, issue_here, runs, said
from tests.support.keys import key_pair, key_ring
from tests.support.queries import counted
from tests.web.pages.admin.cast import sign_in_as
from tests.web.pages.browser import Page, Pages
from tests.web.pages.changing import HOSTILE, UNSTORABLE, is_harmless

FORM = "/vraagstukken/jeugd/afspraken/nieuw"
SERVER = {"Accept": "application/activity+json"}


@pytest.fixture
async def issue(database: Database, tilburg: Actor) -> Actor:
    async with database.writing() as session:
        return await issue_here(session, tilburg)


def typed(**more: Any) -> dict[str, Any]:
    due = (now() + timedelta(days=30)).date().isoformat()
    return {
        "name": "Zaal en thee", "my_does": "Ik regel de zaal.", "who-1": "fatima", "does-1": "Zij zet thee.",
        "due": due, "content": "Voor het gesprek.", "name_of": "organisation",
    } | more  # fmt: skip


async def proposed(pages: Pages, **more: Any) -> tuple[Page, int]:
    """Propose an agreement by the form; return where that led, and its id."""
    answer = await pages.submit(FORM, FORM, **typed(**more))
    assert answer.status == 303, answer.main
    return answer, int(re.findall(r"/afspraken/(\d+)", answer.location)[0])


async def act(pages: Pages, agreement_id: int, verb: str, **fields: Any) -> Page:
    page = f"/afspraken/{agreement_id}"
    return await pages.submit(page, f"{page}/{verb}", **({"version": 1, "name_of": "me"} | fields))


async def test_an_editor_proposes_an_agreement_for_the_organisation(pages: Pages, issue: Actor) -> None:
    fatima = await pages.person("fatima")
    editor = await sign_in_as(pages, Role.EDITOR)
    form = await pages.get(FORM)
    assert "Iedereen kan deze afspraak lezen, ook zonder account." in form.main
    answer, agreement_id = await proposed(pages)
    assert answer.location == f"/afspraken/{agreement_id}?bericht=afspraak"
    page = await pages.get(answer.location)
    for told in (
        "De afspraak is voorgesteld", "Zaal en thee", "Ik regel de zaal.", "Zij zet thee.", "Dit is een voorstel",
        "die klopt", "nog niet ondertekend", "Gemeente Tilburg stelde deze afspraak voor.",
    ):  # fmt: skip
        assert told in page.main, told
    async with pages.database.reading() as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.act == "agreement-proposed"))).one()
        assert entry.actor_id == editor.id
        (notified,) = await session.scalars(select(Notification).where(Notification.recipient_id == fatima.id))
    await pages.be(fatima)
    told_of = await pages.get("/meldingen")
    assert "Gemeente Tilburg vraagt je een afspraak te ondertekenen over Jeugd in de wijk" in told_of.main
    opened = await pages.get(f"/meldingen/{notified.id}")
    assert opened.location == f"/afspraken/gebeurd/{notified.thing_id}"
    assert (await pages.get(opened.location)).location == f"/afspraken/{agreement_id}"


async def test_a_party_signs_what_it_read_and_everyone_sees_that_the_signatures_are_right(
    pages: Pages, issue: Actor
) -> None:
    fatima = await pages.person("fatima")
    await sign_in_as(pages, Role.EDITOR)
    _, agreement_id = await proposed(pages)
    await pages.be(fatima)
    answer = await act(pages, agreement_id, "ondertekenen")
    assert answer.location == f"/afspraken/{agreement_id}?bericht=ondertekend"
    await pages.be(None)
    page = await pages.get(f"/afspraken/{agreement_id}")
    assert page.main.count("die klopt") == 2
    assert "Fatima ondertekende versie 1." in page.main
    assert "Dit is een voorstel" not in page.main
    assert "Onderteken je?" not in page.main


async def test_servers_get_the_bytes_that_were_signed_with_all_proofs(pages: Pages, issue: Actor) -> None:
    fatima = await pages.person("fatima")
    await sign_in_as(pages, Role.EDITOR)
    _, agreement_id = await proposed(pages)
    await pages.be(fatima)
    await act(pages, agreement_id, "ondertekenen")
    await pages.be(None)
    path = f"/afspraken/{agreement_id}"
    document = json.loads((await pages.get(path, **SERVER)).markup)
    assert document["id"] == f"{SITE.base_url}{path}"
    for proof in proofs_of(document):
        verify(document, proof, key_pair()[1].public_key(), now=now())  # type: ignore[arg-type]
    assert len(document["proof"]) == 2
    assert json.loads((await pages.get(f"{path}/versies/1", **SERVER)).markup) == document
    assert (await pages.get(f"{path}/versies/7", **SERVER)).status == 404
    status = json.loads((await pages.get(f"{path}/status")).markup)
    assert (status["id"], status["orderedItems"]) == (document["status"], [])
    page = await pages.get(path)
    assert f'type="application/activity+json" href="{document["id"]}"' in page.markup
    assert f"samenspraak verify {document['id']}" in page.main


async def test_a_signature_that_is_not_right_shows(pages: Pages, issue: Actor) -> None:
    await pages.person("fatima")
    await sign_in_as(pages, Role.EDITOR)
    _, agreement_id = await proposed(pages)
    async with pages.database.writing() as session:
        version = (await session.scalars(select(AgreementVersion))).one()
        version.document = version.document.replace("zaal", "taart")
    assert "De handtekening klopt niet." in (await pages.get(f"/afspraken/{agreement_id}")).main


async def test_a_key_that_is_no_longer_published_shows(pages: Pages, issue: Actor, tilburg: Actor) -> None:
    await pages.person("fatima")
    await sign_in_as(pages, Role.EDITOR)
    _, agreement_id = await proposed(pages)
    async with pages.database.writing() as session:
        await session.execute(update(ActorKey).where(ActorKey.actor_id == tilburg.id).values(uri=ActorKey.uri + "-oud"))
    assert "de sleutel staat niet meer op hun site" in (await pages.get(f"/afspraken/{agreement_id}")).main


async def test_a_party_says_no_with_a_reason(pages: Pages, issue: Actor) -> None:
    fatima = await pages.person("fatima")
    await sign_in_as(pages, Role.EDITOR)
    _, agreement_id = await proposed(pages)
    await pages.be(fatima)
    answer = await act(pages, agreement_id, "afslaan", reason="Ik ben er <b>niet</b>.")
    assert answer.status == 303
    page = await pages.get(f"/afspraken/{agreement_id}")
    assert "Ik ben er <b>niet</b>." in page.main
    assert "zei nee" in page.main
    assert "<b>niet" not in page.markup
    assert (await act(pages, agreement_id, "ondertekenen")).status == 303


async def test_only_parties_sign(pages: Pages, issue: Actor) -> None:
    await pages.person("fatima")
    await sign_in_as(pages, Role.EDITOR)
    _, agreement_id = await proposed(pages)
    await pages.be(await pages.person("eve"))
    assert (await act(pages, agreement_id, "ondertekenen")).status == 422
    assert (await act(pages, agreement_id, "ondertekenen", name_of="organisation")).status == 403
    assert (await act(pages, agreement_id, "stand", what="done")).status == 422
    assert (await act(pages, agreement_id, "stand", what="signed")).status == 400
    assert (await pages.get(f"/afspraken/{agreement_id}/wijzigen")).status == 404
    await pages.be(None)
    assert (await pages.post(f"/afspraken/{agreement_id}/ondertekenen", {"version": 1})).status == 403
    assert "nog niet ondertekend" in (await pages.get(f"/afspraken/{agreement_id}")).main


async def test_it_is_done_and_open_again_and_withdrawn(pages: Pages, issue: Actor) -> None:
    await pages.person("fatima")
    await sign_in_as(pages, Role.EDITOR)
    _, agreement_id = await proposed(pages)
    for what, state, told in (
        ("done", AgreementState.DONE, "zei dat het klaar is"),
        ("reopened", AgreementState.OPEN, "zei dat het toch niet klaar is"),
        ("withdrawn", AgreementState.WITHDRAWN, "trok deze afspraak in"),
    ):
        answer = await act(pages, agreement_id, "stand", what=what, name_of="organisation", reason="Zo is het.")
        assert answer.status == 303, answer.main
        async with pages.database.reading() as session:
            assert await session.scalar(select(Agreement.state)) is state
        assert told in (await pages.get(f"/afspraken/{agreement_id}")).main
        await _let_a_second_pass(pages)
    status = json.loads((await pages.get(f"/afspraken/{agreement_id}/status")).markup)
    assert [one["status"] for one in status["orderedItems"]] == ["done", "reopened", "withdrawn"]
    assert "Afspraken" in (await pages.get("/vraagstukken/jeugd")).text
    assert "Zaal en thee" not in (await pages.get("/vraagstukken/jeugd")).main


async def _let_a_second_pass(pages: Pages) -> None:
    """What happened is dated to the second: put it a minute back."""
    async with pages.database.writing() as session:
        for change in await session.scalars(select(AgreementChange)):
            change.at -= timedelta(minutes=1)


async def test_a_change_is_a_new_version_that_shows_what_is_different(pages: Pages, issue: Actor) -> None:
    fatima = await pages.person("fatima")
    await sign_in_as(pages, Role.EDITOR)
    _, agreement_id = await proposed(pages)
    form = f"/afspraken/{agreement_id}/wijzigen"
    assert 'value="@fatima@tilburg.example"' in (await pages.get(form)).markup
    more = typed(**{"name": "Zaal, thee en koek", "who-2": "gemeente-onbekend"})
    wrong = await pages.submit(form, form, based_on=1, **more)
    assert wrong.status == 422
    assert "We kunnen dit account niet vinden" in wrong.main
    answer = await pages.submit(form, form, based_on=1, **typed(name="Zaal, thee en koek"))
    assert answer.location == f"/afspraken/{agreement_id}?bericht=afspraak-gewijzigd"
    page = await pages.get(answer.location)
    assert "Versie 2" in page.main
    assert "Zaal en thee" in page.main
    old = await pages.get(f"/afspraken/{agreement_id}/versies/1")
    assert "Dit is een oudere versie." in old.main
    late = await pages.submit(form, form, based_on=1, **typed(name="Nog anders"))
    assert late.status == 422
    assert "intussen" in late.main
    await pages.be(fatima)
    assert (await act(pages, agreement_id, "ondertekenen", version=1)).status == 422
    assert (await act(pages, agreement_id, "ondertekenen", version=2)).status == 303


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "Vul dit in."),
        ({"my_does": "x" * 501}, "Dit zijn 501 tekens"),
        ({"who-1": "", "does-1": ""}, "Noem ten minste één ander."),
        ({"does-1": ""}, "Vertel wat zij doen."),
        ({"who-1": "niemand"}, "We kunnen dit account niet vinden."),
        ({"who-1": "jeugd"}, "Je kunt alleen afspraken maken met mensen en organisaties."),
        ({"who-2": "@fatima@tilburg.example", "does-2": "ook"}, "Dit account staat er twee keer."),
        ({"due": "2020-01-01"}, "Kies een datum vanaf morgen"),
        ({"content": UNSTORABLE}, "We kunnen deze tekst niet bewaren."),
    ],
)
async def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(
    pages: Pages, issue: Actor, wrong: dict[str, str], told: str
) -> None:
    await pages.person("fatima")
    await sign_in_as(pages, Role.EDITOR)
    answer = await pages.submit(FORM, FORM, **typed(**wrong))
    assert answer.status == 422
    assert told in answer.main, answer.main
    assert 'value="Zaal en thee"' in answer.markup or "name" in wrong
    async with pages.database.reading() as session:
        assert (await session.scalars(select(Agreement))).all() == []


async def test_one_more_party_can_be_named(pages: Pages, issue: Actor) -> None:
    await sign_in_as(pages, Role.EDITOR)
    fields = typed(**{"who-2": "@bram@utrecht.example", "does-2": "koek", "meer": "1"})
    answer = await pages.submit(FORM, FORM, **fields)
    assert answer.status == 200
    assert 'name="who-3"' in answer.markup
    assert 'value="@bram@utrecht.example"' in answer.markup


async def test_parties_elsewhere_are_found_by_account_or_address(pages: Pages, issue: Actor) -> None:
    async with pages.database.writing() as session:
        bram = await elsewhere(session, "bram")
        mast = await elsewhere(session, "mast", "mastodon.example")
        await runs(session, "mastodon.example", "mastodon")
    await sign_in_as(pages, Role.EDITOR)
    _, agreement_id = await proposed(
        pages, **{"who-1": "@bram@UTRECHT.example", "who-2": mast.uri, "does-2": "leest mee"}
    )  # fmt: skip
    async with pages.database.reading() as session:
        actors = set(await session.scalars(select(AgreementParty.actor_id)))
    assert {bram.id, mast.id} <= actors
    page = await pages.get(f"/afspraken/{agreement_id}")
    assert "Hun site kent geen afspraken." in page.main


async def test_who_takes_no_part_does_not_propose(pages: Pages, issue: Actor, database: Database) -> None:
    eve = await pages.sign_in("eve")
    assert (await pages.get(FORM)).status == 403
    assert "Stel een afspraak voor" not in (await pages.get("/vraagstukken/jeugd")).main
    async with database.writing() as session:
        await follows(session, eve, issue)
    assert (await pages.get(FORM)).status == 200
    await pages.be(None)
    assert (await pages.get(FORM)).location.startswith("/inloggen")
    assert (await pages.get("/vraagstukken/niets/afspraken/nieuw")).status == 404


async def test_an_issue_elsewhere_can_have_one_too(pages: Pages, database: Database) -> None:
    await pages.person("fatima")
    me = await pages.sign_in("anna")
    async with database.writing() as session:
        wijk = await elsewhere(session, "wijk", kind=ActorKind.ISSUE)
        session.add(Issue(actor_id=wijk.id, question="Wat?", phase=Phase.AGENDA, published_at=now()))
        await follows(session, me, wijk)
    form = f"/vraagstukken/elders/{wijk.id}/afspraken/nieuw"
    answer = await pages.submit(form, form, **typed(name_of="me"))
    assert answer.status == 303
    assert "Zaal en thee" in (await pages.get(f"/vraagstukken/elders/{wijk.id}")).main


async def test_the_issue_shows_its_agreements_and_which_wait_for_me(pages: Pages, issue: Actor) -> None:
    fatima = await pages.person("fatima")
    await sign_in_as(pages, Role.EDITOR)
    await proposed(pages)
    await pages.be(fatima)
    page = await pages.get("/vraagstukken/jeugd")
    for told in ("Afspraken", "Zaal en thee", "Zij zet thee.", "1 van de 2 ondertekend", "wacht op jou"):
        assert told in page.main, told
    async with pages.database.writing() as session:
        await session.execute(update(Agreement).values(due_at=now() - timedelta(days=2)))
    assert "over tijd" in (await pages.get("/vraagstukken/jeugd")).main


@pytest.mark.parametrize("words", HOSTILE)
async def test_hostile_words_are_only_words(pages: Pages, issue: Actor, words: str) -> None:
    await pages.person("fatima")
    await sign_in_as(pages, Role.EDITOR)
    _, agreement_id = await proposed(pages, name=words, content=words, my_does=words)
    for path in (f"/afspraken/{agreement_id}", "/vraagstukken/jeugd", f"/afspraken/{agreement_id}/wijzigen"):
        assert is_harmless(await pages.get(path)), path


async def test_ids_that_are_none_are_not_found(pages: Pages) -> None:
    for path in ("/afspraken/0", "/afspraken/x", "/afspraken/1/versies/x", "/afspraken/99999999999999999999"):
        assert (await pages.get(path)).status == 404
        assert (await pages.get(path, **SERVER)).status == 404


async def test_the_page_takes_as_many_queries_however_much_there_is(
    pages: Pages, issue: Actor, tilburg: Actor, database: Database
) -> None:
    async with database.writing() as session:
        actors = [await here(session, f"p{number}") for number in range(8)]
        few = await _agreement(session, issue, tilburg, actors[:1])
        many = await _agreement(session, issue, tilburg, actors)
        await said(session, tilburg, space_id=issue.id)
    counts = []
    for agreement in (few, many):
        await pages.get(f"/afspraken/{agreement.id}")
        with counted(database) as statements:
            await pages.get(f"/afspraken/{agreement.id}?x={agreement.id}")
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert counts[0] <= 8


async def _agreement(session: Any, issue: Actor, tilburg: Actor, others: list[Actor]) -> Agreement:
    parties = [(tilburg, "zaal"), *((actor, "thee") for actor in others)]
    draft = AgreementDraft("Zaal en thee", "", now() + timedelta(days=9), parties)
    return await propose(
        session, SITE, key_ring(), issue=issue, proposer=tilburg, by=tilburg, draft=draft, now=now()
    )  # fmt: skip
