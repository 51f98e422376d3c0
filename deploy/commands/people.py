"""People and their tokens."""

import asyncio
import sys
from datetime import timedelta

import click
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actors.actor import Actor
from actors.audit import note_act
from actors.database import now
from actors.keys import make_pair
from actors.kinds import Role
from actors.people.accounts import hash_password, issue_token
from actors.people.invitations import create_invitation
from actors.people.kinds import LinkPurpose
from actors.people.links import WITH_FACTORS, create_link
from actors.people.passwords import password_fault
from actors.people.register import create_person
from actors.people.standing import set_roles
from actors.people.tables import Account
from deploy.settings import Settings
from deploy.wiring import NotReady, wire

_FAULTS = {
    "short": "a password needs at least 10 characters",
    "long": "a password has at most 1,000 characters",
    "common": "many people use this password; choose another one",
    "own": "this password looks like the name or the address; choose another one",
}
_ROLE = click.Choice([role.value for role in Role])


@click.group()
def person() -> None:
    """People with an account here."""


@person.command("add")
@click.argument("handle")
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--bio", default="", help="Who they are, in a sentence or two of Markdown.")
@click.option("--admin", is_flag=True, help="The same as --role administrator.")
@click.option("--role", "roles", multiple=True, type=_ROLE, help="What they may do; give it again for another.")
@click.pass_obj
def person_add(
    settings: Settings, handle: str, email: str, name: str, bio: str, admin: bool, roles: tuple[str, ...]
) -> None:
    """Add a person; the password comes from standard input, or is asked for."""
    password = _read_password()
    if fault := password_fault(password, (handle, name, email)):
        raise click.ClickException(_FAULTS[fault])
    given = frozenset(Role(role) for role in roles) | (frozenset({Role.ADMINISTRATOR}) if admin else frozenset())
    account = asyncio.run(
        add_person(
            settings, handle=handle, email=email, name=name, bio=bio, roles=given,
            password_hash=hash_password(password),
        )
    )  # fmt: skip
    click.echo(f"added @{account}")


async def add_person(
    settings: Settings, *, handle: str, email: str, name: str, bio: str, roles: frozenset[Role], password_hash: str
) -> str:
    """Create a person with an account, and return how others write it."""
    async with wire(settings) as parts:
        pair = await make_pair()
        async with parts.database.writing() as session:
            _, actor = await create_person(
                session, parts.site, parts.keys, pair, handle=handle, name=name, email=email, bio=bio, roles=roles,
                password_hash=password_hash, confirmed=True, now=now(),
            )  # fmt: skip
            return actor.account


@person.command("invite")
@click.option("--email", help="For whom it is; the link is printed here, not sent.")
@click.option("--role", "roles", multiple=True, type=_ROLE, help="What they may do; give it again for another.")
@click.option("--uses", default=1, show_default=True, help="How many people may use the link.")
@click.option("--days", default=14, show_default=True, help="How long the link works.")
@click.option("--message", default="", help="What they read above the form.")
@click.pass_obj
def person_invite(
    settings: Settings, email: str | None, roles: tuple[str, ...], uses: int, days: int, message: str
) -> None:
    """Print a link with which somebody makes an account."""
    given = frozenset(Role(role) for role in roles)
    click.echo(asyncio.run(_invite(settings, email, given, uses, timedelta(days=days), message)))


async def _invite(
    settings: Settings, email: str | None, roles: frozenset[Role], uses: int, lifetime: timedelta, message: str
) -> str:
    async with wire(settings) as parts, parts.database.writing() as session:
        _, secret = await create_invitation(
            session, email=email, roles=roles, by=None, uses=uses, message=message, lifetime=lifetime, now=now()
        )
    return f"{parts.site.base_url}/uitnodiging/{secret}"


@person.command("reset")
@click.argument("handle")
@click.option("--keep-second-factor", is_flag=True, help="Only the password was lost.")
@click.pass_obj
def person_reset(settings: Settings, handle: str, keep_second_factor: bool) -> None:
    """Print a link with which somebody who lost everything chooses a new password, within 24 hours.

    Their second factors, passkeys and recovery codes are gone once they use it.
    """
    click.echo(asyncio.run(_reset(settings, handle, factors=not keep_second_factor)))


async def _reset(settings: Settings, handle: str, *, factors: bool) -> str:
    moment = now()
    async with wire(settings) as parts, parts.database.writing() as session:
        account, actor = await _person(session, handle)
        secret = await create_link(
            session, LinkPurpose.RESET, email=account.email, actor_id=account.actor_id, now=moment,
            facts={WITH_FACTORS: factors}, lifetime=timedelta(days=1),
        )  # fmt: skip
        if secret is None:
            raise NotReady("three links were made for this person just now; use one of them, or wait 15 minutes")
        note_act(
            session, None, "reset-link-made", now=moment, object_uri=actor.uri, object_name=actor.account,
            details={"second-factors": "removed" if factors else "kept"},
        )  # fmt: skip
    return f"{parts.site.base_url}/wachtwoord/{secret}"


@person.command("roles")
@click.argument("handle")
@click.argument("roles", nargs=-1, type=_ROLE)
@click.pass_obj
def person_roles(settings: Settings, handle: str, roles: tuple[str, ...]) -> None:
    """Give a person these roles and no others; without any, they take part as everyone does."""
    given = frozenset(Role(role) for role in roles)
    asyncio.run(_set_roles(settings, handle, given))
    click.echo(f"@{handle.lstrip('@')}: {', '.join(sorted(given)) or 'no role'}")


async def _set_roles(settings: Settings, handle: str, roles: frozenset[Role]) -> None:
    async with wire(settings) as parts, parts.database.writing() as session:
        account, actor = await _person(session, handle)
        await set_roles(session, account, actor, roles, by=None, now=now())


@click.command()
@click.argument("handle")
@click.option("--scopes", default="read", show_default=True, help="Separated by spaces, such as 'read write follow'.")
@click.pass_obj
def token(settings: Settings, handle: str, scopes: str) -> None:
    """Print a bearer token for a person, and nothing else."""
    click.echo(asyncio.run(make_token(settings, handle, frozenset(scopes.split()))))


async def make_token(settings: Settings, handle: str, scopes: frozenset[str]) -> str:
    """Return a new bearer token. Raises `NotReady` when there is no such person, `ValueError` for a scope."""
    async with wire(settings) as parts, parts.database.writing() as session:
        account, _ = await _person(session, handle)
        return await issue_token(session, account, scopes, now=now())


async def _person(session: AsyncSession, handle: str) -> tuple[Account, Actor]:
    query = (
        select(Account, Actor)
        .join(Actor, Actor.id == Account.actor_id)
        .where(Actor.handle == handle.lstrip("@").lower(), Actor.deleted_at.is_(None))
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotReady(f"there is no person @{handle.lstrip('@')} here")
    return row[0], row[1]


def _read_password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")
