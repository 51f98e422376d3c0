"""How other servers are treated, from the command line: the same decisions as on the page."""

import asyncio

import click
from rich.console import Console
from rich.table import Table

from actors.database import now
from actors.instances.tables import Instance
from actors.moderation.kinds import ServerPolicy
from actors.moderation.known import decided_servers
from actors.moderation.servers import ServerRefused, domain_in
from deploy.settings import Settings
from deploy.wiring import NotReady, check_initialised, wire
from outbox.servers import treat_server


@click.group()
def server() -> None:
    """Other servers: block, limit or open them again."""


@server.command("block")
@click.argument("domain")
@click.option("--reason", required=True, help="Why; moderators read it.")
@click.pass_obj
def block(settings: Settings, domain: str, reason: str) -> None:
    """Hear nothing of DOMAIN and what is below it, send it nothing, show nothing of its people."""
    click.echo(asyncio.run(_treat(settings, domain, ServerPolicy.SUSPENDED, reason)))


@server.command("limit")
@click.argument("domain")
@click.option("--reason", required=True, help="Why; moderators read it.")
@click.pass_obj
def limit(settings: Settings, domain: str, reason: str) -> None:
    """Hear DOMAIN, and show what its people say in no list."""
    click.echo(asyncio.run(_treat(settings, domain, ServerPolicy.LIMITED, reason)))


@server.command("open")
@click.argument("domain")
@click.option("--reason", default="", help="Why; moderators read it.")
@click.pass_obj
def open_(settings: Settings, domain: str, reason: str) -> None:
    """Treat DOMAIN like every other server again. Follows that a block ended do not come back."""
    click.echo(asyncio.run(_treat(settings, domain, ServerPolicy.OPEN, reason)))


@server.command("list")
@click.pass_obj
def list_(settings: Settings) -> None:
    """Show the servers that are blocked or limited."""
    found = asyncio.run(_decided(settings))
    if not found:
        click.echo("No server is blocked or limited.")
        return
    table = Table("Server", "How", "Since", "Why")
    for row in found:
        since = row.policy_at.strftime("%Y-%m-%d") if row.policy_at is not None else "-"
        table.add_row(row.domain, row.policy, since, row.policy_reason)
    Console().print(table)


async def _treat(settings: Settings, domain: str, policy: ServerPolicy, reason: str) -> str:
    async with wire(settings) as parts:
        await check_initialised(parts.database)
        try:
            name = domain_in(domain, parts.site.domain)
        except ServerRefused as error:
            told = "is this server itself" if error.args[0] == "ours" else "is no name of a server"
            raise NotReady(f"{domain!r} {told}") from None
        await treat_server(parts.database, name, policy, reason, by=None, now=now())
        return f"{name}: {policy.value}"


async def _decided(settings: Settings) -> list[Instance]:
    async with wire(settings) as parts:
        await check_initialised(parts.database)
        async with parts.database.reading() as session:
            return await decided_servers(session)
