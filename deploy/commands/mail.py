"""Trying whether mail works."""

import asyncio

import click

from actors.database import now
from actors.ids import new_id
from actors.people.accounts import check_email
from deploy.settings import Settings
from deploy.wiring import NotReady, check_initialised, wire
from outbox.mail.letter import Addressed, compose
from outbox.mail.smtp import Outcome, Result
from web.mail.testing import TEST
from web.mail.writer import MailWriter


@click.group()
def mail() -> None:
    """Mail to people."""


@mail.command("test")
@click.argument("address")
@click.option("--language", default="nl", show_default=True, type=click.Choice(["nl", "en"]))
@click.pass_obj
def mail_test(settings: Settings, address: str, language: str) -> None:
    """Send a test mail at once, without the queue, and tell what the mail server says."""
    outcome = asyncio.run(send_test(settings, check_email(address), language))
    if outcome.result is not Result.SENT:
        raise NotReady(f"the mail server did not take it: {outcome.error}")
    click.echo(f"sent to {address}")


async def send_test(settings: Settings, address: str, language: str) -> Outcome:
    """Hand a test mail to the mail server. Raises `NotReady` when there is none."""
    async with wire(settings) as parts:
        server = parts.smtp_sender()
        if server is None:
            raise NotReady("no mail server is set; see SAMENSPRAAK_SMTP_URL in docs/settings.md")
        await check_initialised(parts.database)
        writer = MailWriter(parts.database, parts.site, parts.vault, parts.documents, parts.wakeups)
        letter = Addressed(new_id(), TEST, address, language, None, {})
        written = await writer.write(letter)
        if written is None:
            raise NotReady("there is nothing to say in a test mail")
        sender = settings.mail_from
        message = compose(letter, written, sender=sender, domain=parts.site.domain, now=now())
        outcome = await server.send(sender, address, message)
        await server.close()
        return outcome
