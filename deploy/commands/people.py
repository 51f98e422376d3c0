"""People and their tokens."""

import asyncio
import sys

import click
from sqlalchemy import select

from actors.actor import Actor
from actors.database import now
from actors.keys import make_pair
from actors.kinds import ActorKind, Role
from actors.local import create_actor
from actors.people.accounts import add_account, hash_password, issue_token
from actors.people.tables import Account
from deploy.settings import Settings
from deploy.wiring import NotReady, wire


@click.group()
def person() -> None:
    """People with an account here."""


@person.command("add")
@click.argument("handle")
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--bio", default="", help="Who they are, in a sentence or two of Markdown.")
@click.option("--admin", is_flag=True, help="May administer the instance and publish issues for the organisation.")
@click.pass_obj
def person_add(settings: Settings, handle: str, email: str, name: str, bio: str, admin: bool) -> None:
    """Add a person; the password comes from standard input, or is asked for."""
    password_hash = hash_password(_read_password())
    account = asyncio.run(
        add_person(settings, handle=handle, email=email, name=name, bio=bio, admin=admin, password_hash=password_hash)
    )
    click.echo(f"added @{account}")


async def add_person(
    settings: Settings, *, handle: str, email: str, name: str, bio: str, admin: bool, password_hash: str
) -> str:
    """Create a person with an account, and return how others write it."""
    async with wire(settings) as parts:
        pair = await make_pair()
        roles = frozenset({Role.ADMINISTRATOR} if admin else ())
        async with parts.database.writing() as session:
            actor = await create_actor(
                session, parts.site, parts.keys, pair, kind=ActorKind.PERSON, handle=handle, name=name, summary=bio,
                now=now(),
            )  # fmt: skip
            await add_account(
                session,
                actor,
                email=email,
                password_hash=password_hash,
                roles=roles,
                now=now(),
            )
            return actor.account


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
        query = (
            select(Account)
            .join(Actor, Actor.id == Account.actor_id)
            .where(Actor.handle == handle.lstrip("@").lower(), Actor.deleted_at.is_(None))
        )
        account = (await session.scalars(query)).one_or_none()
        if account is None:
            raise NotReady(f"there is no person @{handle.lstrip('@')} here")
        return await issue_token(session, account, scopes, now=now())


def _read_password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")
