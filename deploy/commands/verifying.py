"""Checking who signed an agreement, from its address alone."""

import asyncio
import sys

import click

from actors.agreements.verifying import Finding, PartyFinding, Verified, verify_at
from actors.database import now
from deploy.settings import Settings
from deploy.wiring import wire


@click.command()
@click.argument("url")
@click.pass_obj
def verify(settings: Settings, url: str) -> None:
    """Check the signatures of the agreement at URL, with the keys that its parties publish.

    Ends with 0 when there are signatures and all of them hold, else with 1.
    """
    found = asyncio.run(_verify(settings, url))
    document = found.document
    click.echo(f"{document.name} (version {document.version})")
    click.echo(f"  {document.id}")
    click.echo(f"  ready by {document.due:%Y-%m-%d %H:%M} UTC, about {document.issue}")
    for party in found.parties:
        click.echo(_told(party))
    if found.strays:
        click.echo(f"- {found.strays} more signature(s) with keys that no party publishes: they prove nothing")
    click.echo("All signatures are right." if found.is_right else "NOT all is right.")
    if not found.is_right:
        sys.exit(1)


async def _verify(settings: Settings, url: str) -> Verified:
    async with wire(settings) as parts:
        return await verify_at(parts.client, url, now=now())


def _told(party: PartyFinding) -> str:
    who = f"- {party.name} <{party.actor}> does: {' '.join(party.does.split())}"
    match party.finding:
        case Finding.HOLDS:
            return f"{who}\n  signed on {party.signed_at:%Y-%m-%d %H:%M:%S} UTC: the signature is right"
        case Finding.WRONG:
            return f"{who}\n  THE SIGNATURE IS WRONG: {party.why}"
        case Finding.UNREACHABLE:
            return f"{who}\n  cannot be checked: {party.why}"
        case Finding.UNSIGNED:
            return f"{who}\n  has not signed"
