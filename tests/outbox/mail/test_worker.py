"""Mail in the queue gets out once, in time, or its operator sees why not."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from actors.database import Database, now
from actors.ids import IdSource
from actors.people.accounts import EmailError
from outbox.mail.queue import LEASE, LIFETIME, claim, settle
from outbox.mail.report import give_up_mail, mail_summary, prune, retry_mail, unsent_mail
from outbox.mail.smtp import SENT
from outbox.mail.tables import Mail, MailState
from tests.outbox.mail.stage import TO, mail_of, play, queue, running, turns, worker_for
from tests.support.clock import FalseClock
from tests.support.smtp import HANG_UP, MailServer


async def test_a_mail_arrives_with_both_parts_and_its_facts_are_gone(database: Database, mails: MailServer) -> None:
    async with running(database, mails):
        mail_id = await queue(database, now)
        mail = await mails.newest(TO)
    assert (mail.subject, mail.text.strip()) == ("Over link", "link: https://x.example/geheim")
    assert "<p>link: https://x.example/geheim</p>" in mail.html
    assert mail.message["From"] == "Gemeente Tilburg <samenspraak@tilburg.example>"
    assert mail.message["Message-ID"] == f"<{mail_id}@tilburg.example>"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert mail.message["Content-Language"] == "nl"
    assert mail.message["List-Unsubscribe"] is None
    kept = await mail_of(database, mail_id)
    assert kept is not None
    assert (kept.state, kept.facts, kept.attempts) == (MailState.SENT, None, 1)


async def test_what_a_mail_tells_is_not_to_be_read_in_the_database(database: Database) -> None:
    await queue(database, now)
    async with database.reading() as session:
        stored = bytes((await session.execute(text("SELECT facts FROM mails"))).scalar_one())
    assert b"geheim" not in stored


async def test_a_server_that_is_busy_is_asked_again_ever_more_rarely(
    database: Database, mails: MailServer, clock: FalseClock
) -> None:
    mail_id = await queue(database, clock)
    worker = worker_for(database, mails, clock=clock)
    mails.always = "451 later"
    await turns(worker)
    waits = []
    for _ in range(4):
        waiting = await mail_of(database, mail_id)
        assert waiting is not None
        waits.append((waiting.next_at - clock()).total_seconds())
        clock.moment = waiting.next_at
        await turns(worker)
    assert waits == [5, 15, 45, 120]
    waiting = await mail_of(database, mail_id)
    assert waiting is not None
    assert (waiting.state, waiting.attempts, waiting.last_status) == (MailState.WAITING, 5, 451)
    mails.always = None
    await play(worker, clock, timedelta(hours=1))
    assert [mail.recipient for mail in mails.mails] == [TO]


async def test_a_mail_is_tried_for_days_and_then_given_up_and_shown(
    database: Database, mails: MailServer, clock: FalseClock
) -> None:
    mail_id = await queue(database, clock)
    mails.always = "451 full"
    worker = worker_for(database, mails, clock=clock)
    began = clock()
    while (mail := await mail_of(database, mail_id)) is not None and mail.state is MailState.WAITING:
        clock.moment = max(clock.moment, mail.next_at)
        await turns(worker)
    assert mail is not None
    assert mail.state is MailState.GIVEN_UP
    assert LIFETIME <= clock() - began <= LIFETIME + timedelta(hours=8)
    async with database.reading() as session:
        failed = (await unsent_mail(session, failed_only=True))[0]
        summary = await mail_summary(session)
    assert (failed.id, failed.error, failed.can_retry) == (mail_id, "451 full", True)
    assert (summary.waiting, summary.given_up) == (0, 1)


async def test_a_final_no_is_final_until_the_operator_tries_again(
    database: Database, mails: MailServer, clock: FalseClock
) -> None:
    mail_id = await queue(database, clock)
    worker = worker_for(database, mails, clock=clock)
    mails.plan_rcpt.append("550 nobody here")
    await turns(worker)
    await play(worker, clock, timedelta(days=1))
    refused = await mail_of(database, mail_id)
    assert refused is not None
    assert (refused.state, refused.last_status, refused.attempts) == (MailState.REFUSED, 550, 1)
    assert not mails.mails
    async with database.writing() as session:
        assert await retry_mail(session, mail_id, now=clock())
    await turns(worker)
    assert len(mails.mails) == 1
    async with database.writing() as session:
        assert not await retry_mail(session, mail_id, now=clock()), "it was sent: there is nothing left to send"


async def test_the_operator_gives_a_mail_up_and_what_it_told_is_gone(
    database: Database, mails: MailServer, clock: FalseClock
) -> None:
    mail_id = await queue(database, clock)
    async with database.writing() as session:
        assert await give_up_mail(session, mail_id, now=clock())
        assert not await give_up_mail(session, mail_id, now=clock())
        assert not await retry_mail(session, mail_id, now=clock())
    await turns(worker_for(database, mails, clock=clock))
    assert not mails.mails


async def test_a_server_that_is_away_costs_no_mail_its_tries(
    database: Database, mails: MailServer, clock: FalseClock
) -> None:
    ids = [await queue(database, clock, to=f"lid{number}@example.org") for number in range(3)]
    worker = worker_for(database, mails, clock=clock)
    mails.always = "421 closing"
    pauses = []
    for _ in range(8):
        pauses.append(await worker.turn())
        clock.advance(max(pauses[-1], 10))
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60], "nobody hammers a server that is in trouble"
    waiting = [await mail_of(database, mail_id) for mail_id in ids]
    assert [(mail.state, mail.attempts) for mail in waiting if mail] == [(MailState.WAITING, 0)] * 3
    mails.always = None
    clock.advance(60)
    await turns(worker)
    assert {mail.recipient for mail in mails.mails} == {f"lid{number}@example.org" for number in range(3)}


async def test_a_mail_that_ends_the_connection_keeps_no_other_from_going(
    database: Database, mails: MailServer, clock: FalseClock
) -> None:
    bad = await queue(database, clock, to="een@example.org")
    await queue(database, clock, to="twee@example.org")
    mails.plan_rcpt.append(HANG_UP)
    await turns(worker_for(database, mails, clock=clock))
    assert [mail.recipient for mail in mails.mails] == ["twee@example.org"]
    waiting = await mail_of(database, bad)
    assert waiting is not None
    assert (waiting.state, waiting.attempts) == (MailState.WAITING, 1)


async def test_a_mail_that_cannot_be_written_waits_and_keeps_no_other_from_going(
    database: Database, mails: MailServer, clock: FalseClock, caplog: pytest.LogCaptureFixture
) -> None:
    broken = await queue(database, clock, kind="broken")
    await queue(database, clock)
    await turns(worker_for(database, mails, clock=clock))
    assert [mail.subject for mail in mails.mails] == ["Over link"]
    waiting = await mail_of(database, broken)
    assert waiting is not None
    assert (waiting.state, waiting.last_error) == (MailState.WAITING, "it cannot be written: KeyError")
    assert "geheim" not in caplog.text


async def test_what_has_nothing_to_tell_any_more_is_gone(
    database: Database, mails: MailServer, clock: FalseClock
) -> None:
    mail_id = await queue(database, clock, kind="nothing")
    await turns(worker_for(database, mails, clock=clock))
    assert (await mail_of(database, mail_id), mails.mails) == (None, [])


async def test_a_link_that_has_ended_is_not_sent(database: Database, mails: MailServer, clock: FalseClock) -> None:
    mail_id = await queue(database, clock, until=clock() + timedelta(minutes=15))
    clock.advance(timedelta(minutes=15))
    await turns(worker_for(database, mails, clock=clock))
    late = await mail_of(database, mail_id)
    assert late is not None
    assert (late.state, late.facts, mails.mails) == (MailState.GIVEN_UP, None, [])


async def test_mail_that_somebody_waits_for_goes_first(
    database: Database, mails: MailServer, clock: FalseClock
) -> None:
    await queue(database, clock, kind="digest", can_wait=True)
    clock.advance(1)
    await queue(database, clock)
    await turns(worker_for(database, mails, clock=clock))
    assert [mail.subject for mail in mails.mails] == ["Over link", "Over digest"]


async def test_a_claim_is_one_workers_until_its_lease_ends(database: Database, clock: FalseClock) -> None:
    await queue(database, clock)
    async with database.writing() as session:
        first = await claim(session, now=clock())
        assert first is not None
        assert await claim(session, now=clock()) is None
    clock.advance(LEASE)
    async with database.writing() as session:
        second = await claim(session, now=clock())
        assert second is not None
        assert second.id == first.id
        await settle(session, second, SENT, now=clock(), random=0.0)
        assert await claim(session, now=clock() + LEASE) is None


@pytest.mark.parametrize(
    "address", ["karin@example.org\r\nBcc: a@b.example", "karin@example.org\n", "karin", "<karin@example.org>", "a@b c"]
)
async def test_an_address_outside_the_grammar_gets_no_mail(database: Database, address: str) -> None:
    with pytest.raises(EmailError):
        await queue(database, now, to=address)


async def test_what_people_write_adds_no_header(database: Database, mails: MailServer, clock: FalseClock) -> None:
    await queue(database, clock, kind="x\r\nBcc: ander@example.org\r\n\r\nlichaam")
    await turns(worker_for(database, mails, clock=clock))
    assert [mail.recipient for mail in mails.mails] == [TO]
    assert mails.mails[0].message["Bcc"] is None
    assert mails.mails[0].subject == "Over x Bcc: ander@example.org lichaam"


async def test_old_mail_is_removed(database: Database, clock: FalseClock) -> None:
    def row(days: int, state: MailState) -> Mail:
        made = clock() - timedelta(days=days)
        return Mail(
            id=IdSource(made.timestamp)(), kind="x", recipient=TO, language="nl", state=state, next_at=made,
            created_at=made,
        )  # fmt: skip

    async with database.writing() as session:
        session.add_all([row(8, MailState.SENT), row(6, MailState.SENT), row(31, MailState.REFUSED)])
        session.add_all([row(8, MailState.REFUSED), row(40, MailState.WAITING)])
    async with database.writing() as session:
        assert await prune(session, now=clock()) == 2
