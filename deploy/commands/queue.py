"""What waits to be delivered, what failed, and for which host."""

import asyncio

import click
from rich.console import Console
from rich.table import Table

from actors.database import now
from deploy.settings import Settings
from deploy.wiring import check_initialised, wire
from outbox.mail.report import MailSummary, mail_summary
from outbox.report import HostReport, Undelivered, dropped, summary


@click.command()
@click.option("--dropped", "show_dropped", is_flag=True, help="Show each delivery that was refused or given up.")
@click.pass_obj
def queue(settings: Settings, show_dropped: bool) -> None:
    """Show what waits to be delivered and what failed, by host."""
    if show_dropped:
        _show_dropped(asyncio.run(_dropped(settings)))
        return
    hosts, mail = asyncio.run(_summary(settings))
    console = Console()
    some_mail = bool(mail.waiting or mail.refused or mail.given_up)
    if some_mail:
        console.print(
            f"Mail: {mail.waiting} waiting, {mail.sent} sent, {mail.refused} refused, {mail.given_up} given up."
        )
    if not hosts:
        if not some_mail:
            console.print("Nothing waits and nothing failed.")
        return
    table = Table("Host", "Waits", "Tries", "Next try", "Refused", "Given up", "Last error")
    for host in hosts:
        table.add_row(
            host.host, str(host.waiting), str(host.attempts), _when(host), str(host.refused), str(host.given_up),
            host.last_error,
        )  # fmt: skip
    console.print(table)


def _show_dropped(found: list[Undelivered]) -> None:
    console = Console()
    if not found:
        console.print("Nothing was dropped.")
        return
    table = Table("Activity", "Inbox", "What", "Tries", "Answer", "Why", "When")
    for one in found:
        when = one.done_at.strftime("%Y-%m-%d %H:%M") if one.done_at else "-"
        table.add_row(
            one.activity, one.inbox, one.state.value, str(one.attempts), str(one.status or "-"), one.error, when
        )
    console.print(table)


async def _dropped(settings: Settings) -> list[Undelivered]:
    async with wire(settings) as parts:
        await check_initialised(parts.database)
        async with parts.database.reading() as session:
            return await dropped(session)


async def _summary(settings: Settings) -> tuple[list[HostReport], MailSummary]:
    async with wire(settings) as parts:
        await check_initialised(parts.database)
        async with parts.database.reading() as session:
            return await summary(session), await mail_summary(session)


def _when(host: HostReport) -> str:
    if host.next_at is None:
        return "-"
    seconds = (host.next_at - now()).total_seconds()
    if seconds <= 0:
        return "now"
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"in {seconds / size:.0f} {unit}"
    return f"in {seconds:.0f} s"
