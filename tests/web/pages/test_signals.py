"""Signals on the pages: given, answered, put on the agenda, closed; and seen by nobody who should not."""

from typing import Any

import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.audit import AuditEntry
from actors.database import now
from actors.instances.tables import Instance
from actors.issues.tables import Issue
from actors.kinds import ActorKind, Phase, Role
from actors.notifications import Notification
from actors.posts.tables import Mention, Post
from actors.signals.tables import Signal, SignalState
from actors.visibility import ANYONE, Viewer, may_see, visible_to
from federation.audience import Visibility
from outbox.publish.signals import SignalDraft, answer_signal, give_signal
from tests.actors.cast import SITE, elsewhere
from tests.outbox.publish.stage import queued
from tests.support.queries import counted
from tests.web.pages.admin.cast import MEMBER, give, sign_in_as
from tests.web.pages.browser import Page, Pages
from tests.web.pages.changing import HOSTILE, is_harmless

WORDS = "Op het plein is ruzie."


async def give_one(pages: Pages, tilburg: Actor, by: Actor, words: str = WORDS) -> Signal:
    async with pages.database.writing() as session:
        author = await session.get_one(Actor, by.id)
        return await give_signal(session, SITE, author, tilburg, SignalDraft(words, theme="young-people"), now=now())


async def the_signal(pages: Pages) -> Signal:
    async with pages.database.reading() as session:
        return (await session.scalars(select(Signal))).one()


async def send(pages: Pages, **fields: Any) -> Page:
    return await pages.submit("/signaal", "/signaal", **{"text": WORDS, "where": "Het Wagnerplein", **fields})


async def test_a_signal_is_given_answered_and_read_by_both(pages: Pages, tilburg: Actor) -> None:
    latifa = await pages.sign_in("latifa")
    form = await pages.get("/signaal")
    assert "Alleen jij en wie namens Gemeente Tilburg spreekt, leest dit." in form.main
    answer = await send(pages, to=str(tilburg.id), theme="social-tension")
    assert (answer.status, answer.location) == (303, "/mijn/signalen?bericht=signaal")
    mine = await pages.get(answer.location)
    for told in ("Je signaal is verstuurd.", WORDS, "Waar: Het Wagnerplein", "nieuw"):
        assert told in mine.main, told

    signal = await the_signal(pages)
    karin = await sign_in_as(pages, Role.EDITOR)
    assert WORDS in (await pages.get("/signalen")).main
    path = f"/signalen/{signal.id}"
    page = await pages.get(path)
    assert "Alleen Latifa en wie namens Gemeente Tilburg spreekt, leest dit." in page.main
    answer = await pages.submit(path, path, stap="antwoord", answer="Dank je. We gaan kijken.")
    assert (answer.status, answer.location) == (303, f"{path}?bericht=beantwoord")
    assert "We gaan kijken." in (await pages.get(path)).main
    assert WORDS not in (await pages.get("/signalen")).main
    assert WORDS in (await pages.get("/signalen?welke=answered")).main
    async with pages.database.reading() as session:
        acts = {entry.act: entry for entry in await session.scalars(select(AuditEntry))}
        told = (await session.scalars(select(Notification.kind).where(Notification.recipient_id == latifa.id))).all()
    assert {"signal-read", "signal-answered"} <= set(acts)
    assert acts["signal-answered"].actor_id == karin.id
    assert WORDS not in str([entry.details for entry in acts.values()])
    assert "signal-answered" in told

    await pages.be(latifa)
    assert "Gemeente Tilburg beantwoordt je signaal" in (await pages.get("/meldingen")).main
    mine = await pages.get("/mijn/signalen")
    assert "We gaan kijken." in mine.main
    assert "beantwoord" in mine.main
    more = await pages.submit("/mijn/signalen", f"/mijn/signalen/{signal.id}", **{f"text-{signal.id}": "Vandaag weer."})
    assert more.status == 303
    assert (await the_signal(pages)).state is SignalState.NEW


