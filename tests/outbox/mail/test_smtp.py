"""One connection for several mails, and what each answer of a mail server means."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from outbox.mail.smtp import Result, Security, SmtpSender, SmtpServer
from tests.support.smtp import HANG, HANG_UP, MailServer, mail_server

FROM, TO = "samenspraak@tilburg.example", "karin@example.org"
MESSAGE = b"Subject: Dag\r\n\r\nDag Karin\r\n"


def sender_to(mails: MailServer, *, patience: float = 10.0) -> SmtpSender:
    return SmtpSender(SmtpServer.parse(mails.url), hello="tilburg.example:8080", patience=patience)


async def test_several_mails_go_over_one_connection(mails: MailServer) -> None:
    sender = sender_to(mails)
    for number in range(3):
        assert (await sender.send(FROM, f"lid{number}@example.org", MESSAGE)).result is Result.SENT
    await sender.close()
    assert [mail.recipient for mail in mails.mails] == ["lid0@example.org", "lid1@example.org", "lid2@example.org"]
    assert (mails.mails[0].sender, mails.connections) == (FROM, 1)


@pytest.mark.parametrize(
    ("answer", "result", "status"),
    [
        ("550 nobody here", Result.REFUSED, 550),
        ("552 too large", Result.REFUSED, 552),
        ("451 later", Result.RETRY, 451),
        ("452 full", Result.RETRY, 452),
        ("421 closing", Result.SERVER_FAILED, 421),
    ],
)
async def test_the_answer_to_a_recipient_or_a_text_decides(
    mails: MailServer, answer: str, result: Result, status: int
) -> None:
    sender = sender_to(mails)
    for plan in (mails.plan_rcpt, mails.plan_data):
        plan.extend([answer, answer])  # a kept connection is given a second try
        outcome = await sender.send(FROM, TO, MESSAGE)
        assert (outcome.result, outcome.status) == (result, status)
        assert answer.partition(" ")[2] in outcome.error
        plan.clear()
    assert (await sender.send(FROM, TO, MESSAGE)).result is Result.SENT
    await sender.close()


async def test_a_server_that_hangs_costs_no_more_than_the_patience(mails: MailServer) -> None:
    sender = sender_to(mails, patience=0.2)
    mails.plan_data.append(HANG)
    outcome = await asyncio.wait_for(sender.send(FROM, TO, MESSAGE), 5)
    assert (outcome.result, outcome.error) == (Result.RETRY, "no answer within 0.2 seconds")
    mails.release()
    assert (await sender_to(mails).send(FROM, TO, MESSAGE)).result is Result.SENT
    await sender.close()


async def test_a_server_that_lets_nobody_in_is_the_servers_failure(mails: MailServer) -> None:
    over = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        over.set()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    async with silent:
        port = silent.sockets[0].getsockname()[1]
        server = SmtpServer.parse(f"smtp://127.0.0.1:{port}")
        outcome = await SmtpSender(server, hello="tilburg.example", patience=0.2).send(FROM, TO, MESSAGE)
        await asyncio.wait_for(over.wait(), 5)
    assert outcome.result is Result.SERVER_FAILED


async def test_a_connection_that_is_lost_is_made_again_for_the_next_mail(mails: MailServer) -> None:
    sender = sender_to(mails)
    mails.plan_data.append(HANG_UP)
    assert (await sender.send(FROM, TO, MESSAGE)).result is Result.RETRY
    assert (await sender.send(FROM, TO, MESSAGE)).result is Result.SENT
    mails.plan_rcpt.append(HANG_UP)
    assert (await sender.send(FROM, TO, MESSAGE)).result is Result.SENT  # the kept one was lost: tried on a new one
    await sender.close()
    assert mails.connections == 3


async def test_no_server_is_the_servers_failure() -> None:
    async with mail_server() as mails:
        url = mails.url
    outcome = await SmtpSender(SmtpServer.parse(url), hello="tilburg.example").send(FROM, TO, MESSAGE)
    assert (outcome.result, outcome.status) == (Result.SERVER_FAILED, None)
    assert outcome.error


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this machine, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    moment = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


async def test_starttls_and_a_password_are_used_and_the_certificate_is_checked(certificate: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    async with mail_server(tls=context, password="geheim") as mails:
        # Of this machine no TLS is demanded, so the server is given as `smtp://` elsewhere would be read.
        good = SmtpServer("127.0.0.1", mails.port, Security.STARTTLS, "samenspraak", "geheim")
        sender = SmtpSender(good, hello="tilburg.example", ca_file=certificate)
        assert (await sender.send(FROM, TO, MESSAGE)).result is Result.SENT
        await sender.close()
        stranger = SmtpSender(good, hello="tilburg.example")
        outcome = await stranger.send(FROM, TO, MESSAGE)
        assert (outcome.result, "certificate" in outcome.error.lower()) == (Result.SERVER_FAILED, True)
        wrong = SmtpServer("127.0.0.1", mails.port, Security.STARTTLS, "samenspraak", "fout")
        outcome = await SmtpSender(wrong, hello="tilburg.example", ca_file=certificate).send(FROM, TO, MESSAGE)
        assert (outcome.result, outcome.status) == (Result.SERVER_FAILED, 535)
    assert len(mails.mails) == 1


async def test_no_password_goes_to_a_server_that_offers_no_tls(mails: MailServer) -> None:
    demanding = SmtpServer("127.0.0.1", mails.port, Security.STARTTLS, "samenspraak", "geheim")
    outcome = await SmtpSender(demanding, hello="tilburg.example").send(FROM, TO, MESSAGE)
    assert outcome.result is Result.SERVER_FAILED
    assert not mails.mails


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 587, Security.STARTTLS)),
        ("smtps://a%40b:p%2Fq@mail.example", SmtpServer("mail.example", 465, Security.TLS, "a@b", "p/q")),
        ("smtp+plain://relay:2525", SmtpServer("relay", 2525, Security.NONE)),
        ("smtp://127.0.0.1:1025", SmtpServer("127.0.0.1", 1025, Security.NONE)),
        ("smtp://[::1]:1025", SmtpServer("::1", 1025, Security.NONE)),
    ],
)
def test_the_address_of_the_server_says_how_it_is_reached(url: str, server: SmtpServer) -> None:
    assert SmtpServer.parse(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example", "smtp://", "smtp://mail.example/x", "smtp://mail.example?tls=off",
        "smtp://naam:geheim@mail.example:99999", "smtp://naam@mail.example", "smtp+plain://naam:geheim@mail.example",
        "smtp://mail example", "smtp://naam:geheim@", "geheim",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_used_is_refused_without_repeating_its_password(url: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        SmtpServer.parse(url)
    assert "geheim" not in str(caught.value)


def test_a_password_is_not_in_what_is_printed() -> None:
    assert "geheim" not in repr(SmtpServer.parse("smtps://naam:geheim@mail.example"))
