"""Making an instance, and bringing its database up to date."""

import asyncio

import click
from sqlalchemy import func, select

from actors.actor import Actor, Organisation
from actors.database import Database, now
from actors.keys import KeyRing, make_pair
from actors.kinds import ActorKind
from actors.local import create_actor, free_handle, handle_from
from actors.people.first import LIFETIME, make_first_link
from actors.site import APPLICATION_HANDLE
from actors.vault import Vault
from deploy.migrate import upgrade
from deploy.settings import Settings
from deploy.wiring import NotReady, wire

_TOOI = {"gm": "gemeente", "mnre": "ministerie", "pv": "provincie", "ws": "waterschap", "oorg": "oorg"}


@click.command()
@click.option("--name", required=True, help="The organisation that runs this instance.")
@click.option("--tooi", help="Its TOOI code, such as gm0855 for Tilburg.")
@click.option("--kind", type=click.Choice(["organisation", "ministry"]), default="organisation", show_default=True)
@click.option("--handle", help="Its handle; made of the name when not given.")
@click.option("--summary", default="", help="What it is, in a sentence or two of Markdown.")
@click.pass_obj
def init(settings: Settings, name: str, tooi: str | None, kind: str, handle: str | None, summary: str) -> None:
    """Make this instance: its secret, its database, its own actor and its organisation."""
    identifier = tooi_uri(tooi) if tooi else None
    settings.check_data_dir()
    settings.make_secret()
    upgrade(settings.database_url)
    made = asyncio.run(
        make_organisation(settings, name=name, identifier=identifier, kind=kind, handle=handle, summary=summary)
    )
    click.echo(f"{name} is @{made} at {settings.site.base_url}")
    click.echo(_first_link(settings, asyncio.run(make_link(settings))))


async def make_organisation(
    settings: Settings, *, name: str, identifier: str | None, kind: str, handle: str | None, summary: str
) -> str:
    """Create the application actor and the organisation, and return the organisation's handle.

    Raises `NotReady` when that was done before.
    """
    database = Database(settings.database_url)
    keys = KeyRing(Vault(settings.secret()))
    pairs = [await make_pair(), await make_pair()]
    moment = now()
    try:
        async with database.writing() as session:
            if await session.scalar(select(func.count()).select_from(Actor).where(Actor.is_local.is_(True))):
                raise NotReady("this instance has been initialised already")
            await create_actor(
                session, settings.site, keys, pairs[0], kind=ActorKind.APPLICATION, handle=APPLICATION_HANDLE,
                name=name, now=moment,
            )  # fmt: skip
            organisation = await create_actor(
                session, settings.site, keys, pairs[1], kind=ActorKind.ORGANISATION,
                handle=handle or await free_handle(session, handle_from(name)), name=name, summary=summary, now=moment,
            )  # fmt: skip
            session.add(Organisation(actor_id=organisation.id, identifier=identifier, is_ministry=kind == "ministry"))
            return organisation.account
    finally:
        await database.close()


@click.command()
@click.pass_obj
def begin(settings: Settings) -> None:
    """Print a new link for the first administrator; the one before stops working."""
    click.echo(_first_link(settings, asyncio.run(make_link(settings))))


async def make_link(settings: Settings) -> str:
    """Return the secret of a link for the first administrator. Raises `Administered` when there is one."""
    async with wire(settings) as parts, parts.database.writing() as session:
        return await make_first_link(session, now=now())


def _first_link(settings: Settings, secret: str) -> str:
    return (
        f"set it up at {settings.site.base_url}/begin/{secret} once it is served; "
        f"this link works once, for {LIFETIME.days} days"
    )


@click.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Bring the database up to date."""
    settings.check_data_dir()
    before, after = upgrade(settings.database_url)
    click.echo(f"the database is at {after}" + ("" if before == after else f" (was {before or 'empty'})"))


def tooi_uri(code: str) -> str:
    """Return the URI of a TOOI code: ``gm0855`` is Tilburg. Raises `click.BadParameter`."""
    prefix = code.rstrip("0123456789")
    if prefix not in _TOOI or prefix == code or len(code) > 12:
        raise click.BadParameter(f"{code!r} is not a TOOI code such as gm0855 or mnre1073", param_hint="--tooi")
    return f"https://identifier.overheid.nl/tooi/id/{_TOOI[prefix]}/{code}"