async def test_who_speaks_for_the_organisation_is_told_without_the_name_of_who_gave_it(
    pages: Pages, tilburg: Actor
) -> None:
    latifa = await pages.person("latifa")
    karin = await sign_in_as(pages, Role.EDITOR)
    await pages.person("els", admin=True)
    await give(pages, await pages.person("mod"), Role.MODERATOR)
    await give_one(pages, tilburg, latifa)
    async with pages.database.reading() as session:
        rows = list(await session.scalars(select(Notification).where(Notification.kind == "signal-new")))
    assert len(rows) == 2
    page = await pages.get("/meldingen")
    assert "Er is een nieuw signaal voor Gemeente Tilburg" in page.main
    assert "Latifa" not in page.main
    row = next(row for row in rows if row.recipient_id == karin.id)
    signal = await the_signal(pages)
    assert (await pages.get(f"/meldingen/{row.id}")).location == f"/signalen/{signal.id}"


@pytest.mark.parametrize("who", ["anyone", MEMBER, Role.MODERATOR, "signed server", "its own giver"])
async def test_nobody_else_sees_anything_of_it(pages: Pages, tilburg: Actor, who: str) -> None:
    latifa = await pages.person("latifa")
    await pages.person("karin", admin=True)
    signal = await give_one(pages, tilburg, latifa)
    visitor = await sign_in_as(pages, who) if who in {MEMBER, Role.MODERATOR} else None
    async with pages.database.writing() as session:
        answer = await answer_signal(session, SITE, await session.get_one(Signal, signal.id), "Geheim.", now=now())
        server = await elsewhere(session, "gemeente", kind=ActorKind.ORGANISATION)
        posts = list(await session.scalars(select(Post)))
        viewer = ANYONE
        if who == "signed server":
            viewer = Viewer(server.id)
        elif who == "its own giver":
            viewer = Viewer(latifa.id)
        elif who != "anyone":
            viewer = Viewer(visitor.id if visitor is not None else None)
        seen = set(await session.scalars(select(Post.id).where(visible_to(viewer))))
        judged = {post.id for post in posts if await may_see(session, viewer, post)}
    assert seen == judged == ({signal.id, answer.id} if who == "its own giver" else set())
    if who == "its own giver":
        await pages.be(latifa)
    for path in ("/signalen", f"/signalen/{signal.id}", f"/vraagstukken/nieuw?signaal={signal.id}"):
        page = await pages.get(path)
        assert page.status == (303 if who in {"anyone", "signed server"} else 403), path
        assert WORDS not in page.markup
    if who == "its own giver":
        return
    for path in (f"/inbreng/{signal.id}", f"/inbreng/{answer.id}", f"/inbreng/{signal.id}/replies"):
        page = await pages.get(path)
        assert page.status == 404, path
    for path in ("/", "/mijn/signalen", "/vraagstukken", "/personen/latifa", "/organisaties/tilburg", "/meldingen"):
        page = await pages.get(path)
        assert WORDS not in page.markup, path
        assert "Geheim." not in page.markup, path
    sent = await pages.submit("/over", f"/signalen/{signal.id}", stap="antwoord", answer="Ik ook.")
    assert sent.status in {303, 403}
    assert (await the_signal(pages)).state is SignalState.ANSWERED


async def test_only_who_gave_it_adds_to_it(pages: Pages, tilburg: Actor) -> None:
    signal = await give_one(pages, tilburg, await pages.person("latifa"))
    await pages.sign_in("bram")
    path = f"/mijn/signalen/{signal.id}"
    assert (await pages.submit("/signaal", path, **{f"text-{signal.id}": "x"})).status == 404


