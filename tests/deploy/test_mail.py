"""A real instance mails: made on the command line, served by its own processes, to a mail server on this machine."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select

from actors.actor import Actor
from actors.database import now, wake_after_commit
from actors.ids import new_id
from actors.local import own_organisation
from actors.notifications import Notification
from actors.people.tables import Account
from actors.wakeups import CHANGED
from tests.support.instances import RunningInstance
from tests.support.smtp import MailServer

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def instance(
    database_url: str, tmp_path: Path, unused_tcp_port_factory: Callable[[], int], mails: MailServer
) -> AsyncIterator[RunningInstance]:
    """An instance of two processes, made but not served yet."""
    instance = RunningInstance(
        name="Gemeente Tilburg", domain="tilburg.example", port=unused_tcp_port_factory(), folder=tmp_path / "tilburg",
        database_url=database_url, hosts={}, processes=2, smtp_url=mails.url,
    )  # fmt: skip
    await instance.make()
    yield instance
    await instance.stop()


async def test_the_operator_tries_mail_and_hears_what_is_wrong(instance: RunningInstance, mails: MailServer) -> None:
    assert await instance.run("mail", "test", "beheer@example.org") == "sent to beheer@example.org"
    mail = await mails.newest("beheer@example.org")
    assert (mail.subject, mail.sender) == ("Een proefmail van Gemeente Tilburg", "samenspraak@tilburg.example")
    assert "De mail werkt" in mail.html
    mails.always = "550 not for us"
    test = ("mail", "test", "beheer@example.org")
    assert await _fail(instance, *test) == "samenspraak: the mail server did not take it: 550 not for us\n"
    told = await _fail(replace(instance, smtp_url=""), *test)
    assert told == "samenspraak: no mail server is set; see SAMENSPRAAK_SMTP_URL in docs/settings.md\n"
    told = await _fail(instance, "mail", "test", "beheer")
    assert told == "samenspraak: 'beheer' is not an e-mail address\n"


async def test_a_notification_comes_by_mail_once_and_one_click_ends_it(
    instance: RunningInstance, mails: MailServer
) -> None:
    await instance.start()
    await _notify(instance)
    mail = await mails.newest("karin@example.org")
    assert mail.subject == "Gemeente Tilburg noemt jou"
    assert "Lees het op de site" in mail.text
    address = str(mail.message["List-Unsubscribe"]).strip("<>")
    assert address.startswith("https://tilburg.example/uitschrijven/")
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert await _click(instance, address) == 200
    await _notify(instance)
    await _notify(instance, "reply")
    await mails.wait_for(2, to="karin@example.org")
    assert [mail.subject for mail in mails.mails] == ["Gemeente Tilburg noemt jou", "Gemeente Tilburg reageert op jou"]
    assert "Nothing waits" in await instance.run("queue")


async def _notify(instance: RunningInstance, kind: str = "mention") -> None:
    database = instance.database()
    async with database.writing() as session:
        reader = (await session.scalars(select(Account))).one()
        organisation: Actor = await own_organisation(session)
        session.add(
            Notification(
                id=new_id(), recipient_id=reader.actor_id, kind=kind, from_id=organisation.id, created_at=now()
            )
        )
        wake_after_commit(session, CHANGED)
    await database.close()


async def _click(instance: RunningInstance, address: str) -> int:
    """Do what a mail program does when its reader ends the mail: no cookie, no token, no page seen."""
    path = address.removeprefix(instance.base_url)
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{instance.origin}{path}", data={"List-Unsubscribe": "One-Click"}) as answer,
    ):
        return answer.status


async def _fail(instance: RunningInstance, *arguments: str) -> str:
    """Run a command that must fail, and return what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.cli", *arguments, env=instance.environment, stdout=PIPE, stderr=PIPE
    )
    out, err = await process.communicate()
    assert (process.returncode, out) == (1, b"")
    return err.decode()