async def test_a_signal_becomes_an_issue_and_whoever_gave_it_hears(pages: Pages, tilburg: Actor) -> None:
    latifa = await pages.person("latifa")
    signal = await give_one(pages, tilburg, latifa)
    await sign_in_as(pages, Role.EDITOR)
    path = f"/signalen/{signal.id}"
    new = f"/vraagstukken/nieuw?signaal={signal.id}"
    assert f'href="{new}"' in (await pages.get(path)).markup
    form = await pages.get(new)
    assert WORDS in form.markup
    assert "Schrijf het dus opnieuw op" in form.main
    assert WORDS not in form.markup.partition('name="why"')[2], "what was said in private stands in no field"
    fields = {
        "title": "Rust op het plein", "question": "Wat helpt?", "why": "Het is er onrustig.",
        "themes": ["young-people"], "perspectives_needed": ["parents"], "feedback_by": "2027-03-01",
        "phase": "signalled", "signaal": signal.id,
    }  # fmt: skip
    wrong = await pages.submit(new, "/vraagstukken/nieuw", **fields | {"title": ""})
    assert f'name="signaal" value="{signal.id}"' in wrong.markup
    done = await pages.submit(new, "/vraagstukken/nieuw", **fields)
    assert done.status == 303
    async with pages.database.reading() as session:
        row = await session.get_one(Signal, signal.id)
        issue = (await session.scalars(select(Actor).where(Actor.kind == ActorKind.ISSUE))).one()
        assert (row.state, row.issue_uri) == (SignalState.AGENDA, issue.uri)
        assert (await session.get_one(Issue, issue.id)).phase is Phase.SIGNALLED
        acts = set(await session.scalars(select(AuditEntry.act)))
        public = [one.row.document for one in await queued(session) if one.row.is_public]
    assert {"issue-published", "signal-agenda"} <= acts
    assert not [document for document in public if WORDS in document], "nothing private is published"
    assert "Rust op het plein" in (await pages.get(path)).main
    # It is made once.
    assert (await pages.get(new)).status == 404
    await pages.be(latifa)
    mine = await pages.get("/mijn/signalen")
    assert "We hebben er een vraagstuk van gemaakt: Rust op het plein" in mine.main
    assert 'href="/vraagstukken/rust-op-het-plein"' in mine.markup


async def test_a_signal_is_closed_with_a_reason_that_is_told(pages: Pages, tilburg: Actor) -> None:
    latifa = await pages.person("latifa")
    signal = await give_one(pages, tilburg, latifa)
    await sign_in_as(pages, Role.EDITOR)
    path = f"/signalen/{signal.id}"
    refused = await pages.submit(path, path, stap="sluiten", reason="")
    assert refused.status == 422
    assert "Geef een reden." in refused.main
    closed = await pages.submit(path, path, stap="sluiten", reason="De wijkagent pakt dit op.")
    assert closed.location == "/signalen?bericht=gesloten"
    assert (await the_signal(pages)).state is SignalState.CLOSED
    await pages.be(latifa)
    assert "De wijkagent pakt dit op." in (await pages.get("/mijn/signalen")).main


async def test_colleagues_see_who_takes_it_up(pages: Pages, tilburg: Actor) -> None:
    signal = await give_one(pages, tilburg, await pages.person("latifa"))
    karin = await sign_in_as(pages, Role.EDITOR)
    path = f"/signalen/{signal.id}"
    assert (await pages.submit(path, path, stap="oppakken")).status == 303
    assert (await the_signal(pages)).assigned_id == karin.id
    assert WORDS in (await pages.get("/signalen?welke=mine")).main
    await sign_in_as(pages, Role.ADMINISTRATOR)
    assert f"bij {karin.name}" in (await pages.get("/signalen")).main
    assert WORDS not in (await pages.get("/signalen?welke=mine")).main
    await pages.be(karin)
    assert (await pages.submit(path, path, stap="loslaten")).status == 303
    assert (await the_signal(pages)).assigned_id is None


async def test_it_can_go_to_an_organisation_of_a_linked_instance(pages: Pages, tilburg: Actor) -> None:
    async with pages.database.writing() as session:
        utrecht = await elsewhere(session, "utrecht", kind=ActorKind.ORGANISATION)
        other = await elsewhere(session, "ander", "ander.example", ActorKind.ORGANISATION)
        session.add(Instance(domain="utrecht.example", actor_id=utrecht.id, linked_at=now(), created_at=now()))
    await pages.sign_in("latifa")
    assert "Utrecht (utrecht.example)" in (await pages.get("/signaal")).main
    assert (await send(pages, to=str(other.id))).status == 422
    assert (await send(pages, to=str(utrecht.id), text="Zeg het @wim@ander.example.")).status == 303
    async with pages.database.reading() as session:
        (sent,) = await queued(session, "Create")
        post = (await session.scalars(select(Post))).one()
        named = set(await session.scalars(select(Mention.actor_id)))
    assert sent.inboxes == {"https://utrecht.example/inbox"}
    assert sent.object["postType"] == "signal"
    assert not sent.row.is_public
    assert (post.visibility, named) == (Visibility.DIRECT, {utrecht.id})
    # It is no signal to us.
    await sign_in_as(pages, Role.EDITOR)
    assert "Zeg het" not in (await pages.get("/signalen")).main
    assert (await pages.get(f"/signalen/{post.id}")).status == 404


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("text", "", "Schrijf op wat je opviel."),
        ("text", "x" * 4_501, "Dit zijn 4.501 tekens."),
        ("text", "nul\0", "Zo kunnen we deze tekst niet bewaren."),
        ("where", "x" * 201, "Dit zijn 201 tekens."),
        ("to", "99", "Kies een organisatie uit de lijst."),
    ],
)
async def test_what_is_wrong_stands_at_its_field(
    pages: Pages, tilburg: Actor, field: str, value: str, told: str
) -> None:
    await pages.sign_in("latifa")
    page = await send(pages, **{"to": str(tilburg.id), field: value})
    assert page.status == 422
    async with pages.database.reading() as session:
        assert list(await session.scalars(select(Signal))) == []


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_nothing_hostile_gets_into_a_page(pages: Pages, tilburg: Actor, hostile: str) -> None:
    await pages.sign_in("latifa")
    assert (await send(pages, to=str(tilburg.id), text=hostile, where=hostile)).status == 303
    mine = await pages.get("/mijn/signalen")
    await sign_in_as(pages, Role.EDITOR)
    signal = await the_signal(pages)
    queue, one = await pages.get("/signalen"), await pages.get(f"/signalen/{signal.id}")
    form = await pages.get(f"/vraagstukken/nieuw?signaal={signal.id}")
    assert all(map(is_harmless, [mine, queue, one, form]))


async def test_a_withdrawn_signal_leaves_no_words(pages: Pages, tilburg: Actor) -> None:
    latifa = await pages.sign_in("latifa")
    signal = await give_one(pages, tilburg, latifa)
    assert (await pages.submit("/mijn/signalen", f"/inbreng/{signal.id}/intrekken")).status == 303
    assert "Je hebt dit signaal ingetrokken." in (await pages.get("/mijn/signalen")).main
    await sign_in_as(pages, Role.EDITOR)
    assert WORDS not in (await pages.get(f"/signalen/{signal.id}")).markup
    assert "ingetrokken" in (await pages.get("/signalen")).main


async def test_lists_take_as_many_queries_however_many_signals_there_are(pages: Pages, tilburg: Actor) -> None:
    latifa = await pages.person("latifa")
    karin = await sign_in_as(pages, Role.EDITOR)
    signal = await give_one(pages, tilburg, latifa)
    for who, path in ((karin, "/signalen"), (karin, f"/signalen/{signal.id}"), (latifa, "/mijn/signalen")):
        await pages.be(who)
        counts: list[int] = []
        for _ in range(3):
            await pages.get(path)
            with counted(pages.database) as statements:
                assert (await pages.get(path)).status == 200
            counts.append(len(statements))
            await give_one(pages, tilburg, latifa)
            async with pages.database.writing() as session:
                await answer_signal(session, SITE, await session.get_one(Signal, signal.id), "Ja.", now=now())
        assert counts[0] == counts[1] == counts[2] <= 32, (path, counts)
